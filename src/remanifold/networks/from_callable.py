"""Any function or torch module that predicts something about noisy data, as a denoiser."""

import inspect
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import torch

from remanifold._core.device import device_of
from remanifold._core.errors import InvalidInput, refusal
from remanifold.networks.clocks import ClockLike, clock_of
from remanifold.networks.network import Network
from remanifold.networks.network_denoiser import Labels, NetworkDenoiser, Predicts


def from_callable(
    f: Callable[..., object],
    predicts: Predicts,
    clock: ClockLike = "sigma",
    *,
    module: torch.nn.Module | None = None,
    batch: int = 64,
    shape: tuple[int, ...] | None = None,
    class_labels: Labels | None = None,
    dtype: torch.dtype | None = None,
    device: "torch.device | str | None" = None,
    takes: Literal["torch", "numpy"] = "torch",
) -> NetworkDenoiser:
    """Posterior mean of a callable f(y, argument), or f(y, argument, class_labels) where there are labels.

    Main arguments:
        f: A function or module. It gets y (batch, *shape) and argument (batch,), and returns one prediction like y.
        predicts: What that is, for y = a xi + b w: ``denoised`` xi; ``noise`` w; ``score`` the gradient of the log
            density at y; ``velocity`` a' xi + b' w along the clock's path (v-prediction in variance-preserving ones).
        clock: A name of `CLOCKS`: ``sigma`` (EDM: y = xi + sigma w, argument sigma), ``variance``, ``vp``,
            ``alpha_bar``, ``flow`` (y = (1-u) xi + u w, argument u), ``flow from noise`` (argument 1 - u); a built-in
            schedule or a model's own alphas_cumprod, whose argument is the step; or a `Clock`.
        shape: Of one row as f takes it, where the data are flat.
        class_labels: One class or vector for all rows; a call may give its own.

    Other arguments:
        module: The torch module that ``f`` calls: its mode is set while it runs and restored, and its device and
            precision are those of what f gets. By default f itself, the object that it is a method of, or the only
            module among its attributes and the variables that it names.
        batch: Most rows in one call.
        dtype, device: Of what f gets; by default the module's, else the caller's.
        takes: "numpy" for functions of numpy arrays.

    Raises:
        InvalidInput: if ``predicts`` or ``clock`` is unknown or ``f`` is not callable.

    >>> import torch
    >>> import remanifold
    >>> def noise(y, sigma):  # of white data: what a network trained on them predicts
    ...     column = sigma[:, None]
    ...     return column / (1 + column**2) * y
    >>> denoiser = remanifold.from_callable(noise, "noise", "sigma")
    >>> denoiser
    NetworkDenoiser(noise, predicts noise, clock sigma; 0 evaluations)
    >>> denoiser(torch.ones(2, 3, dtype=torch.float64), 1.0)[0]
    tensor([0.5000, 0.5000, 0.5000], dtype=torch.float64)

    See also:
        `from_edm`, `from_diffusers`, `remanifold.networks.check_denoiser`, `remanifold.simulate`.
    """
    if not callable(f):
        raise refusal("a model must be callable", type(f).__name__, "pass a function (y, argument) or a module")
    place = None if device is None else device_of(device)
    network = Network(_called(f), module or module_of(f), batch, dtype, place, takes=takes)
    time = clock_of(clock)
    description = f"{getattr(f, '__name__', type(f).__name__)}, predicts {predicts}, clock {time.name}"
    return NetworkDenoiser(network, predicts, time, description, shape, class_labels)


