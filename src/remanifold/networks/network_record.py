"""How a network was trained: what anybody needs to train it again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingRecord:
    """The parameters of one training.

    Attributes:
        version: Of remanifold.
        training_fingerprint: SHA-256 of the rows as stored (`data.survey`).
        n_rows: Number of training rows, repeated ones counted as often as they occur.
        steps: Optimizer steps.
        batch: Rows a step, drawn with replacement.
        learning_rate: Of Adam, after 200 steps and before ``decay`` sets in.
        decay: Share of the steps, at the end, over which the learning rate falls linearly to zero.
        log_sigma_mean: Mean of ln(sigma/sigma_data) of the noise.
        log_sigma_std: Its standard deviation.
        averaging: Largest weight that the running mean of the weights gives to its past.
        seed: Of rows and noise.
    """

    version: str
    training_fingerprint: str
    n_rows: int
    steps: int
    batch: int
    learning_rate: float
    decay: float
    log_sigma_mean: float
    log_sigma_std: float
    averaging: float
    seed: int
