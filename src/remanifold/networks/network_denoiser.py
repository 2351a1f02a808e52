"""The posterior mean of a network, whatever it predicts and in whichever clock it was trained."""

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from remanifold._core.checks import number, whole
from remanifold._core.errors import refusal, require
from remanifold._core.types import Floats
from remanifold.data import RowsLike
from remanifold.networks.clocks import Clock, Placement
from remanifold.networks.latents import Encoder, encoded
from remanifold.networks.network import Network
from remanifold.networks.pipelines.prompts import Prompts
from remanifold.noise import require_t_or_sigma
from remanifold.scores.batch import batch_of
from remanifold.scores.denoiser import ArrayT, Noise

Predicts = Literal["denoised", "noise", "score", "velocity"]
Labels = int | RowsLike
"""A class, its vector, or one a row."""
_SHOWN = 200  # characters of a description in one line


@dataclass(frozen=True, eq=False, repr=False)
class NetworkDenoiser:
    """A trained network as a `Denoiser`: (x, t) -> posterior mean, in the caller's kind of array.

    States and results are float64 around a network that keeps its own precision, device and mode. Make one with
    `from_callable`, `from_edm` or `from_diffusers`.

    Attributes:
        network: What is run.
        predicts: What its output is.
        clock: How its input is scaled and what its second argument is.
        description: What was wrapped, in words, for reports.
        shape: Of one row as the network takes it; rows of other shapes with these axes are brought to it. Or None.
        class_labels: The condition of all rows unless a call gives its own: a class, a vector, or None.
        encoder: Of a latent model, what leads from data to latents (`encode`); None where the model sees the data.
        n_classes: Length of the one-hot vector that the network wants for a class; None where it takes whole numbers.
        guidance: Scale of classifier-free guidance; None asks for the class alone, as 1 would.
        no_class: The label that stands for no class; None for zeros instead of a one-hot vector.
        prompts: Of a text-conditional network, its captions: each has a number that stands for a class; else None.
    """

    network: Network
    predicts: Predicts
    clock: Clock
    description: str
    shape: tuple[int, ...] | None = None
    class_labels: Labels | None = None
    encoder: Encoder | None = None
    n_classes: int | None = None
    guidance: float | None = None
    no_class: int | None = None
    prompts: Prompts | None = None

    def __post_init__(self) -> None:
        """Check what it predicts."""
        kinds = get_args(Predicts)
        if self.predicts not in kinds:
            raise refusal(f"predicts must be one of {', '.join(kinds)}", repr(self.predicts), "pass one")

    def __repr__(self) -> str:
        return f"NetworkDenoiser({self.description[:_SHOWN]}; {self.evaluations} evaluations)"

    @property
    def evaluations(self) -> int:
        """Rows that went through the network so far, those of its checks at the first call among them."""
        return self.network.evaluations

    @property
    def levels(self) -> Floats | None:
        """The only noise variances that the network was trained at, rising; None where it takes any."""
        return self.clock.levels

    def snapped(self, t: Noise | None = None, *, sigma: Noise | None = None) -> float | Floats:
        """The noise variances that the network really has for ``t``, or for ``sigma`` squared: the nearest trained ones
        in log t, or t itself.

        At any t the answer is the posterior mean of noise ``snapped(t)``; noise data to that.

        Raises:
            InvalidInput: if a level lies outside those that the network was trained at.
        """
        require_t_or_sigma(t, sigma)
        levels = self.clock.snapped(np.asarray(t, np.float64) if sigma is None else np.asarray(sigma, np.float64) ** 2)
        return float(levels) if levels.ndim == 0 else levels

    def given(self, class_labels: Labels) -> "NetworkDenoiser":
        """The denoiser of one class: ``class_labels`` is its number or vector; it counts in the same evaluations."""
        return replace(self, class_labels=class_labels)

    def guided(self, scale: float, no_class: int | None = None) -> "NetworkDenoiser":
        """The denoiser with classifier-free guidance: m_0 + scale (m_c - m_0), m_0 the answer without a class.

        It is the posterior mean of no law unless ``scale`` is 0 or 1, and asks the network twice. Source: arXiv
        2207.12598, equation (6), where w is scale - 1.

        Args:
            scale: 0 leaves the class out, 1 is the class as trained, above 1 stresses it.
            no_class: The label that the network was trained with in the place of a class now and then; may be left out
                where that is a vector of zeros (one-hot classes).

        Raises:
            InvalidInput: if the scale is negative, or how to leave out the class is not known.
        """
        scale = number("`guidance`", scale, least=0, do="pass e.g. 3")
        do = "pass the label that its training used for no class, often the number of classes"
        none = self.no_class if no_class is None else whole("`no_class`", no_class, least=0)
        known = none is not None or self.n_classes is not None
        require(known, "guidance needs `no_class`", "a network that does not tell it", do)
        return replace(self, guidance=scale, no_class=none, description=f"{self.description}; guidance {scale:g}")

    def encode(self, points: ArrayT) -> ArrayT:
        """Latents of ``points`` (batch, *shape): the space in which a latent model denoises.

        Raises:
            InvalidInput: if the model has no encoder.
        """
        do = "pass encoder=, or use the points as they are"
        require(self.encoder is not None, "latents need an encoder", "a model without", do)
        return encoded(self.encoder, points, self.network.batch)

    def __call__(self, x: ArrayT, t: Noise, class_labels: RowsLike | None = None) -> ArrayT:
        """Posterior mean at ``x`` (batch, *shape) for noise variance ``t``, a number or (batch,).

        Args:
            x: Noisy rows, x = xi + sqrt(t) w in the units of the data.
            t: Noise variance per coordinate.
            class_labels: One a row, (batch,) or (batch, k); instead of those of the denoiser.

        Raises:
            InvalidInput: if x, t or the labels are unfit, t is no trained level, or the network fails (see `Network`).
        """
        home = x.device if isinstance(x, torch.Tensor) and x.device.type != "mps" else torch.device("cpu")
        batch = batch_of(x, t, tuple(np.shape(x)[1:]), home)
        place = self.clock.place(batch.noise.cpu().numpy())
        rows = batch.x.reshape(len(batch.x), *self._inner_shape(batch.shape))
        y = rows * _column(place.scale, rows)
        labels = self._labels(class_labels, len(rows))
        out = self.network.run(y, place.argument, labels, batch.dtype)
        if self.guidance is not None:
            if labels is None:
                raise refusal("guidance needs classes", "none", "pass one a row")
            free = self.network.run(y, place.argument, self._unlabelled(labels), batch.dtype)
            out = free + self.guidance * (out - free)  # weights of sum 1: of predictions as of means
        return batch.give_points(self._mean(rows, y, out, place).reshape(len(rows), -1))

    def _mean(self, x: torch.Tensor, y: torch.Tensor, out: torch.Tensor, place: Placement) -> torch.Tensor:
        """The posterior mean of xi from y = a xi + b w = a x and the output: a, b are scale and noise.

        A velocity a' xi + b' w solved together with y = a xi + b w: xi = (b v - b' y)/(b a' - a b').
        The score is that of the input's own law, d log p(y)/dy = (a xi - y)/b^2.
        """
        a, b, da, db = (_column(v, x) for v in (place.scale, place.noise, place.scale_slope, place.noise_slope))
        if self.predicts == "denoised":
            return out
        if self.predicts == "noise":
            return x - (b / a) * out
        if self.predicts == "score":
            return x + (b * b / a) * out
        return (b * out - db * y) / (b * da - a * db)

    def _inner_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The network's own shape, for flat rows and for those that differ in axes of length 1 only.

        Other sizes with its channels pass: convolutions take them.
        """
        if self.shape is None or (len(shape) == len(self.shape) and shape[0] == self.shape[0]):
            return shape
        flat = len(shape) == 1 and shape[0] == int(np.prod(self.shape))
        alike = [side for side in shape if side != 1] == [side for side in self.shape if side != 1]
        if not (flat or alike):
            do = "bring the rows to that shape (channels first), or flat ones in that order"
            raise refusal(f"rows must have the model's shape {self.shape}", shape, do)
        return self.shape

    def _unlabelled(self, like: torch.Tensor) -> torch.Tensor | None:
        """No class, as many rows as ``like``."""
        none = None if self.no_class is None else np.full(len(like), self.no_class)
        return torch.zeros_like(like) if none is None else self._labels(none, len(like))

    def _labels(self, given: Any, count: int) -> torch.Tensor | None:
        """One label a row: whole numbers (batch,), or vectors (batch, k)."""
        values = self.class_labels if given is None else given
        if values is None:
            return None
        tensor = values.detach().cpu() if isinstance(values, torch.Tensor) else torch.tensor(np.asarray(values))
        if given is None:
            tensor = tensor.expand(count, *tensor.shape)
        if tensor.ndim not in (1, 2) or len(tensor) != count:
            do = "pass one class for all, or in the call one a row"
            raise refusal(f"there must be {count} class labels, one a row", tuple(tensor.shape), do)
        if tensor.is_floating_point() or tensor.ndim == 2:
            return tensor.to(torch.float32)
        tensor = tensor.to(torch.int64)
        if self.n_classes is None:
            return tensor
        if not bool(((tensor >= 0) & (tensor < self.n_classes)).all()):
            need = f"class labels must be whole numbers from 0 to {self.n_classes - 1}"
            raise refusal(need, f"{int(tensor.min())} to {int(tensor.max())}", "pass the classes of the model")
        return torch.nn.functional.one_hot(tensor, self.n_classes).to(torch.float32)


def _column(values: NDArray[Any], like: torch.Tensor) -> torch.Tensor:
    """``values`` (batch,) as (batch, 1, ...), to multiply rows ``like`` these, in float64."""
    column = torch.as_tensor(values, dtype=torch.float64, device=like.device)
    return column.reshape(-1, *[1] * (like.ndim - 1))