def from_edm(
    net: Callable[..., object],
    class_labels: Labels | None = None,
    *,
    module: torch.nn.Module | None = None,
    batch: int = 64,
) -> NetworkDenoiser:
    """Posterior mean of a live EDM object net(x, sigma, class_labels=None), which returns the denoised rows.

    Its ``label_dim`` turns whole class numbers into the one-hot vectors that EDM networks take; ``img_channels`` and
    ``img_resolution`` tell the shape of one row. Source: arXiv 2206.00364, equation (7).

    Main arguments:
        net: The object itself: nothing is unpickled here.
        class_labels: One class (or vector) for all rows; a call may give its own.

    Other arguments:
        module: As in `from_callable`.
        batch: Most rows in one call.

    Raises:
        InvalidInput: if ``net`` is not callable.

    >>> import torch
    >>> import remanifold
    >>> class Net(torch.nn.Module):  # stands for a trained EDM object
    ...     img_channels, img_resolution, label_dim = 1, 2, 0
    ...
    ...     def forward(self, x, sigma, class_labels=None):
    ...         return x / (1 + sigma.reshape(-1, 1, 1, 1) ** 2)
    >>> denoiser = remanifold.from_edm(Net())
    >>> denoiser.shape
    (1, 2, 2)
    >>> denoiser(torch.ones(3, 1, 2, 2), 1.0)[0]
    tensor([[[0.5000, 0.5000],
             [0.5000, 0.5000]]])

    See also:
        `from_callable`, `from_diffusers`, `remanifold.audit`.
    """
    if not callable(net):
        raise refusal("an EDM network must be a live object", type(net).__name__, "load it yourself and pass it")
    sides = [getattr(net, name, None) for name in ("img_channels", "img_resolution", "img_resolution")]
    shape = None if None in sides else tuple(int(side) for side in sides if side is not None)
    module = net if isinstance(net, torch.nn.Module) else module
    network = Network(_called(net), module, batch, argument_dtype=torch.float32 if module is not None else None)
    label_dim = int(getattr(net, "label_dim", 0) or 0) or None
    description = f"EDM network {type(net).__name__}"
    return NetworkDenoiser(
        network, "denoised", clock_of("sigma"), description, shape, class_labels, n_classes=label_dim
    )


def module_of(f: Callable[..., Any]) -> torch.nn.Module | None:
    """The torch module behind ``f``: itself, its owner, or the only one that it holds or names; else None."""
    owner = getattr(f, "__self__", None)
    for known in (f, owner):
        if isinstance(known, torch.nn.Module):
            return known
    bodies = (f, getattr(f, "__func__", None), vars(type(f)).get("__call__"))
    body = next(filter(inspect.isfunction, bodies), None)
    named = None if body is None else inspect.getclosurevars(body)
    values = [*getattr(f, "__dict__", {}).values(), *getattr(owner, "__dict__", {}).values()]
    values += [] if named is None else [*named.nonlocals.values(), *named.globals.values()]
    modules = {id(value): value for value in values if isinstance(value, torch.nn.Module)}
    return next(iter(modules.values())) if len(modules) == 1 else None


def _called(f: Callable[..., Any]) -> Callable[[Any, Any, Any], Any]:
    return told_where(lambda y, argument, labels: f(y, argument) if labels is None else f(y, argument, labels))


def told_where(call: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any, Any], Any]:
    """``call``, whose errors of any kind become one sentence with the place in the user's own code."""

    def told(y: Any, argument: Any, labels: Any) -> Any:
        try:
            return call(y, argument, labels)
        except (InvalidInput, torch.cuda.OutOfMemoryError):
            raise
        except (Exception, SystemExit) as error:  # whatever the user's code raises
            said = (str(error).strip() or "no message").splitlines()[0].rstrip(".")
            raise InvalidInput(
                f"the model must take rows {tuple(y.shape)} of {y.dtype} and a second argument "
                f"{tuple(argument.shape)} of {argument.dtype}, but got an error from it{_place(error)} "
                f"({type(error).__name__}: {said}); check shape and precision of the data and what else it needs."
            ) from error

    return told


def _place(error: BaseException) -> str:
    """The last line outside of installed packages that the error came through."""
    here = Path(__file__).parent
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent != here]
    own = [frame for frame in frames if not {"site-packages", "dist-packages"} & set(Path(frame.filename).parts)]
    return f" in line {own[-1].lineno} of {own[-1].filename}" if own else ""
