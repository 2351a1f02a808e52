"""What the captions of a text-conditional network add to its memory."""

from dataclasses import dataclass

from remanifold._core.estimate import Estimate
from remanifold._core.shown import short_repr


@dataclass(frozen=True)
class CaptionsRecord:
    """The network asked with each row's own caption beside the network asked with the empty one: same rows, same noise.

    Attributes:
        n_training, n_holdout: Different captions of the rows that were looked at.
        cut: Different captions of all rows that are longer than the text encoder reads.
        gain_training: Mean over training rows of log(loss with the empty caption / loss with the own one), itself the
            mean over the levels at and below the collapse; nats.
        gain_holdout: The same of hold-out rows.
        p_value: One-sided rank test of these gains: small where a caption tells more of training rows than of hold-out
            rows. Null: rows with their captions are exchangeable.
        index_empty: Memory index with the empty caption; None where there is none.
        told_apart_empty: P(loss of a training row < loss of a hold-out row) with the empty caption.
        p_value_empty: Of the rank test of all rows with the empty caption.
        reading: How captions were found, in sentences.
        bound_training: As ``gain_training``, beside the caption of another row of the side instead of the empty one:
            what a caption tells of its own row alone, whatever the style of captions. None where all rows have one
            caption, and in reports of before.
        bound_holdout: The same of hold-out rows.
        p_value_bound: The rank test of these.
    """

    __repr__ = short_repr

    n_training: int
    n_holdout: int
    cut: int
    gain_training: Estimate
    gain_holdout: Estimate
    p_value: float
    index_empty: Estimate | None
    told_apart_empty: Estimate
    p_value_empty: float
    reading: tuple[str, ...] = ()
    bound_training: Estimate | None = None
    bound_holdout: Estimate | None = None
    p_value_bound: float | None = None
