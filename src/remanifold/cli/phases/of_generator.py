"""``remanifold phases --generator``: the times of what a local autoencoder makes of standard normal latents."""

import json as json_text
import time
from pathlib import Path
from typing import TYPE_CHECKING

from remanifold._core.errors import refusal
from remanifold.cli.output import echo, paragraph

if TYPE_CHECKING:
    from remanifold.networks.decoders import Decoder

_PROBE = 256


def phases_of_generator(
    folder: Path, n_points: int | None, accuracy: float, others: dict[str, object], *, json: bool
) -> None:
    """Print the finite-size times of P points of the decoder in ``folder``.

    Args:
        folder: Of an autoencoder of diffusers, or of a pipeline with one.
        n_points: P.
        accuracy: Error of log t aimed at.
        others: Options by name that do not go with a generator, as they were given.
        json: Whether JSON is wanted.

    Raises:
        InvalidInput: if other options describe the data too, there is no P, or the decoder cannot be used.
        NotConverged: if a crossing is not found, or the bracket of log Z stays open.
    """
    from remanifold._core.foretold import duration
    from remanifold._core.version import __version__
    from remanifold.cli.phases.table import print_times
    from remanifold.cli.progress import progress_bar
    from remanifold.networks.decoders import decoder_of
    from remanifold.theory import finite_size_of_generator
    from remanifold.theory.finite.prediction import LARGEST_SAMPLED_DIM, generator_seconds

    given = [name for name, value in others.items() if value is not None]
    if given:
        raise refusal("a generator says what the data are", f"{' and '.join(given)} besides", "give --n-points alone")
    if n_points is None:
        raise refusal("a generator needs the number of points", "none", "pass --n-points")
    decoder = decoder_of(folder, most=LARGEST_SAMPLED_DIM)
    seconds = generator_seconds(decoder.latent_dim, n_points, _a_point(decoder), accuracy)
    echo(f"Sampling takes about {duration(seconds)}, at most twice as long.", err=True)
    with progress_bar() as progress:
        times = finite_size_of_generator(decoder, n_points, decoder.latent_dim, accuracy, progress=progress)
    if json:
        plain = {"generator": str(folder), "finite_size": times.to_dict(), "accuracy": accuracy, "version": __version__}
        echo(json_text.dumps(plain, indent=2, allow_nan=False))
        return
    paragraph(f"Data: what the decoder in {folder} makes of standard normal latents.")
    print_times(times)
    paragraph(
        "t is the noise variance per coordinate in the units of the decoder's output, +- the error of the prediction."
    )


def _a_point(decoder: "Decoder") -> float:
    """Seconds a point."""
    import torch

    latents = torch.zeros(_PROBE, decoder.latent_dim)
    with torch.no_grad():
        decoder(latents)
        start = time.perf_counter()
        decoder(latents)
    return (time.perf_counter() - start) / _PROBE
