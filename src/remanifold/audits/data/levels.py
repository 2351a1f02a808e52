"""From a measured noise profile to the records of a report."""

from dataclasses import replace
from typing import TypedDict

from remanifold.audits.context import AuditContext
from remanifold.audits.records.profile import Curve, ProfileTable
from remanifold.audits.records.rows import LevelRows
from remanifold.measures import NoiseProfile, Series, exposure, first_trap
from remanifold.noise import MeasuredLevel, NoiseLevel


class LevelFields(TypedDict):
    """The fields of a report that are noise levels, what rows do there, and the reasons of those that do not exist."""

    t_onset: MeasuredLevel | None
    t_collapse: MeasuredLevel | None
    t_generalization: MeasuredLevel | None
    onset_rows: LevelRows | None
    collapse_rows: LevelRows | None
    generalization_rows: LevelRows | None
    t_onset_reason: str | None
    t_collapse_reason: str | None
    t_generalization_reason: str | None


def level_fields(context: AuditContext) -> LevelFields:
    """The three levels of the profile, with what single rows do there."""
    profile, ranked = context.profile, exposure(context.profile)
    onset, collapse, best = profile.t_onset, profile.t_collapse, profile.t_generalization
    no_onset = "the mean of trap, -R at the rows, does not cross zero on the levels measured"
    no_collapse = "the mean of gap, -log S at noised rows, does not cross zero on the levels measured"
    no_best = "the leave-one-out cross entropy is least at an end of the levels measured: no minimum is bracketed"
    return LevelFields(
        t_onset=onset,
        t_collapse=collapse,
        t_generalization=best,
        onset_rows=_rows(profile, onset, first_trap(profile)),
        collapse_rows=_rows(profile, collapse, (ranked[0].row, ranked[0].time) if ranked else None),
        generalization_rows=_rows(profile, best, None),
        t_onset_reason=no_onset if onset is None else None,
        t_collapse_reason=no_collapse if collapse is None else None,
        t_generalization_reason=no_best if best is None else None,
    )


def _rows(profile: NoiseProfile, level: MeasuredLevel | None, first: tuple[int, float] | None) -> LevelRows | None:
    if level is None:
        return None
    row, t = first or (None, None)
    own_weight = profile.estimate_at(profile.own_weight, level.value)
    return LevelRows(replace(own_weight, n=0), row, None if t is None else NoiseLevel(t))


def _curve(series: Series) -> Curve:
    return Curve(tuple(series.value.tolist()), tuple(series.stderr.tolist()))


def profile_table(profile: NoiseProfile) -> ProfileTable:
    """The record of a noise profile."""
    return ProfileTable(
        t=tuple(profile.t.tolist()),
        gap=_curve(profile.gap),
        trap=_curve(profile.trap),
        nll=_curve(profile.nll),
        own_surprisal=_curve(profile.own_surprisal),
        participation=_curve(profile.participation),
        local_dimension=_curve(profile.local_dimension),
        information=_curve(profile.information),
        n_queries=len(profile.queries),
    )
