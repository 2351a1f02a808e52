"""``remanifold simulate``: reverse diffusion of data or of a hidden manifold, with what rebuilds the samples."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Option

from remanifold._core.checks import whole
from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.files import require_writable_directory, write_whole
from remanifold._core.kept.until_written import until_written
from remanifold.cli.options import Columns, Ignore, LabelsFrom, OneRowAFile, Resize, Split
from remanifold.cli.output import echo, npy_bytes, paragraph
from remanifold.cli.progress import progress_bar
from remanifold.cli.simulate.filmed import film_of, filmed_levels, filmed_points, marks_of, require_film
from remanifold.cli.targets import told_where

if TYPE_CHECKING:
    from remanifold.data import Points
    from remanifold.sampling import Recipe, Trajectories

EPILOG = "Example: remanifold simulate --data train.npy --n-samples 100 --stop-at 0.01 --out samples"
_MOST_SAMPLES = 10**9
_READING = ("columns", "ignore", "labels_from", "split", "one_row_a_file")


def simulate_command(
    context: typer.Context,
    *,
    out: Annotated[Path, Option(metavar="DIR", help="Directory for samples.npy and record.json; made if missing.")],
    n_samples: Annotated[int | None, Option(metavar="B", help="Number of samples.")] = None,
    stop_at: Annotated[
        float | None, Option(metavar="T", help="Noise variance (data units squared) at which sampling stops.")
    ] = None,
    data: Annotated[
        str | None, Option(metavar="FILE", help="Points, in any format that `remanifold audit` reads.")
    ] = None,
    resize: Resize = None,
    labels: Annotated[
        str | None,
        Option(metavar="FILE", help="One label a row of --data, with --label; by default those that --data bring."),
    ] = None,
    columns: Columns = None,
    ignore: Ignore = None,
    labels_from: LabelsFrom = None,
    split: Split = None,
    one_row_a_file: OneRowAFile = None,
    label: Annotated[str | None, Option(metavar="CLASS", help="Sample this class only.")] = None,
    manifold: Annotated[
        str | None,
        Option(
            metavar="ACTIVATION", help="Instead of --data: linear, tanh, erf, relu, leaky-relu, sign or sine manifold."
        ),
    ] = None,
    ambient_dim: Annotated[int | None, Option(help="N, numbers per point of the manifold.")] = None,
    latent_dim: Annotated[int | None, Option(help="D, its dimension.")] = None,
    latent_ratio: Annotated[float | None, Option(help="D/N, instead of --latent-dim.")] = None,
    n_points: Annotated[int | None, Option(help="P, the number of its training points.")] = None,
    load: Annotated[float | None, Option(help="log(P)/N, instead of --n-points.")] = None,
    ensemble: Annotated[str | None, Option(help="gaussian (default), isometric or power-law.")] = None,
    exponent: Annotated[float | None, Option(help="Power law only: the a in eigenvalue_i ~ i^-a.")] = None,
    manifold_seed: Annotated[int, Option(help="Seed of the manifold and its points.")] = 0,
    score: Annotated[
        str, Option(help="empirical: of the points. population: of the law of a linear manifold.")
    ] = "empirical",
    start_at: Annotated[
        float | None,
        Option(metavar="T", help="Noise variance at the start. Default: 1000 times the mean squared norm."),
    ] = None,
    steps: Annotated[int, Option(help="Number of steps.")] = 200,
    grid: Annotated[str, Option(help="log: even in log t. edm: even in sigma^(1/rho).")] = "log",
    rho: Annotated[float, Option(help="Of the edm grid.")] = 7.0,
    method: Annotated[
        str, Option(help="SDE: exact, exponential, euler-maruyama. ODE: heun, ode-euler.")
    ] = "exponential",
    churn: Annotated[
        float | None, Option(help="heun only: raise sigma by this share before each step, with fresh noise.")
    ] = None,
    final: Annotated[
        str, Option(help="What is kept at --stop-at: 'as is', or 'posterior mean' of the clean point.")
    ] = "as is",
    record: Annotated[
        list[float] | None, Option(metavar="T", help="Also keep the states at this noise, in states.npy. Repeatable.")
    ] = None,
    film: Annotated[
        Path | None,
        Option(
            metavar="FILE",
            help="Also draw the way down of rows of two numbers or pictures: FILE.webp, .gif, .html (with a slider) or "
            ".mp4 (made by ffmpeg).",
        ),
    ] = None,
    seed: Annotated[int, Option(help="Seed of the samples.")] = 0,
    first: Annotated[int, Option(help="Index of the first sample: divides one run over machines.")] = 0,
    memory: Annotated[str, Option(metavar="SIZE", help="Memory budget of the score, like 4GB.")] = "1GB",
    again: Annotated[
        Path | None,
        Option(metavar="RECORD", help="Make the samples of this record.json again; only --out goes with it."),
    ] = None,
) -> None:
    """Sample by reverse diffusion under the exact score of data, or of a hidden manifold.

    Writes samples.npy, record.json (version, parameters, seed, fingerprint of the data: all that is needed to make the
    samples again, by --again) and, with --record or --film, states.npy. A film shows 80 states above the noise axis
    with the three levels of the data.

    The checkpoint DIR/samples.part has finished batches, and every ten seconds the one under way: after an interruption
    or a kill the same command goes on from there, to the same samples bit for bit.
    """
    require_writable_directory(out)
    _require_used(context, manifold=manifold, data=data, grid=grid, again=again)
    if again is not None:
        from remanifold.sampling import Recipe

        _make(*Recipe.from_record(again), out)
        return
    n_samples = whole("--n-samples", n_samples, least=1, most=_MOST_SAMPLES, example=100)
    require(stop_at is not None, "--stop-at must be a noise variance", "none", "pass e.g. --stop-at 0.01")
    sizes = {
        "ambient_dim": ambient_dim,
        "latent_dim": latent_dim,
        "latent_ratio": latent_ratio,
        "n_points": n_points,
        "load": load,
        "ensemble": ensemble,
        "exponent": exponent,
    }
    from remanifold.sampling import Recipe

    kind = "" if film is None else require_film(film)
    points, kept = None, tuple(record or ())
    if kind:
        require(data is not None and label is None, "--film must come with --data alone", "another", "leave it out")
        given = {"columns": columns, "ignore": ignore, "labels_from": labels_from, "split": split}
        given |= {"one_row_a_file": one_row_a_file, "resize": resize}
        points = filmed_points(str(data), given)
        kept = kept or filmed_levels(points, start_at, stop_at or math.nan, memory)
    recipe = Recipe(
        n_samples,
        math.nan if stop_at is None else stop_at,
        data=data,
        manifold=_manifold(manifold, sizes, manifold_seed),
        resize=resize,
        labels=labels,
        label=label,
        columns=None if columns is None else tuple(columns),
        ignore=None if ignore is None else tuple(ignore),
        labels_from=labels_from,
        split=split,
        one_row_a_file=one_row_a_file,
        score=score,
        start_at=start_at,
        steps=steps,
        grid=grid,
        rho=rho,
        method=method,
        churn=churn,
        final=final,
        record=kept,
        seed=seed,
        first=first,
        memory=memory,
    )
    run = _make(recipe, None, out)
    if film is not None and points is not None:
        _draw(run, points, film, kind, memory)


def _require_used(
    context: typer.Context, *, manifold: str | None, data: str | None, grid: str, again: Path | None
) -> None:
    """Refuse options that would be passed over without a word."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    given = [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
    others = [_flag(name) for name in given if name not in ("out", "again")]
    if again is not None and others:
        raise refusal("--again must come with --out only", ", ".join(others), "leave them out")
    of_data, of_manifold = ("resize", "labels", "label", *_READING), ("manifold_seed", "score")
    for names, present, what in ((of_data, data, "--data"), (of_manifold, manifold, "--manifold")):
        lost = [_flag(name) for name in given if name in names]
        if lost and present is None and again is None:
            need = f"{', '.join(lost)} must come with {what}"
            raise refusal(need, "none", f"pass {what}, or leave it out")
    if "rho" in given and grid != "edm":
        raise refusal("--rho must come with --grid edm", f"--grid {grid}", "pass --grid edm, or leave it out")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _manifold(name: str | None, sizes: dict[str, Any], seed: int) -> dict[str, Any] | None:
    given = {key: value for key, value in sizes.items() if value is not None}
    if name is None:
        if given:
            asked = ", ".join(map(_flag, given))
            raise refusal(f"{asked} must come with a manifold", "none", "pass e.g. --manifold linear, or leave it out")
        return None
    return {"activation": name, "seed": seed, **given}


