"""The exposed rows of a report."""

from typing import Any

from numpy.typing import NDArray

from remanifold.audits.report import ExposedSample
from remanifold.measures import NoiseProfile, exposure


def exposed_samples(profile: NoiseProfile, labels: NDArray[Any] | None) -> tuple[ExposedSample, ...]:
    """Every query row with its own collapse, first to collapse first; labels by row of the data, or None."""
    return tuple(
        ExposedSample(
            found.row,
            found.time.value,
            found.time.stderr,
            found.time.interval,
            found.nearest_row,
            found.nearest_distance,
            None if labels is None else str(labels[found.row]),
        )
        for found in exposure(profile)
    )
