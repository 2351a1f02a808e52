"""A simulation as plain numbers and names: run it, write it down, run it again."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from remanifold._core.checks import whole
from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.files import path_of, require_regular
from remanifold._core.foretold import foretell, product_seconds
from remanifold._core.kept.typed import typed
from remanifold._core.memory import bytes_of
from remanifold._core.progress import Progress, silent
from remanifold.data import open_points, survey
from remanifold.data.reading import reading_of
from remanifold.manifolds import HiddenManifold
from remanifold.sampling.conditional import ClassScores
from remanifold.sampling.grids import edm_grid, log_grid
from remanifold.sampling.simulate import simulate
from remanifold.sampling.steps import Churn
from remanifold.sampling.trajectories import Trajectories
from remanifold.scores import EmpiricalScore, GaussianScore

SCORES, GRIDS = ("empirical", "population"), ("log", "edm")
_MOST_SAMPLES = 10**9
_A_WEIGHT = 25  # multiplications of a product that an exponential costs
_START_FACTOR = 1000.0  # KL(p_t || N(0, t)) <= E|xi|^2 / 2t = 1/2000 nat at the start


@dataclass(frozen=True)
class Recipe:
    """What `remanifold simulate` was asked: the points, the score, the way down. ``run`` makes the samples.

    Attributes:
        n_samples: How many.
        stop_at: Noise variance t at which sampling stops.
        data: A path that `open_points` takes; or None.
        manifold: Keywords of `HiddenManifold`; or None. One of the two.
        resize: Of pictures.
        labels: File of labels of ``data``; with ``label``.
        label: Sample this class only.
        columns, ignore, labels_from, split, one_row_a_file: How ``data`` are read, see `open_points`.
        score: empirical, of the points; or population, of a linear manifold.
        start_at: Noise variance at the start; None: 1000 times the mean of \\|xi\\|^2 over the points, where pure
            noise is within 1/2000 nat of the noised data.
        steps, grid, rho: Of the levels, see `log_grid` and `edm_grid` (rho).
        method, churn, final, record, seed, first: See `simulate`; churn is the amount of `Churn`.
        memory: Budget of the score.
    """

    n_samples: int
    stop_at: float
    data: str | None = None
    manifold: Mapping[str, Any] | None = None
    resize: int | None = None
    labels: str | None = None
    label: str | None = None
    columns: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    labels_from: str | None = None
    split: str | None = None
    one_row_a_file: bool | None = None
    score: str = "empirical"
    start_at: float | None = None
    steps: int = 200
    grid: str = "log"
    rho: float = 7.0
    method: str = "exponential"
    churn: float | None = None
    final: str = "as is"
    record: tuple[float, ...] = ()
    seed: int = 0
    first: int = 0
    memory: str = "1GB"

    def __post_init__(self) -> None:
        if (self.data is None) == (self.manifold is None):
            got = "neither" if self.data is None else "both"
            raise refusal("samples must come from one of `data` and `manifold`", got, "pass one of them")
        if self.score not in SCORES:
            raise refusal("`score` must be empirical or population", repr(self.score), "pass one of them")
        if self.grid not in GRIDS:
            raise refusal("`grid` must be log or edm", repr(self.grid), "pass one of them")
        below = 0 < self.stop_at < math.inf
        whole("`n_samples`", self.n_samples, least=1, most=_MOST_SAMPLES, example=100)
        whole("`steps`", self.steps, least=1, most=_MOST_SAMPLES, example=200)
        require(below, "`stop_at` must be a positive noise variance", self.stop_at, "pass e.g. 0.01")
        need = "labels must come with `data` and the `label` of a class"
        paired = self.labels is None if self.label is None else self.data is not None
        require(paired, need, "one without the other", "pass all three, or leave `labels` out")

    def run(
        self, *, part_file: str | Path | None = None, expected: str | None = None, progress: Progress = silent
    ) -> Trajectories:
        """The samples; see `simulate` for ``part_file`` and errors.

        Args:
            part_file: See `simulate`.
            expected: Fingerprint that the data must have.
            progress: Told of reading, indexing and sampling.
        """
        denoiser, moment, reading = self._denoiser(progress)
        fingerprint = getattr(denoiser, "fingerprint", None)
        if expected is not None and expected != fingerprint:
            do = "bring back the data of the record"
            raise refusal(f"the data must have the fingerprint {expected}", fingerprint, do)
        high = self.start_at if self.start_at is not None else _START_FACTOR * moment
        ends = high, self.stop_at, self.steps
        levels = log_grid(*ends) if self.grid == "log" else edm_grid(*ends, self.rho)
        named = ("n_samples", "method", "final", "record", "seed", "first")
        options: dict[str, Any] = {name: getattr(self, name) for name in named}
        churn = None if self.churn is None else Churn(self.churn)
        self._foretell(denoiser, progress)
        done = simulate(denoiser, levels, churn=churn, part_file=part_file, progress=progress, **options)
        return replace(done, parameters={**done.parameters, "reading": list(reading), "recipe": self.plain()})

    def _foretell(self, denoiser: Any, progress: Progress) -> None:
        """Tell the listener what sampling takes, if every point counts at every step."""
        if isinstance(denoiser, EmpiricalScore):
            evaluations = self.n_samples * self.steps * (2 if self.method == "heun" else 1)
            work = evaluations * denoiser.n_points * (2 * denoiser.ambient_dim + _A_WEIGHT)
            what = f"to sample, {evaluations} evaluations of the score of {denoiser.n_points} points,"
            foretell(progress, what, work * product_seconds(), at_most=True)

    def plain(self) -> dict[str, Any]:
        """As plain JSON."""
        return json.loads(json.dumps(asdict(self)))

    @classmethod
    def from_record(cls, path: str | Path) -> tuple["Recipe", str | None]:
        """The recipe in a record that `remanifold simulate` wrote, and the fingerprint of its data.

        Raises:
            InvalidInput: if the file is not such a record.
        """
        try:
            file = require_regular(path_of(path, "a record"), "a record")
            parameters = json.loads(file.read_text(encoding="utf-8"))["parameters"]
            fingerprint = parameters["fingerprint"]
            if not isinstance(fingerprint, str | None):
                raise TypeError(f"{fingerprint!r:.40} for 'fingerprint'")
            return typed(cls, parameters["recipe"]), fingerprint
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            if isinstance(error, InvalidInput):
                raise
            raise InvalidInput(
                f"a record must be a file that remanifold simulate wrote, but got {path} ({error}); name a record.json."
            ) from error

    def _denoiser(self, progress: Progress) -> tuple[Any, float, tuple[str, ...]]:
        """The denoiser, the mean of |xi|^2 over its points, and how these were read."""
        reading = ()
        if self.manifold is not None:
            model = _manifold_of(self.manifold)
            if self.score == "population":
                score = GaussianScore.of(model)
                return score, float(score.spectrum.sum()), reading
            points: Any = model.points()
        else:
            require(self.score == "empirical", "a population score needs a linear manifold", self.data, "leave it out")
            named = ("resize", "labels", "columns", "ignore", "labels_from", "split", "one_row_a_file")
            options: dict[str, Any] = {name: getattr(self, name) for name in named}
            points = open_points(self.data or "", **options)
            reading = reading_of(points)
        opened, budget = open_points(points), bytes_of(self.memory)
        rows = max(budget // 4, min(budget, 64 * opened.ambient_dim))  # a row at least, if all of it holds one
        facts = survey(opened, memory=rows, progress=progress)
        moment = facts.total_variance + float(facts.mean @ facts.mean)
        options = {"memory": self.memory, "progress": progress}
        if self.label is not None:
            scores = ClassScores(points, **options)
            return scores.given(_like(self.label, scores.labels)), moment, reading
        return EmpiricalScore(points, **options), moment, reading


def _manifold_of(parameters: Mapping[str, Any]) -> HiddenManifold:
    try:
        return HiddenManifold(**parameters)
    except TypeError as error:
        raise InvalidInput(
            f"a manifold must have parameters that this version knows, but got {error}; leave the others out."
        ) from error


def _like(label: str, labels: NDArray) -> Any:
    """``label`` as a number where the labels of the data are numbers."""
    if labels.dtype.kind not in "iu":
        return label
    try:
        return int(label)
    except ValueError as error:
        raise InvalidInput(f"`label` must be a class of the data, but got {label!r}; pass e.g. {labels[0]}.") from error
