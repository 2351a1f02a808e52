"""From measured levels to the records of a report."""

import math

from remanifold.audits.report import Curve, MeasuredTime, ProfileTable
from remanifold.measures import NoiseProfile, Series, TimeEstimate
from remanifold.noise import NoiseLevel


def measured_time(time: TimeEstimate | None, std: float) -> MeasuredTime | None:
    """The record of a measured level; ``std`` is the data's standard deviation per coordinate."""
    if time is None:
        return None
    clocks = {**NoiseLevel(time.value).clocks(), "sigma_in_data_std": math.sqrt(time.value) / std}
    return MeasuredTime(time.value, time.stderr, time.interval, clocks, time.n)


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
