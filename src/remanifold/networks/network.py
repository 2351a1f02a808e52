"""A network that is run: in batches, in eval and inference mode, on its own device and in its own precision."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from remanifold._core.checks import whole
from remanifold._core.errors import InvalidInput, refusal

_PROBED = 4  # rows that are run again at the first call
_SAME = {torch.float64: 1e-3, torch.float32: 1e-3, torch.float16: 0.05, torch.bfloat16: 0.1}


@dataclass(eq=False)
class Network:
    """A callable (y, argument, labels) -> output with all that running it takes.

    Attributes:
        call: Gets y (batch, *shape), argument (batch,) and labels, a tensor or None.
        module: Its torch module, put into eval mode while it runs; None where there is none.
        batch: Most rows in one call.
        dtype, device: Of what it gets; None for the caller's own. Those of the module's parameters by default.
        argument_dtype: Of its second argument; None for ``dtype``. Whole numbers stay whole.
        takes: Whether the callable takes torch tensors or numpy arrays.
        evaluations: Rows that went through it so far.
    """

    call: Callable[[Any, Any, Any], Any]
    module: torch.nn.Module | None = None
    batch: int = 64
    dtype: torch.dtype | None = None
    device: torch.device | None = None
    argument_dtype: torch.dtype | None = None
    takes: Literal["torch", "numpy"] = "torch"
    evaluations: int = 0
    _probed: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        """Check the batch; take device and precision from the module."""
        whole("`batch`", self.batch, least=1, example=64)
        if self.takes not in ("torch", "numpy"):
            raise refusal("takes must be 'torch' or 'numpy'", repr(self.takes), "pass one")
        if self.module is not None:
            weights = next((w for w in self.module.parameters() if w.is_floating_point()), None)
            if weights is not None:
                self.dtype, self.device = self.dtype or weights.dtype, self.device or weights.device

    def run(
        self, y: torch.Tensor, argument: NDArray[Any], labels: torch.Tensor | None, dtype: torch.dtype
    ) -> torch.Tensor:
        """Its output at ``y`` (batch, *shape) float64, ``argument`` (batch,): like y, float64 on y's device.

        ``dtype`` is the caller's precision, for a network that has none of its own.

        Raises:
            InvalidInput: if it cannot take this input, or its output has another shape, is not finite, or (tried at
                the first call) changes when it is asked again or when other rows are beside.
        """
        with evaluating(self.module):
            if not self._probed:
                some = slice(0, min(_PROBED, self.batch))
                self._probe(y[some], argument[some], _part(labels, some), dtype)
                self._probed = True
            parts = [slice(a, a + self.batch) for a in range(0, len(y), self.batch)]
            rows = [self._run_part(y[part], argument[part], _part(labels, part), dtype) for part in parts]
        return torch.cat(rows)

    def _run_part(
        self, y: torch.Tensor, argument: NDArray[Any], labels: torch.Tensor | None, dtype: torch.dtype
    ) -> torch.Tensor:
        device = self.device or y.device
        rows = y.to(self.dtype or dtype).to(device)
        second = torch.as_tensor(argument)
        if second.is_floating_point():
            second = second.to(self.argument_dtype or rows.dtype)
        second = second.to(device)
        named = None if labels is None else labels.to(device)
        as_numpy = self.takes == "numpy"
        given = [v.cpu().numpy() if as_numpy and v is not None else v for v in (rows, second, named)]
        out = self._checked(answer_of(self.call, *given), rows).to(y.device).to(torch.float64)
        self.evaluations += len(y)
        if not bool(torch.isfinite(out).all()):
            level = f"{float(argument.ravel()[0]):.4g}"
            do = "check the scale of the data and the precision of the model"
            raise refusal("the model's output must be finite", f"nan or inf (second argument {level})", do)
        return out

    @staticmethod
    def _checked(out: Any, rows: torch.Tensor) -> torch.Tensor:
        need = "the model must return an array like its input"
        out = prediction_of(out)
        tensor = out if isinstance(out, torch.Tensor) else _tensor_of(out, need)
        if tensor.shape != rows.shape:
            do = "wrap it in a function that returns one prediction a row"
            raise refusal(f"{need}, {tuple(rows.shape)}", f"shape {tuple(tensor.shape)}", do)
        return tensor

    def _probe(self, y: torch.Tensor, argument: NDArray[Any], labels: torch.Tensor | None, dtype: torch.dtype) -> None:
        """Ask twice, and once with fewer rows: three answers must be one up to round-off."""
        first, again = (self._run_part(y, argument, labels, dtype) for _ in range(2))
        same = _SAME.get(self.dtype or dtype, 1e-3) * float(first.abs().max())
        off = float((first - again).abs().max())
        do = "fix its random numbers, or give its torch module as module= so that dropout is off"
        if not (off <= same):
            raise refusal("the model must give the same output for the same input", f"a change of {off:.3g}", do)
        part = slice(0, (len(y) + 1) // 2)
        fewer = self._run_part(y[part], argument[part], _part(labels, part), dtype)
        off = float((first[part] - fewer).abs().max())
        need = "the model's output for a row must not depend on the rows beside it"
        do = "give its torch module as module= so that batch statistics are off"
        if not (off <= same):
            raise refusal(need, f"a change of {off:.3g} when others are left out", do)


def prediction_of(out: Any) -> Any:
    """The prediction in what a model returns: its ``sample`` (of an object or a dict), or the first of a tuple.

    Raises:
        InvalidInput: if a dict has several entries and none of that name.
    """
    if isinstance(out, Mapping):
        if "sample" not in out and len(out) != 1:
            got = f"a dict with {', '.join(map(str, out)) or 'nothing'}"
            raise refusal("a model's dict must have one entry, or a `sample`", got, "return the prediction")
        return out["sample"] if "sample" in out else next(iter(out.values()))
    if isinstance(out, tuple | list) and len(out):
        return out[0]
    return out if isinstance(out, torch.Tensor | np.ndarray) else getattr(out, "sample", out)


def _part(labels: torch.Tensor | None, part: slice) -> torch.Tensor | None:
    return None if labels is None else labels[part]


def _tensor_of(values: Any, need: str) -> torch.Tensor:
    try:
        return torch.tensor(np.asarray(values))
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{need}, but got {type(values).__name__}; return its prediction.") from error


def answer_of(call: Callable[..., Any], rows: Any, *others: Any) -> Any:
    """``call(rows, *others)``, its errors in one sentence.

    Raises:
        InvalidInput: if it raises anything that input can cause.
    """
    try:
        return call(rows, *others)
    except InvalidInput:
        raise
    except torch.cuda.OutOfMemoryError as error:
        raise InvalidInput(
            f"a batch must fit the device's memory, but got none left for {len(rows)} rows; pass a smaller batch=."
        ) from error
    except (TypeError, ValueError, RuntimeError, LookupError, AttributeError, ArithmeticError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise InvalidInput(
            f"the model must take rows {tuple(rows.shape)} of {rows.dtype}, but got an error from it ({reason}); "
            "check the shape of the data and what else the model needs."
        ) from error


@contextmanager
def evaluating(module: torch.nn.Module | None, without_gradients: Any = torch.inference_mode) -> Iterator[None]:
    """Eval mode and no gradients inside; afterwards every part is in the mode that it was in."""
    modes = [] if module is None else [(part, part.training) for part in module.modules()]
    try:
        for part, _ in modes:
            part.training = False
        with without_gradients():
            yield
    finally:
        for part, training in modes:
            part.training = training
