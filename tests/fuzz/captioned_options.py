"""Options of text-to-image models with values that do not fit them, beside a pipeline that is sound."""

import os
from pathlib import Path

from hostile_options import HOSTILE
from seeds import caption_seeds, picture

NAMES = tuple(f"{k}.png" for k in range(8))  # fewer are refused before they are looked at
_FILES = [
    *(
        "captioned",
        "bare",
        "text",
        "text/unet",
        "text/model_index.json",
        "lora",
        "rows.npy",
        "captioned/0.png",
        "empty",
    ),
    *(
        "empty.txt",
        "empty.jsonl",
        "binary.csv",
        "binary.txt",
        "binary.safetensors",
        "pipe.jsonl",
        "few.txt",
        "many.txt",
    ),
    *("none.jsonl", "few.csv", "c.jsonl::none", "c.txt::text", "c.jsonl::file_name", "captioned::text", "c.jsonl/x"),
    *("owner/name", "ground-truth:digits-100-seed0", "lora/lora.safetensors", "lora/no.safetensors"),
]
_MODEL = ["--model", "text", "--threads", "1"]
_ROWS = ["captioned", "--holdout", "held", *_MODEL]
_SAMPLES = [*_MODEL, "--n", "2", "--steps", "2", "--out", "s.npy"]
_BASE = {
    "audit": [*_ROWS, "--max-queries", "3", "--evaluations", "10000"],
    "compare": [*_ROWS, "--lora", "lora", "--max-queries", "3", "--evaluations", "1000"],
    "sample": _SAMPLES,
}
_OPTIONS = {
    "audit": ("--captions", "--holdout-captions", "--prompt", "--lora"),
    "compare": ("--captions", "--holdout-captions", "--prompt", "--lora"),
    "sample": ("--prompts", "--lora", "--memory", "--guidance"),
}
_MEMORY = [
    "1",
    "1B",
    "1KB",
    "0MB",
    "-1GB",
    "1 GB",
    "1.5.5GB",
    "4TBX",
    "GB",
    "1e400MB",
    "nanMB",
    "4GB4GB",
    "0.1KB",
    "é",
    "4_0MB",
]
_BESIDE = {  # what an option must not come with, or what takes its model away
    "audit": (
        ["--captions", "c.jsonl", "--prompt", "a dog"],
        ["--holdout-captions", "c.jsonl", "--prompt", "a dog"],
        ["--captions", "c.jsonl", "--class-conditional"],
        ["--prompt", "a dog", "--class-conditional"],
        ["--prompt", "a dog", "--holdout-labels", "c.jsonl"],
        ["--captions", "c.jsonl", "--model", "ground-truth:digits-100-seed0"],
        ["--prompt", "a dog", "--model", "ground-truth:digits-100-seed0"],
        ["--lora", "lora", "--model", "ground-truth:digits-100-seed0"],
        ["--lora", "lora", "--model", "text/unet"],
        ["--lora", "lora", "--model", "lora"],
        ["--lora", "lora", "--lora", "bare"],
        ["--captions", "c.jsonl", "--captions", "bare"],
        ["--lora", "lora", "--predicts", "noise"],
        ["--lora", "lora", "--clock", "vp"],
    ),
    "compare": (
        ["--captions", "c.jsonl", "--prompt", "a dog"],
        ["--captions", "c.jsonl", "--class-conditional"],
        ["--lora", "lora"],
        ["--lora", "bare"],
        ["--model", "text/unet"],
        ["--model", "ground-truth:digits-100-seed0"],
        ["--model", "text"],
    ),
    "sample": (
        ["--prompts", "c.jsonl", "--classes", "0,1"],
        ["--classes", "0"],
        ["--guidance", "2"],
        ["--prompts", "c.jsonl", "--guidance", "nan"],
        ["--prompts", "c.jsonl", "--no-class", "3"],
        ["--prompts", "c.jsonl", "--model", "ground-truth:digits-100-seed0"],
        ["--prompts", "c.jsonl", "--model", "text/unet"],
        ["--prompts", "c.jsonl", "--shape", "3,8"],
        ["--prompts", "c.jsonl", "--prompts", "bare"],
        ["--lora", "lora", "--lora", "bare"],
    ),
}


def captioned_commands() -> dict[str, list[list[str]]]:
    """Command -> command lines, each with one value that does not fit, or two options that do not go together."""
    found = {}
    for command, base in _BASE.items():
        lines = [[command, *base, *more] for more in _BESIDE[command]]
        for option in _OPTIONS[command]:
            values = HOSTILE + (_MEMORY if option == "--memory" else _FILES)
            lines += [[command, *base, option, value] for value in values]
        found[command] = lines
    return found


def write_captioned(home: Path) -> None:
    """What the command lines name, in the current folder; the pipeline ``text`` and ``lora`` lie in ``home``."""
    for name in ("text", "lora"):
        Path(name).symlink_to(home / name)
    for folder in ("captioned", "held", "bare", "empty"):
        Path(folder).mkdir()
    for k, name in enumerate(NAMES):
        for seed, folder in enumerate(("captioned", "held", "bare")):
            Path(folder, name).write_bytes(picture("PNG", k=10 * seed + k, sides=(8, 8)))
        for folder in ("captioned", "held"):
            Path(folder, name).with_suffix(".txt").write_text(f"a dog {k}")
    for files in caption_seeds().values():
        for name, content in files.items():
            Path(name).write_bytes(content)
    Path("few.txt").write_text("one\ntwo\n")
    Path("many.txt").write_text("a dog\n" * 50)
    Path("few.csv").write_text("file_name,text\n0.png,a dog\n")
    for name in ("empty.txt", "empty.jsonl"):
        Path(name).touch()
    for name in ("binary.csv", "binary.txt", "binary.safetensors"):
        Path(name).write_bytes(bytes(range(256)) * 8)
    os.mkfifo("pipe.jsonl")