def _make(recipe: "Recipe", expected: str | None, out: Path) -> "Trajectories":
    """Run ``recipe`` on data of the ``expected`` fingerprint, if there is one, and write what came of it."""
    checkpoint = out / "samples.part"
    with until_written():
        with told_where(checkpoint), progress_bar() as progress:
            run = recipe.run(part_file=checkpoint, expected=expected, progress=progress)
        for old in ("record.json", "states.npy"):  # no record or states of other samples beside these
            (out / old).unlink(missing_ok=True)
        written = {"samples.npy": run.samples} | ({"states.npy": run.states} if len(run.times) else {})
        for name, array in written.items():
            write_whole(out / name, npy_bytes(array))
        write_whole(out / "record.json", run.to_json())
    reading: Any = run.parameters.get("reading", ())
    for text in reading:
        paragraph(text, "  ", "    ")
    left = "posterior means" if run.t == 0 else f"at noise variance {run.t:.6g}"
    echo(f"wrote {out}: {len(run.samples)} samples of shape {run.samples.shape[1:]}, {left}")
    return run


def _draw(run: "Trajectories", points: "Points", film: Path, kind: str, memory: str) -> None:
    """Write the film of ``run``; without marks, and said so, where the noise levels cannot be measured."""
    try:
        with progress_bar() as progress:
            marks = marks_of(points, memory, progress)
    except InvalidInput as error:
        marks = {}
        echo(f"the film has no marks: {error}", err=True)
    write_whole(film, film_of(run, points, kind, marks))
    echo(f"wrote {film}: {len(run.times)} frames")
