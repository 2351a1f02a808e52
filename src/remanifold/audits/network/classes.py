"""The classes of both sides of an audit of a class-conditional model."""

from typing import Any

from numpy.typing import NDArray

from remanifold._core.errors import require
from remanifold.audits.inputs import AuditInputs
from remanifold.audits.network.task import AuditedNetwork
from remanifold.data import open_labels


def classes_of(task: AuditedNetwork, inputs: AuditInputs) -> tuple[NDArray[Any] | None, NDArray[Any] | None]:
    """Classes of the training rows and of the hold-out; None for a model that takes none, or without a hold-out.

    Raises:
        InvalidInput: if they are missing or do not fit, or were given for a model that takes none.
    """
    need = "classes of the hold-out are for a model that takes them"
    given = task.holdout_labels
    require(task.class_conditional or given is None, need, "a model that does not", "say that it is class-conditional")
    if not task.class_conditional:
        return None, None
    need = "a class-conditional model must be asked with the class of every training row"
    require(inputs.labels is not None, need, "data without labels", "pass labels, one a row")
    if inputs.holdout is None:
        require(given is None, "classes of the hold-out must come with a hold-out", "none", "pass the hold-out too")
        return inputs.labels, None
    fresh = inputs.holdout.labels if given is None else open_labels(given, inputs.holdout.n_points)
    need = "a class-conditional model must be asked with the class of every held-out row"
    require(fresh is not None, need, "a hold-out without labels", "pass the labels of the hold-out, one a row")
    return inputs.labels, fresh
