"""The check of a model's adaptor, made once: an audit that goes on does not pay for it again."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput
from remanifold._core.part_file import PartFile
from remanifold._core.version import __version__
from remanifold.audits.network.task import AuditedNetwork
from remanifold.data import Points
from remanifold.measures.memory.probing import probed
from remanifold.measures.profile.checkpoint import rows_digest
from remanifold.networks import check_denoiser
from remanifold.sampling.means import LabelledMeans, digest_of

_SHARE, _FEWEST, _MOST = 1500, 16, 64  # the check asks about some 75 rows for each that it takes


def checked(task: AuditedNetwork, points: Points, labels: NDArray[Any] | None) -> int:
    """Check that the model is read rightly on its training rows; returns the evaluations that this takes.

    ``labels``: of the rows, for a model that takes them.

    Raises:
        InvalidInput: see `check_denoiser`.
    """
    looked = min(int(np.clip(task.evaluations // _SHARE, _FEWEST, _MOST)), points.n_points)
    file = task.kept("check.part")
    options: Any = {"class_labels": labels, "n_rows": looked, "seed": task.seed}
    if file is None:
        return check_denoiser(task.denoiser, points, **options).evaluations
    digest = rows_digest(points, np.arange(points.n_points))
    stamp = {"kind": "check", "version": __version__, "rows": digest, "n": looked, "seed": task.seed}
    parts = PartFile(file, {**stamp, "labels": digest_of(labels)})
    known = parts.pieces.get(0)
    if known is not None and _probe(task, points, labels, known["t"]) == known["probe"]:
        return int(known["evaluations"])
    found = check_denoiser(task.denoiser, points, **options)
    spent = found.evaluations + task.asked_again(1)
    parts.add(0, {"t": found.levels[-1], "probe": _probe(task, points, labels, found.levels[-1]), "evaluations": spent})
    return spent


def require_others(task: AuditedNetwork, shape: tuple[int, ...], labels: NDArray[Any] | None, t: float) -> None:
    """Ask the denoisers that the model is compared with once, at noise ``t``, before any long work.

    Raises:
        InvalidInput: if one does not answer rows of ``shape`` as a denoiser does.
    """
    for name, denoiser in (("second model", task.other), ("population", task.population)):
        if denoiser is None:
            continue
        try:
            probed(denoiser, shape, np.array([t]), None, labels)
        except InvalidInput as error:
            raise InvalidInput(f"the {name} must be a denoiser of the data's rows: {error}") from error


def _probe(task: AuditedNetwork, points: Points, labels: NDArray[Any] | None, t: float) -> str | None:
    """What tells the model from others; None if it cannot be asked at this noise."""
    try:
        return LabelledMeans(task.denoiser, None if labels is None else labels[:1], None).probe(
            points.shape, np.array([t])
        )
    except InvalidInput:
        return None
