"""Options that several commands have, declared once: what they mean is the same in each."""

from typing import Annotated

from typer import Option

Resize = Annotated[int | None, Option(help="Bring pictures of a folder to this many pixels a side.")]
Memory = Annotated[str, Option(metavar="SIZE", help="Memory budget, like 4GB or 800MB.")]
Threads = Annotated[int | None, Option(help="Threads; all cores by default.")]
SamplesMap = Annotated[
    str | None,
    Option(
        metavar="MAP",
        help='Brings the samples to the scale of the training rows first: arithmetic in x, e.g. "x * 255" or '
        '"(x + 1) / 2", or a named map such as "standardise" or "channels last to first" (docs/howto/copies.md).',
    ),
]
Groups = Annotated[
    str | None,
    Option(
        metavar="FILE",
        help="Which rows belong together (pictures of one person, frames of one video): one label a training row. "
        "Tests count groups then.",
    ),
]
HoldoutGroups = Annotated[
    str | None, Option(metavar="FILE", help="The same of the hold-out: a group on both sides is a leak.")
]
Columns = Annotated[
    list[str] | None,
    Option(
        metavar="NAMES",
        help="Of tables: the columns that are coordinates, by name or number from 0, e.g. a,b,4-7. Repeatable.",
    ),
]
Ignore = Annotated[
    list[str] | None,
    Option(metavar="NAMES", help="Of tables: columns that are no coordinates, such as ids. Repeatable."),
]
LabelsFrom = Annotated[
    str | None,
    Option(
        metavar="COLUMN",
        help="Of tables: the column that holds the labels, and so no coordinate. Where there are --labels, their "
        "column, or 'order': they are in the order of the rows, whatever names say.",
    ),
]
Split = Annotated[
    str | None,
    Option(metavar="NAME", help="Which split of a folder of several: train, test, ...; all: they are one set."),
]
OneRowAFile = Annotated[
    bool | None,
    Option(
        "--one-row-a-file/--many-rows-a-file",
        help="Folders of arrays (.npy, .npz, .pt, .safetensors): each file is one row, or holds many.",
    ),
]
Standardize = Annotated[
    str | None,
    Option(
        metavar="KIND",
        help="Columns scaled by those of the training rows before distances are taken: sd (standard deviations), "
        "quantile (normal scores of ranks) or none. Default: sd for tables with names of columns, none for arrays.",
    ),
]
NoRows = Annotated[
    bool,
    Option(
        "--no-rows",
        help="Tell rows by number only: no picture, class name or place of a file in any output, so that it can be "
        "given away. The Markdown card is always written so.",
    ),
]
NoFingerprints = Annotated[
    bool, Option("--no-fingerprints", help="With --no-rows: leave out the fingerprints of the sets too.")
]
FailOn = Annotated[
    list[str] | None,
    Option(metavar="STATE", help="Exit with code 1 if the verdict is: remembers, cannot-tell, no-sign. Repeatable."),
]

Invariances = Annotated[
    str | None,
    Option(
        metavar="KINDS",
        help="Pictures stay alike under some of these transforms: flips (left to right), shifts (up to 2 pixels or "
        "1/14 of the side) and crops (cut out of a training row, or of one of B; to 80 % of the side and more; 139 "
        "searches), e.g. flips,shifts. Of a row's versions the nearest counts, on every side.",
    ),
]
Lora = Annotated[
    str | None,
    Option(
        metavar="LORA",
        help="A LoRA that is put on --model, a StableDiffusionPipeline: the folder that its training wrote, or a "
        ".safetensors file of diffusers, kohya or peft.",
    ),
]
Captions = Annotated[
    str | None,
    Option(
        metavar="FILE",
        help="Of a text-conditional model: the caption of each training picture. .jsonl, .csv, .json or .parquet with "
        "file_name and text, or .txt with one a row; FILE::COLUMN names the column. Default: metadata.jsonl, "
        "metadata.csv or a .txt beside each picture.",
    ),
]
HoldoutCaptions = Annotated[
    str | None,
    Option(metavar="FILE", help="The same of the hold-out. Default: beside its pictures, or those in --captions."),
]
Prompt = Annotated[
    str | None, Option(metavar="TEXT", help="One caption of every row instead, such as DreamBooth's instance prompt.")
]
