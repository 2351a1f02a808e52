"""What is checked of a network before its audit: its classes, the denoisers beside it, and its adaptor, once."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.files import require_writable_directory
from remanifold._core.kept.part_file import PartFile
from remanifold._core.version import __version__
from remanifold.audits.inputs import AuditInputs
from remanifold.audits.network.audited_network import AuditedNetwork
from remanifold.data import Points, open_labels
from remanifold.data.captions.both_sides import RowCaptions, captions_of_both
from remanifold.measures.memory.probing import probed
from remanifold.measures.profile.checkpoint import rows_digest
from remanifold.networks import check_denoiser
from remanifold.networks.check_denoiser import LEAST_ROWS
from remanifold.sampling.means import LabelledMeans, digest_of

_SHARE, _FEWEST, _MOST = 1500, 16, 64  # the check asks about some 75 rows for each that it takes


def captioned(network: AuditedNetwork, inputs: AuditInputs) -> AuditedNetwork:
    """``network`` with the caption of every row of ``inputs``, read once; as it is where it takes none.

    Raises:
        InvalidInput: if they are missing or do not fit, or were given for a network that takes none.
    """
    given = network.captions, network.holdout_captions, network.prompt
    if network.prompts is None:
        bare = all(one is None for one in given)
        got = f"{network.source}, which takes none"
        require(bare, "captions are for a text-conditional model", got, "leave them out")
        return network
    need = "a text-conditional model must be asked with captions"
    bare = not network.class_conditional and network.holdout_labels is None
    require(bare, need, "classes", "leave classes out")
    return replace(network, captions=_row_captions(network, inputs), holdout_captions=None, prompt=None)


def _row_captions(network: AuditedNetwork, inputs: AuditInputs) -> RowCaptions:
    if isinstance(network.captions, RowCaptions):
        return network.captions
    given = network.captions, network.holdout_captions, network.prompt
    return captions_of_both(*given, inputs.points, inputs.holdout)


def classes_of(network: AuditedNetwork, inputs: AuditInputs) -> tuple[NDArray[Any] | None, NDArray[Any] | None]:
    """Classes of the training rows and of the hold-out; None for a network that takes none, or without a hold-out.

    Of a text-conditional network the numbers of their captions, see `Prompts`.

    Raises:
        InvalidInput: if they are missing or do not fit, or were given for a network that takes none.
    """
    if network.prompts is not None:
        captions = _row_captions(network, inputs)
        numbers = network.prompts.numbers
        return numbers(captions.training), None if captions.holdout is None else numbers(captions.holdout)
    need = "classes of the hold-out are for a model that takes them"
    given = network.holdout_labels
    do = "say that it is class-conditional"
    require(network.class_conditional or given is None, need, "a model that does not", do)
    if not network.class_conditional:
        return None, None
    need = "a class-conditional model must be asked with the class of every training row"
    require(inputs.labels is not None, need, "data without labels", "pass labels, one a row")
    if inputs.holdout is None:
        require(given is None, "classes of the hold-out must come with a hold-out", "none", "pass the hold-out too")
        return inputs.labels, None
    what = "labels of the hold-out"
    labels = inputs.holdout.labels if given is None else open_labels(given, inputs.holdout, what=what)
    need = "a class-conditional model must be asked with the class of every hold-out row"
    require(labels is not None, need, "a hold-out without labels", "pass the labels of the hold-out, one a row")
    for values in (inputs.labels, labels):
        kind = None if values is None else np.asarray(values).dtype
        if kind is not None and kind.kind not in "biuf":
            got = f"labels of type {kind}"
            raise refusal("a class-conditional model must be asked with classes that are numbers", got, "number them")
    return inputs.labels, labels


def checked_first(network: AuditedNetwork, inputs: AuditInputs, std: float, memory: int | None = None) -> int:
    """Ask all that can be refused about the network before any long work; the evaluations that it takes.

    Args:
        network: The network, and what may be spent on it.
        inputs: The data.
        std: Their standard deviation per coordinate.
        memory: Budget, bytes.

    Raises:
        InvalidInput: if the network or one beside it is read wrongly, takes rows of another shape, answers otherwise
            than a denoiser.
    """
    if network.parts is not None:
        require_writable_directory(network.parts)
    labels, _ = classes_of(network, inputs)
    points = inputs.points
    own = getattr(getattr(network.denoiser, "config", None), "shape", None)
    if own is not None and tuple(own) != points.shape:
        got = f"a network of rows of shape {tuple(own)}"
        do = "prepare the data as the network was trained on them"
        raise refusal(f"the model must take rows of the data's shape {points.shape}", got, do)
    require_others(network, points.shape, std, labels)
    return checked(network, points, labels, memory)


def checked(network: AuditedNetwork, points: Points, labels: NDArray[Any] | None, memory: int | None = None) -> int:
    """Check that the network is read rightly on its training rows; returns the evaluations that this takes.

    An audit that goes on from its checkpoints does not pay for the check again. ``labels``: of the rows, for a network
    that takes them.

    Raises:
        InvalidInput: see `check_denoiser`.
    """
    if points.n_points < LEAST_ROWS:
        need, got = f"a network must be checked on at least {LEAST_ROWS} training rows", f"{points.n_points}"
        raise refusal(need, f"{got} in {points.record.source}", "pass all rows that it was trained on")
    n_rows = min(int(np.clip(network.evaluations // _SHARE, _FEWEST, _MOST)), points.n_points)
    file = network.checkpoint("check.part")
    options: Any = {"class_labels": labels, "n_rows": n_rows, "seed": network.seed}
    options |= {} if memory is None else {"memory": memory}
    if file is None:
        return check_denoiser(network.asked, points, **options).evaluations
    digest = rows_digest(points, np.arange(points.n_points))
    stamp = {"kind": "check", "version": __version__, "rows": digest, "n": n_rows, "seed": network.seed}
    part = PartFile(file, {**stamp, "labels": digest_of(labels)}, _fits)
    known = part.pieces.get(0)
    if known is not None and _probe(network, points, labels, known["t"]) == known["probe"]:
        return int(known["evaluations"])
    check = check_denoiser(network.asked, points, **options)
    t = check.levels[-1]
    part.add(0, {"t": t, "probe": _probe(network, points, labels, t), "evaluations": check.evaluations})
    return check.evaluations


def _fits(_: int, known: Any) -> bool:
    """Whether ``known`` can be a check that is done: where the network was asked, what it said, how often."""
    asked = isinstance(known["t"], float) and 0 < known["t"] < math.inf
    counted = isinstance(known["evaluations"], int) and 0 <= known["evaluations"] < 2**63
    return asked and counted and isinstance(known["probe"], str)


def require_others(network: AuditedNetwork, shape: tuple[int, ...], std: float, labels: NDArray[Any] | None) -> None:
    """Ask the denoisers that the network is compared with once, before any long work.

    Raises:
        InvalidInput: if one does not answer rows of the data's shape as a denoiser does.
    """
    levels = np.array([std**2])
    for name, denoiser in (("second model", network.other), ("population", network.population)):
        if denoiser is None:
            continue
        try:
            probed(denoiser, shape, levels, None, labels)
        except InvalidInput as error:
            raise InvalidInput(f"the {name} must be a denoiser of the data's rows: {error}") from error


def _probe(network: AuditedNetwork, points: Points, labels: NDArray[Any] | None, t: float) -> str | None:
    """What tells the network from others; None if it cannot be asked at this noise."""
    try:
        means = LabelledMeans(network.asked, None if labels is None else labels[:1], None)
        return means.probe(points.shape, np.array([t]))
    except InvalidInput:
        return None
