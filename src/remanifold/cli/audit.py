"""``remanifold audit``: when is this data set memorized, and what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from remanifold._core.errors import refusal, require
from remanifold._core.files import require_writable_directory, write_whole
from remanifold._core.kept.until_written import until_written
from remanifold.cli.audited_model import model_task
from remanifold.cli.limits import enforce, enforce_verdict, limit_of, show_verdict, show_what_it_rests_on, states_of
from remanifold.cli.options import (
    Captions,
    Columns,
    FailOn,
    Groups,
    HoldoutCaptions,
    HoldoutGroups,
    Ignore,
    Invariances,
    LabelsFrom,
    Lora,
    Memory,
    NoFingerprints,
    NoRows,
    OneRowAFile,
    Prompt,
    Resize,
    SamplesMap,
    Split,
    Standardize,
    Threads,
)
from remanifold.cli.output import echo, heading, paragraph
from remanifold.cli.progress import progress_bar
from remanifold.cli.targets import told_where

if TYPE_CHECKING:
    from remanifold.audits import AuditReport

EPILOG = (
    "Example: remanifold audit train.npy --holdout holdout.npy --out report. "
    "Exit codes: 0 fine, 1 a limit named by --fail-above was exceeded or --fail-on names the verdict, 2 bad input."
)


def audit_command(
    data: Annotated[
        str,
        Argument(
            metavar="DATA",
            help="Your training data as the network sees them: .npy, .npz, .csv, .pt, .safetensors, .parquet, zarr, a "
            "folder of images, or a Hugging Face data set on disk. file.npz::name picks one array of several.",
        ),
    ],
    holdout: Annotated[
        str | None,
        Option(metavar="FILE", help="Rows from the same source that are NOT in the data: a negative control."),
    ] = None,
    model: Annotated[
        str | None,
        Option(
            metavar="MODEL",
            help="Also audit a network that was trained on DATA (needs --holdout): a diffusers folder or the hub's "
            "name of one that was downloaded, a .safetensors file of remanifold, ground-truth:NAME, or FILE.py:NAME, a "
            "function f(y, argument), which runs that file.",
        ),
    ] = None,
    samples: Annotated[
        str | None,
        Option(
            metavar="FILE",
            help="Samples of a network that was trained on DATA, prepared like DATA: are they copies of its rows?",
        ),
    ] = None,
    samples_map: SamplesMap = None,
    features: Annotated[
        str | None,
        Option(
            metavar="F",
            help="Where distances of --samples are taken: dct (pictures: brightness, contrast, size and JPEG hardly "
            "matter), or an .npz with arrays train, samples, holdout.",
        ),
    ] = None,
    invariances: Invariances = None,
    rows: Annotated[
        str | None,
        Option(
            metavar="FILE",
            help="Numbers of training rows, from 0, one a line, not to be remembered: --model is tested on them.",
        ),
    ] = None,
    groups: Groups = None,
    holdout_groups: HoldoutGroups = None,
    other: Annotated[
        str | None, Option(metavar="MODEL", help="A second model, to compare where the same noise leads.")
    ] = None,
    predicts: Annotated[
        str | None,
        Option(
            help="Of FILE.py:NAME (default: denoised), or of a network's folder: denoised, noise, score or velocity."
        ),
    ] = None,
    clock: Annotated[
        str | None,
        Option(
            help="Of FILE.py:NAME (default: sigma), or of a network's folder, its second argument: sigma, variance, "
            "vp, alpha_bar, flow, flow steps, ...; or the folder of its scheduler."
        ),
    ] = None,
    evaluations: Annotated[
        int, Option(metavar="N", help="Most rows that the network is asked about, in all; at least 10000.")
    ] = 100_000,
    cheap: Annotated[bool, Option("--cheap", help="Of the network the loss gap only, no trajectories.")] = False,
    class_conditional: Annotated[
        bool, Option("--class-conditional", help="The network takes classes: ask it with each row's own.")
    ] = False,
    holdout_labels: Annotated[
        str | None, Option(metavar="FILE", help="One label a hold-out row, for --class-conditional.")
    ] = None,
    lora: Lora = None,
    captions: Captions = None,
    holdout_captions: HoldoutCaptions = None,
    prompt: Prompt = None,
    labels: Annotated[
        str | None, Option(metavar="FILE", help="One label a row (.npy, .csv or text): times of each class.")
    ] = None,
    max_queries: Annotated[
        int, Option(help="Rows looked at closely (chosen at random); more rows, smaller errors, more time.")
    ] = 2000,
    duplicate_distance: Annotated[
        float | None,
        Option(
            help="Rows at this distance or less (data units, or those of --standardize) count as one point. Default: "
            "0.01 times the median distance of a row to its nearest other."
        ),
    ] = None,
    target_sigma: Annotated[
        list[float] | None,
        Option(
            metavar="SIGMA",
            help="Noise level (data units, or those of --standardize) below which you want the collapse: how many rows "
            "does it take? Repeatable.",
        ),
    ] = None,
    sampler_sigma: Annotated[
        float | None,
        Option(
            metavar="SIGMA",
            help="Last noise of your own sampler (data units, or those of --standardize): marked beside the best "
            "stop and the one above which no training row comes back more often than not.",
        ),
    ] = None,
    fit_manifold: Annotated[
        bool, Option("--fit-manifold", help="Also fit the hidden manifold whose theory comes nearest.")
    ] = False,
    resize: Resize = None,
    columns: Columns = None,
    ignore: Ignore = None,
    labels_from: LabelsFrom = None,
    split: Split = None,
    one_row_a_file: OneRowAFile = None,
    standardize: Standardize = None,
    seed: Annotated[int, Option(help="Seed of the choice of rows and of the noise.")] = 0,
    memory: Memory = "4GB",
    threads: Threads = None,
    device: Annotated[str, Option(metavar="DEVICE", help="Torch device: cpu, cuda, cuda:1.")] = "cpu",
    scheduler: Annotated[
        str | None,
        Option(
            metavar="ADDRESS",
            help="Measure the noise profile on a Dask cluster: the address of its scheduler, or 'local' for processes "
            "of this machine. Workers must find DATA under the same path.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        Option(metavar="DIR", help="Directory for report.html, report.json and report.md; made if missing."),
    ] = None,
    no_rows: NoRows = False,
    no_fingerprints: NoFingerprints = False,
    json: Annotated[bool, Option("--json", help="Print the report as JSON, and nothing else, on stdout.")] = False,
    fail_on: FailOn = None,
    fail_above: Annotated[
        list[str] | None,
        Option(
            metavar="NAME=VALUE",
            help="Exit with code 1 if the number NAME of the report exceeds VALUE, e.g. duplicate_rows=0 or "
            "sigma_collapse=1.5; docs/reference/limits.md lists the names. Repeatable.",
        ),
    ] = None,
) -> None:
    """Tell at which noise a diffusion model memorizes this data set, and what to do about it.

    Answers, with errors: at which noise the set collapses, below which noise training points act as traps, where
    sampling should stop, which rows are most exposed, which are duplicates, how many more rows would help.

    With --out, finished queries are kept in DIR/audit.part until all is done: after an interruption the same command
    goes on from there.
    """
    given = {"--holdout": holdout is not None, "--model": model is not None, "--samples": samples is not None}
    limits, states = (
        _limits(fail_above or [], given),
        states_of(fail_on or [], model is not None or samples is not None),
    )
    bare = samples_map is not None and samples is None
    require(not bare, "--samples-map must come with --samples", samples_map, "name the samples too")
    need = "--features and --invariances must come with --samples"
    bare = samples is None and not (features is None and invariances is None)
    require(not bare, need, "them alone", "name the samples too")
    require(rows is None or model is not None, "--rows must come with --model", rows, "name the model too")
    require(no_rows or not no_fingerprints, "--no-fingerprints must come with --no-rows", "it alone", "pass both")
    if out is not None:
        require_writable_directory(out)
    need = "--device must be cpu where a cluster measures the profile"
    require(scheduler is None or device == "cpu", need, device, "leave --device or --scheduler out")
    from remanifold.audits import audit

    part = None if out is None else out / "audit.part"
    asked = model, other, predicts, clock, evaluations, cheap, seed, out, class_conditional, holdout_labels
    task = model_task(*asked, lora, (captions, holdout_captions), prompt)
    kept = told_where(*([] if out is None else [out / "audit.part", out / "model.parts"]))
    with until_written():
        with progress_bar() as progress, kept, _profiler(scheduler, threads) as measured:
            report = audit(
                data,
                holdout=holdout,
                labels=labels,
                max_queries=max_queries,
                seed=seed,
                memory=memory,
                threads=threads,
                device=device,
                duplicate_distance=duplicate_distance,
                target_sigma=tuple(target_sigma or ()),
                sampler_sigma=sampler_sigma,
                resize=resize,
                split=split,
                one_row_a_file=one_row_a_file,
                columns=columns,
                ignore=ignore,
                labels_from=labels_from,
                fit_manifold=fit_manifold,
                part_file=part,
                model=task,
                samples=samples,
                samples_map=samples_map,
                features=features,
                invariances=invariances,
                standardize=standardize,
                rows=rows,
                groups=groups,
                holdout_groups=holdout_groups,
                **measured,
                progress=progress,
            )
        _require_numbers(report, limits)
        if no_rows:
            report = report.without_rows(fingerprints=not no_fingerprints)
        written = [] if out is None else _write(report, out)
    if json:
        echo(report.to_json())
    else:
        _print_answers(report)
    for path in written:
        echo(f"wrote {path}", err=json)
    enforce(report.scalars(), limits)
    enforce_verdict(report.verdict, states)


@contextmanager
def _profiler(scheduler: str | None, threads: int | None) -> Iterator[dict[str, Any]]:
    """The argument of `audit` that has a cluster measure the profile; none without a scheduler."""
    if scheduler is None:
        yield {}
        return
    from remanifold.cluster import connect, profiler

    with connect(scheduler, workers=threads, dashboard="127.0.0.1:8787") as cluster:
        echo(f"cluster: {len(cluster.workers())} workers, dashboard {cluster.dashboard}", err=True)
        yield {"profiler": profiler(cluster)}


def _limits(texts: list[str], given: dict[str, bool]) -> list[tuple[str, float]]:
    """(name, value) of every --fail-above, refused before any work starts."""
    from remanifold.audits.records.scalars import known_scalars

    known = known_scalars(*given.values())
    return [limit_of(text, known, _lacking(text.partition("=")[0], given)) for text in texts]


def _lacking(name: str, given: dict[str, bool]) -> str:
    """What the number ``name`` needs beside the data."""
    from remanifold.audits.records.scalars import known_scalars

    full = dict.fromkeys(given, True)
    if name not in known_scalars(*full.values()):
        return ""
    needed = [option for option in given if name not in known_scalars(*{**full, option: False}.values())]
    needed += ["--holdout"] if needed == ["--model"] else []
    return f", which needs {' and '.join(sorted(needed))}" if needed else ""


def _write(report: "AuditReport", out: Path) -> list[Path]:
    pages = {"report.html": report.to_html(), "report.json": report.to_json(), "report.md": report.to_markdown()}
    return [write_whole(out / name, page) for name, page in pages.items()]


def _print_answers(report: "AuditReport") -> None:
    from remanifold.audits import answers_of
    from remanifold.audits.answers.numbers import groups_words
    from remanifold.audits.answers.unit import OWN, unit
    from remanifold.audits.answers.verdict import of_data_alone
    from remanifold.audits.noun import noun

    facts = report.data
    if report.verdict is not None:
        show_verdict(report.verdict)
    else:
        paragraph(of_data_alone(report))
    rows = f"{facts.n_points} {noun(report)}s{groups_words(report)}"
    paragraph(f"{facts.source}: {rows} of shape {facts.shape}, {facts.n_groups} distinct points")
    captions = None if report.model is None else report.model.captions
    own = f"data units: {facts.preprocessing}; standard deviation {facts.std:.3g}"
    for text in (
        *((own,) if unit(report) == OWN else ()),
        *facts.reading,
        *(() if captions is None else captions.reading),
    ):
        paragraph(text, "  ", "    ")
    if report.verdict is not None:
        show_what_it_rests_on(report.verdict)
    for answer in answers_of(report):
        heading(f"\n{answer.question}")
        paragraph(answer.answer, "  ")
    for what, part in (("", report), (" on the model", report.model), (" on the samples", report.samples)):
        for note in () if part is None else part.notes:
            echo("")
            paragraph(f"Note{what}: {note}")
    about = "" if report.model is not None or report.samples is not None else ", not about a trained network"
    echo("")
    paragraph(f"About the data under the exact empirical score{about}; no privacy certificate.")


def _require_numbers(report: "AuditReport", limits: list[tuple[str, float]]) -> None:
    """Refuse a limit on a number that this report lacks, before anything is written."""
    scalars = report.scalars()
    for name, _ in limits:
        if name not in scalars:
            need, do = f"--fail-above {name} needs that number in the report", "read the reason in it or name another"
            raise refusal(need, "a report without it", do)
