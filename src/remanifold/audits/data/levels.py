"""From a measured noise profile to the records of a report."""

from collections.abc import Sequence
from dataclasses import replace

from remanifold.audits.records.profile import Curve, ProfileTable
from remanifold.audits.records.rows import CarryingRows, LevelRows
from remanifold.measures import NoiseProfile, RowExposure, Series, carried_levels, first_trap
from remanifold.noise import MeasuredLevel, NoiseLevel

NO_ONSET = "the mean of trap, -R at the {row}s, does not cross zero on the levels measured"
NO_COLLAPSE = "the mean of gap, -log S at noised {row}s, does not cross zero on the levels measured"
NO_BEST = "the leave-one-out cross entropy is least at an end of the levels measured: no minimum is bracketed"
"""Why a level does not exist."""
_CURVES = ("gap", "trap", "nll", "own_surprisal", "participation", "local_dimension", "information")


def level_rows(
    profile: NoiseProfile, ranked: Sequence[RowExposure]
) -> tuple[LevelRows | None, LevelRows | None, LevelRows | None]:
    """What single rows, ``ranked`` by their collapse, do at t_onset, t_collapse and t_generalization."""
    return (
        _rows(profile, profile.t_onset, first_trap(profile)),
        _rows(profile, profile.t_collapse, (ranked[0].row, ranked[0].time) if ranked else None),
        _rows(profile, profile.t_generalization, None),
    )


def _rows(profile: NoiseProfile, level: MeasuredLevel | None, first: tuple[int, float] | None) -> LevelRows | None:
    if level is None:
        return None
    row, t = first or (None, None)
    own_weight = profile.estimate_at(profile.own_weight, level.value)
    return LevelRows(replace(own_weight, n=0), row, None if t is None else NoiseLevel(t))


def carrying_rows(profile: NoiseProfile) -> CarryingRows | None:
    """The few rows that carry the three levels, and the levels without them; None where there are none."""
    found = carried_levels(profile)
    if found is None:
        return None
    return CarryingRows(tuple(found.rows.tolist()), found.t_onset, found.t_collapse, found.t_generalization)


def _curve(series: Series) -> Curve:
    return Curve(tuple(series.value.tolist()), tuple(series.stderr.tolist()))


def profile_table(profile: NoiseProfile) -> ProfileTable:
    """The record of a noise profile."""
    return ProfileTable(
        t=tuple(profile.t.tolist()),
        n_queries=len(profile.queries),
        **{name: _curve(getattr(profile, name)) for name in _CURVES},
    )
