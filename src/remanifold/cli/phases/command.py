"""``remanifold phases``: the noise levels that theory predicts, in every clock."""

from pathlib import Path
from typing import Annotated, Any

from typer import Option

from remanifold.cli.output import echo
from remanifold.cli.phases.of_generator import phases_of_generator

_BASIN_POINTS = 48
_LONG = 10.0  # seconds after which people want to know

EPILOG = "Example: remanifold phases --n-points 60000 --ambient-dim 784 --latent-dim 15"


def phases_command(
    *,
    load: Annotated[float | None, Option(help="log(P)/N: P data points in N dimensions, in nats. Above 0.")] = None,
    latent_ratio: Annotated[
        float | None, Option(help="D/N: share of the N dimensions that the data fill. (0, 1].")
    ] = None,
    n_points: Annotated[int | None, Option(help="P, the number of data points (instead of --load).")] = None,
    ambient_dim: Annotated[int | None, Option(help="N, numbers per data point.")] = None,
    latent_dim: Annotated[int | None, Option(help="D, dimension of the manifold the data fill.")] = None,
    ensemble: Annotated[
        str, Option(help="How the manifold lies in space: gaussian, isometric or power-law.")
    ] = "gaussian",
    exponent: Annotated[float | None, Option(help="Power law only: the a in eigenvalue_i ~ i^-a.")] = None,
    spectrum: Annotated[
        Path | None,
        Option(help="File with the eigenvalues of your data's covariance (.npy or text); needs --n-points."),
    ] = None,
    generator: Annotated[
        Path | None,
        Option(help="Folder of a diffusers autoencoder whose decoder makes the data; needs --n-points, and no other."),
    ] = None,
    activation: Annotated[
        str, Option(help="Nonlinearity: linear, tanh, relu, sign, erf, leaky-relu or sine.")
    ] = "linear",
    data_sd: Annotated[
        float | None,
        Option(help="Standard deviation of a coordinate of your data: levels, and steps of schedules, are for it."),
    ] = None,
    accuracy: Annotated[
        float, Option(help="Relative error of t aimed at where the size is sampled: nonlinear manifolds. .002 to .3.")
    ] = 0.03,
    finite_size: Annotated[
        bool, Option("--finite-size/--no-finite-size", help="Predict the times at this very size too.")
    ] = True,
    threads: Annotated[int | None, Option(help="Threads of the sampling; all cores by default.")] = None,
    basin_points: Annotated[int, Option(help="Number of noise levels on the grid of the basin.")] = _BASIN_POINTS,
    json: Annotated[bool, Option("--json", help="Print JSON, and nothing else, on stdout.")] = False,
) -> None:
    """Predict at which noise a data set is memorized, and where a model generalizes best.

    Say what the data are in one of four ways: --load and --latent-ratio; or --n-points, --ambient-dim and
    --latent-dim; or --spectrum with --n-points (and --ambient-dim, if some dimensions are empty); or --generator with
    --n-points, for up to 200 latent dimensions.

    The answer is the theory's for large dimensions. Where P, N and D are given, a second table (in JSON: finite_size)
    says what a data set of that very size shows on average: its collapse lies higher. Linear manifolds are instant;
    nonlinear ones are sampled, some 10 seconds at N = 40 and a minute or more beyond 60, whatever P is.
    In few dimensions (below 12 with 500 points, below 19 with 50000) its best stop lies above the collapse.
    t is the noise variance per coordinate, sigma its square root. Levels refer to data whose coordinates have standard
    deviation 1 (nonlinear manifolds: that of g), and so do the steps of DDPM schedules; --data-sd is that of your data.
    """
    from remanifold.cli.phases.spectrum_file import read_spectrum
    from remanifold.cli.phases.table import print_phases
    from remanifold.cli.progress import progress_bar
    from remanifold.theory import phases

    if generator is not None:
        others = {"--load": load, "--latent-ratio": latent_ratio, "--ambient-dim": ambient_dim}
        others |= {"--latent-dim": latent_dim, "--exponent": exponent, "--spectrum": spectrum}
        others |= {"--ensemble": None if ensemble == "gaussian" else ensemble}
        others |= {"--activation": None if activation == "linear" else activation}
        others |= {"--data-sd": data_sd, "--threads": threads, "--no-finite-size": None if finite_size else "given"}
        others |= {"--basin-points": None if basin_points == _BASIN_POINTS else basin_points}
        phases_of_generator(generator, n_points, accuracy, others, json=json)
        return
    activation = activation.lower()
    kind: dict[str, Any] = {"ensemble": ensemble, "activation": activation, "exponent": exponent}
    sizes = (n_points, ambient_dim, latent_dim)
    if finite_size and activation != "linear" and None not in sizes:
        tell_time(int(n_points or 0), int(ambient_dim or 0), int(latent_dim or 0), activation, accuracy)
    with progress_bar() as progress:
        answer = phases(
            progress=progress,
            finite_size=finite_size,
            accuracy=accuracy,
            threads=threads,
            load=load,
            latent_ratio=latent_ratio,
            n_points=n_points,
            ambient_dim=ambient_dim,
            latent_dim=latent_dim,
            spectrum=None if spectrum is None else read_spectrum(spectrum),
            basin_points=basin_points,
            **kind,
        )
    if data_sd is not None:
        answer = answer.for_data(data_sd)
    if json:
        echo(answer.to_json())
    else:
        print_phases(answer)


def tell_time(n_points: int, ambient_dim: int, latent_dim: int, activation: str, accuracy: float) -> None:
    """Say on stderr how long sampling takes, where that is more than a few seconds."""
    from remanifold._core.foretold import duration
    from remanifold.manifolds import ACTIVATIONS
    from remanifold.theory.finite.prediction import LARGEST_SAMPLED_DIM, sampling_seconds

    sizes = 0 < latent_dim <= min(ambient_dim, LARGEST_SAMPLED_DIM) and n_points > 2
    if activation not in ACTIVATIONS or not sizes or not accuracy > 0:
        return  # refused below, with a sentence
    seconds = sampling_seconds(n_points, ambient_dim, latent_dim, activation, accuracy)
    if seconds > _LONG:
        told = f"about {duration(seconds)} on one core, at most twice as long"
        echo(f"Sampling this size takes {told}; --no-finite-size leaves it out.", err=True)
