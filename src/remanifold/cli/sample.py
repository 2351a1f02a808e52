"""``remanifold sample``: samples of a trained network, ready for ``remanifold copies``."""

from pathlib import Path
from typing import Annotated, cast

from typer import Option

from remanifold._core.errors import refusal, require
from remanifold._core.files import write_whole
from remanifold._core.kept.until_written import until_written
from remanifold.cli.audited_model import require_reading
from remanifold.cli.options import Lora, Threads
from remanifold.cli.output import echo, npy_bytes, paragraph
from remanifold.cli.progress import progress_bar
from remanifold.cli.targets import require_target, told_where

EPILOG = "Example: remanifold sample --model pipeline --n 1000 --out samples.npy"
_LONGEST = 6  # digits of a number
_FEW_STEPS = 10  # with 3 rows of an ordinary network reach 6 times as far as its data


def sample_command(
    model: Annotated[str, Option(metavar="MODEL", help="The network, as `audit --model` names it.")],
    out: Annotated[
        Path, Option(metavar="FILE", help="FILE.npy for the samples; what made them goes beside, to FILE.record.json.")
    ],
    n: Annotated[int, Option("--n", "--n-samples", metavar="N", help="Number of samples.")] = 1000,
    classes: Annotated[
        str | None,
        Option(metavar="LIST", help="Of a class-conditional network, e.g. 0,3,5-9: samples take these in turn."),
    ] = None,
    lora: Lora = None,
    prompts: Annotated[
        str | None,
        Option(
            metavar="FILE",
            help="Of a text-conditional network: captions that samples take in turn, a file as of `audit --captions` "
            "(.txt: one a line) or the folder of captioned pictures. Without it the caption is empty.",
        ),
    ] = None,
    guidance: Annotated[
        float | None,
        Option(
            metavar="SCALE",
            help="Classifier-free guidance of --classes or --prompts: 1 is the condition as trained, 3 stresses it; "
            "pipelines of diffusers draw at 7.5.",
        ),
    ] = None,
    no_class: Annotated[
        int | None,
        Option(metavar="K", help="The label that its training used for no class. Default: where the network tells it."),
    ] = None,
    steps: Annotated[
        int, Option(help="Most steps; heun asks the network twice a step. Below 10 ordinary networks miss their law.")
    ] = 40,
    method: Annotated[str, Option(help="ODE: heun, ode-euler. SDE: exponential, euler-maruyama.")] = "heun",
    final: Annotated[
        str, Option(help="What is kept at the last noise: 'posterior mean' of the clean row, or 'as is'.")
    ] = "posterior mean",
    first_sigma: Annotated[
        float | None, Option(metavar="SIGMA", help="Noise level at the start. Default: the largest of its training.")
    ] = None,
    last_sigma: Annotated[
        float | None, Option(metavar="SIGMA", help="Last noise level. Default: the least of its training.")
    ] = None,
    shape: Annotated[
        str | None, Option(metavar="SIZES", help="Of one sample, e.g. 3,32,32, where the network does not tell it.")
    ] = None,
    latents: Annotated[
        bool, Option("--latents", help="Leave samples of a latent model in its latent space: do not decode them.")
    ] = False,
    predicts: Annotated[
        str | None, Option(help="Of a network without its pipeline and of FILE.py:NAME; see `audit --predicts`.")
    ] = None,
    clock: Annotated[
        str | None, Option(help="Of the same, or the folder of its scheduler; see `audit --clock`.")
    ] = None,
    seed: Annotated[int, Option(help="Seed of the samples; each has its own random numbers.")] = 0,
    batch: Annotated[int, Option(help="Samples at a time; fewer where --memory holds no more.")] = 64,
    memory: Annotated[
        str, Option(metavar="SIZE", help="Memory budget beside the network itself, like 4GB or 800MB.")
    ] = "4GB",
    threads: Threads = None,
) -> None:
    """Draw samples of a trained network, from the largest noise of its training down to the least.

    No clipping, and no guidance unless --guidance asks for it: the network as it was trained. Samples of a latent model
    are decoded by its own autoencoder.

    Finished batches are kept in FILE.npy.part: after an interruption or a kill the same command goes on from there, to
    the same samples.
    """
    require_target(out, (".npy",))
    require_reading(model, predicts, clock)
    asked = None if classes is None else _numbers("--classes", classes, ranges=True)
    sizes = None if shape is None else tuple(_numbers("--shape", shape))
    require(sizes is None or min(sizes) > 0, "--shape must be whole numbers above 0", shape, "write e.g. 3,32,32")
    from remanifold.audits import sample_model

    checkpoint = out.with_name(f"{out.name}.part")
    with until_written():
        with told_where(checkpoint), progress_bar() as progress:
            made = sample_model(
                model,
                n,
                classes=asked,
                prompts=prompts,
                guidance=guidance,
                no_class=no_class,
                steps=steps,
                method=method,
                final=final,
                first_sigma=first_sigma,
                last_sigma=last_sigma,
                shape=sizes,
                latents=latents,
                predicts=predicts,
                clock=clock,
                lora=lora,
                seed=seed,
                batch=batch,
                memory=memory,
                threads=threads,
                part_file=checkpoint,
                progress=progress,
            )
        record = out.with_suffix(".record.json")
        record.unlink(missing_ok=True)  # no record of other samples beside these
        write_whole(out, npy_bytes(made.samples))
        write_whole(record, made.to_json())
    left = "posterior means" if made.t == 0 else f"at noise variance {made.t:.6g}"
    echo(f"wrote {out}: {len(made.samples)} samples of shape {made.samples.shape[1:]}, {left}")
    echo(f"wrote {record}")
    for words in cast("list[str]", made.parameters["prompts_read"]):
        paragraph(words, "  ", "    ")
    if steps < _FEW_STEPS:
        echo("So few steps are for distilled networks: samples of others lie far off their law.", err=True)


def _numbers(option: str, text: str, *, ranges: bool = False) -> list[int]:
    """Whole numbers of a list such as 0,3,5-9."""
    numbers: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-") if ranges else (part.strip(), "", "")
        ends = (first, last) if dash else (first, first)
        if not all(end.isdecimal() and end.isascii() and len(end) <= _LONGEST for end in ends):
            do = "write e.g. 0,3,5-9" if ranges else "write e.g. 3,32,32"
            raise refusal(f"{option} must be whole numbers with commas between them", repr(text), do)
        numbers += range(int(ends[0]), int(ends[1]) + 1)
    return numbers
