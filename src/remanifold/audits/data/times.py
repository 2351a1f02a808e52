"""From measured levels to the records of a report."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict

from remanifold.audits.report import Curve, ExposedSample, MeasuredTime, ProfileTable
from remanifold.measures import NoiseProfile, Series, first_trap
from remanifold.noise import MeasuredLevel, NoiseLevel


class TimeFields(TypedDict):
    """The fields of a report that are times, and the reasons of those that do not exist."""

    t_onset: MeasuredTime | None
    t_collapse: MeasuredTime | None
    t_generalization: MeasuredTime | None
    t_onset_reason: str | None
    t_collapse_reason: str | None
    t_generalization_reason: str | None


def measured_time(time: MeasuredLevel | None, std: float) -> MeasuredTime | None:
    """The record of a measured level; ``std`` is the data's standard deviation per coordinate."""
    if time is None:
        return None
    clocks = {**NoiseLevel(time.value).clocks(), "sigma_in_data_std": math.sqrt(time.value) / std}
    return MeasuredTime(time.value, time.stderr, time.interval, clocks, time.n)


def time_fields(profile: NoiseProfile, ranked: Sequence[ExposedSample], std: float) -> TimeFields:
    """The three levels of ``profile``, with what single rows do there.

    Args:
        profile: The profile.
        ranked: Its rows, first to collapse first.
        std: Standard deviation of the data per coordinate.
    """
    first = (ranked[0].row, ranked[0].t) if ranked else None
    onset = _with_rows(measured_time(profile.t_onset, std), profile, first_trap(profile))
    collapse = _with_rows(measured_time(profile.t_collapse, std), profile, first)
    best = _with_rows(measured_time(profile.t_generalization, std), profile, None)
    no_onset = "the mean of trap, -R at the rows, does not cross zero on the levels measured"
    no_collapse = "the mean of gap, -log S at noised rows, does not cross zero on the levels measured"
    no_best = "the leave-one-out cross entropy is least at an end of the levels measured: no minimum is bracketed"
    return TimeFields(
        t_onset=onset,
        t_collapse=collapse,
        t_generalization=best,
        t_onset_reason=None if onset else no_onset,
        t_collapse_reason=None if collapse else no_collapse,
        t_generalization_reason=None if best else no_best,
    )


def _with_rows(
    record: MeasuredTime | None, profile: NoiseProfile, first: tuple[int, float] | None
) -> MeasuredTime | None:
    if record is None:
        return None
    own = profile.estimate_at(profile.own_weight, record.value)
    row, t = first if first is not None else (None, None)
    return replace(record, own_weight=own.value, own_weight_stderr=own.stderr, first_row=row, first_row_t=t)


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
