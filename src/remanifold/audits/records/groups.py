"""Rows that belong together, as they were given."""

from dataclasses import dataclass

MOST_SHARED = 0.1
"""Share of hold-out groups that may be in the training data too before no all-clear is given."""


@dataclass(frozen=True)
class GroupFacts:
    """Groups of rows that belong together: pictures of one person, frames of one video.

    Attributes:
        n_training: Groups of training rows.
        n_holdout: Groups of hold-out rows; 0 without a hold-out.
        largest: Rows of the largest group of training rows.
        shared: Groups on both sides, whose rows are left out of the tests.
        shared_rows: Hold-out rows of these.
        first_shared: The first hold-out row of each of the first of them, and a training row of the same group.
    """

    n_training: int
    n_holdout: int
    largest: int
    shared: int
    shared_rows: int
    first_shared: tuple[tuple[int, int], ...] = ()

    @property
    def is_doubtful(self) -> bool:
        """Whether so many groups are on both sides that the hold-out was not split by groups."""
        return self.shared > MOST_SHARED * self.n_holdout
