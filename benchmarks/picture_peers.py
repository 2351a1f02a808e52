"""Question: which duplicates of pictures do `remanifold duplicates`, cleanvision and imagededup find, and how fast?

2000 Fashion-MNIST pictures (28 x 28, grey; none of those by which the features were chosen) and 2000 emoji (64 x 64,
colour, one of each skin tone) lie in a folder each, with 150 changed copies of each kind, every one of another picture.
Every way is asked for all pairs of the folder, in a process of its own on one thread. A pair that was not planted is
false, but where the two pictures are nearly the same by themselves (root mean square difference at most 8 of 255,
as they are or flipped): these count for nothing. Recall is the share of planted pairs, at equally many false pairs.

cleanvision and imagededup need an environment of their own (imagededup asks for torchvision, whose part is left out):

    python -m venv .venv-pictures && .venv-pictures/bin/pip install --no-deps cleanvision imagededup
    .venv-pictures/bin/pip install numpy pandas pillow imagehash tqdm matplotlib fsspec tabulate scikit-learn PyWavelets
    python benchmarks/picture_peers.py --peers .venv-pictures/bin/python

Without ``--peers`` only ours is asked, and nothing is written. Data: Debian's dataset-fashion-mnist and
fonts-noto-color-emoji; what is missing is left out. Results: benchmarks/results/picture_peers.json.
"""

import argparse
import csv
import gzip
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from harness import FASHION, write_record
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

NAME, ROWS, COPIES, FIRST = "picture_peers", 2000, 150, 10_000
EMOJI = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")  # Debian's fonts-noto-color-emoji
TONES = frozenset(f"u1F3F{last}" for last in "BCDEF")
SIDE, ALIKE, FALSE = 64, 8.0, (2, 20, 200)
OURS = {
    "dct": ("--features", "dct"),
    "dct, flips": ("--features", "dct", "--invariances", "flips"),
    "dct, flips, shifts": ("--features", "dct", "--invariances", "flips,shifts"),
}
THEIRS = {
    "cleanvision phash": (8, 6, 4),
    "cleanvision dhash": (8,),
    "imagededup PHash": (14,),
    "imagededup DHash": (14,),
    "imagededup AHash": (6,),
    "imagededup WHash": (6,),
}
Picture = Image.Image
Pairs = tuple[NDArray, NDArray, NDArray]  # rows, rows, distances


def fashion() -> list[Picture]:
    raw = np.frombuffer(gzip.decompress(FASHION.read_bytes()), np.uint8, offset=16).reshape(-1, 28, 28)
    return [Image.fromarray(row) for row in raw[FIRST : FIRST + ROWS]]


def emoji() -> list[Picture]:
    """The first of each skin tone, on white."""
    from fontTools.ttLib import TTFont

    font = TTFont(EMOJI, lazy=True)
    drawn, made = font["CBDT"].strikeData[0], dict[str, tuple[str, ...]]()
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            table = getattr(table, "ExtSubTable", table)
            if table.LookupType == 4:
                ligatures = ((first, one) for first, every in table.ligatures.items() for one in every)
                made |= {one.LigGlyph: (first, *one.Component) for first, one in ligatures if one.LigGlyph not in made}
    found: dict[bytes, Picture] = {}
    families = set()
    for glyph, bitmap in drawn.items():
        family = tuple(part for part in _parts(glyph, made) if part not in TONES)
        if family not in families:
            families.add(family)
            own = Image.open(io.BytesIO(bitmap.imageData)).convert("RGBA")
            white = Image.new("RGBA", own.size, "white")
            white.alpha_composite(own)
            small = white.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
            found.setdefault(small.tobytes(), small)
    return [list(found.values())[k] for k in np.random.default_rng(0).permutation(len(found))[:ROWS]]


def _parts(glyph: str, made: dict[str, tuple[str, ...]], depth: int = 0) -> tuple[str, ...]:
    if glyph not in made or depth > 6:
        return (glyph,)
    return tuple(part for one in made[glyph] for part in _parts(one, made, depth + 1))


def _jpeg(picture: Picture, random: np.random.Generator) -> Picture:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=50)
    return Image.open(file)


def _resized(picture: Picture, random: np.random.Generator) -> Picture:
    small = picture.resize(tuple(round(0.8 * side) for side in picture.size), Image.Resampling.BILINEAR)
    return small.resize(picture.size, Image.Resampling.BILINEAR)


def _shifted(picture: Picture, random: np.random.Generator) -> Picture:
    down, right = random.choice([(i, j) for i in range(-2, 3) for j in range(-2, 3) if (i, j) != (0, 0)])
    rows = np.asarray(picture)
    places = [np.clip(np.arange(side) - by, 0, side - 1) for side, by in zip(rows.shape, (down, right))]
    return Image.fromarray(rows[places[0]][:, places[1]])


def _cropped(picture: Picture, random: np.random.Generator) -> Picture:
    side = picture.size[0]
    kept = round(0.93 * side)
    left, top = random.integers(0, side - kept + 1, 2).tolist()
    return picture.resize(picture.size, Image.Resampling.BILINEAR, (left, top, left + kept, top + kept))


CHANGES: dict[str, Callable[[Picture, np.random.Generator], Picture]] = {
    "exact": lambda picture, random: picture,
    "flipped": lambda picture, random: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "JPEG 50": _jpeg,
    "to 80 % and back": _resized,
    "1.2 times brighter": lambda picture, random: ImageEnhance.Brightness(picture).enhance(1.2),
    "shifted by 1 or 2": _shifted,
    "cropped to 93 %": _cropped,
}


@dataclass(frozen=True)
class Planted:
    """A folder of pictures: ``origin`` of each, the planted pair of each kind, and which originals are alike."""

    folder: Path
    origin: NDArray
    kinds: NDArray
    alike: NDArray


def planted(pictures: list[Picture], folder: Path) -> Planted:
    """Write the pictures and the changed copies, 00000.png and on."""
    random = np.random.default_rng(1)
    chosen = random.permutation(len(pictures))[: COPIES * len(CHANGES)].reshape(len(CHANGES), COPIES)
    every, origin, kinds = list(pictures), list(range(len(pictures))), [-1] * len(pictures)
    for kind, (change, rows) in enumerate(zip(CHANGES.values(), chosen)):
        every += [change(pictures[row], random) for row in rows]
        origin += rows.tolist()
        kinds += [kind] * COPIES
    folder.mkdir()
    for number, picture in enumerate(every):
        picture.save(folder / f"{number:05}.png")
    return Planted(folder, np.array(origin), np.array(kinds), _alike(pictures))


def _alike(pictures: list[Picture]) -> NDArray:
    """(P, P): whether two originals differ by less than ALIKE, as they are or flipped."""
    rows = np.stack([np.asarray(picture.reduce(2) if picture.size[0] > 32 else picture) for picture in pictures])
    rows = rows.astype(np.float32)
    flipped = rows[:, :, ::-1].reshape(len(rows), -1)
    flat = rows.reshape(len(rows), -1)
    squares = (flat**2).sum(axis=1)
    most = np.maximum(flat @ flat.T, flat @ flipped.T)
    return (squares[:, None] + squares - 2 * most) / flat.shape[1] <= ALIKE**2


def scored(pairs: Pairs, known: Planted) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """(distance, kind of the planted pair or -1, false, alike) of each pair, by distance."""
    a, b, distance = pairs
    order = np.argsort(distance, kind="stable")
    a, b, distance = a[order], b[order], distance[order]
    same = known.origin[a] == known.origin[b]
    kind = np.where(same, np.maximum(known.kinds[a], known.kinds[b]), -1)
    near = ~same & known.alike[known.origin[a], known.origin[b]]
    return distance, kind, ~same & ~near, near


def curve(pairs: Pairs, known: Planted) -> list[dict[str, Any]]:
    """False pairs and recall of each kind at each distance at which they change, most false ones 2000."""
    distance, kind, false, near = scored(pairs, known)
    ends = np.flatnonzero(np.diff(distance, append=np.inf))  # the last pair of each distance
    return [
        {
            "at": float(distance[end]),
            "false": int(false[: end + 1].sum()),
            "alike": int(near[: end + 1].sum()),
            "recall": {name: float((kind[: end + 1] == k).sum() / COPIES) for k, name in enumerate(CHANGES)},
        }
        for end in _few(ends, np.cumsum(false)[ends])
    ]


def _few(ends: NDArray, false: NDArray) -> NDArray:
    """Of many distances those after which another false pair comes, up to 2000 of these."""
    return ends[(np.diff(false, append=false[-1:] + 1) > 0) & (false <= 2000)] if len(ends) else ends


def best(points: list[dict[str, Any]], allowed: int) -> dict[str, Any] | None:
    """The last point of at most so many false pairs."""
    return max((one for one in points if one["false"] <= allowed), key=lambda one: one["false"], default=None)


def run(command: list[str]) -> dict[str, float]:
    """Seconds and processor seconds of a process and its children."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    environment = os.environ | one | {"REMANIFOLD_CACHE": ""}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{command} failed: {done.stderr[-2000:]}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "processor": used}


def ours(options: tuple[str, ...], folder: Path, out: Path) -> dict[str, float]:
    program = "import sys; from remanifold.cli import main; sys.exit(main())"
    return run(
        [sys.executable, "-c", program, "duplicates", str(folder), *options, "--within", "1x", "--out", str(out)]
    )


def our_pairs(out: Path) -> Pairs:
    with out.open() as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    a, b = (np.array([int(row[name]) for row in rows], dtype=np.int64) for name in ("row_a", "row_b"))
    return a, b, np.array([float(row["distance"]) for row in rows])


def theirs(python: str, way: str, folder: Path, out: Path) -> dict[str, float]:
    return run([python, str(Path(__file__).parent / "harness" / "asked_pictures.py"), way, str(folder), str(out)])


def their_pairs(out: Path) -> Pairs:
    pairs = json.loads(out.read_text())["pairs"]
    a, b = (np.array([int(Path(pair[k]).stem) for pair in pairs], dtype=np.int64) for k in (0, 1))
    return a, b, np.array([pair[2] for pair in pairs], dtype=float)


def asked(known: Planted, peers: str | None, rounds: int, folder: Path) -> dict[str, Any]:
    """Curves of every way, and median times of all, rounds interleaved."""
    result: dict[str, Any] = {}
    spent: dict[str, list[dict[str, float]]] = defaultdict(list)
    for _ in range(rounds):
        for name, options in OURS.items():
            way = f"remanifold, {name}"
            spent[way].append(ours(options, known.folder, folder / "ours.csv"))
            result[way] = {"curve": curve(our_pairs(folder / "ours.csv"), known)}
        for name, sizes in THEIRS.items() if peers else ():
            points: list[dict[str, Any]] = []
            for size in sizes:
                time_of = theirs(str(peers), f"{name} {size}", known.folder, folder / "theirs.json")
                if size == sizes[0]:
                    spent[name].append(time_of)
                here = curve(their_pairs(folder / "theirs.json"), known)
                points += here if name.startswith("imagededup") else [one | {"at": size} for one in here[-1:]]
            version = json.loads((folder / "theirs.json").read_text())["version"]
            result[name] = {"curve": sorted(points, key=lambda one: one["false"]), "version": version}
    for name, every in spent.items():
        medians = {clock: round(statistics.median(one[clock] for one in every), 2) for clock in every[0]}
        result[name] |= medians | {"rounds": len(every)}
    return result


def beside(result: dict[str, Any]) -> dict[str, Any]:
    """Of every way the recall at most FALSE false pairs; and at each point of a peer, ours at as many."""
    mine = [name for name in result if name.startswith("remanifold")]
    told: dict[str, Any] = {}
    for name, one in result.items():
        points = one["curve"]
        told[name] = {key: one[key] for key in one if key != "curve"}
        told[name] |= {f"at most {allowed} false pairs": best(points, allowed) for allowed in FALSE}
        if name not in mine:
            told[name]["beside ours"] = [
                point
                | {"ours": {way: (best(result[way]["curve"], point["false"]) or {}).get("recall") for way in mine}}
                for point in points
            ]
    return told


def table(told: dict[str, Any]) -> str:
    """Recall in percent at each number of false pairs."""
    lines = []
    for allowed in FALSE:
        lines += [f"at most {allowed} false pairs", "| | " + " | ".join(CHANGES) + " | false | s |"]
        for name, one in told.items():
            point = one[f"at most {allowed} false pairs"]
            cells = [f"{100 * point['recall'][kind]:.0f}" if point else "-" for kind in CHANGES]
            false = point["false"] if point else "more"
            lines.append(f"| {name} | " + " | ".join(cells) + f" | {false} | {one['processor']} |")
    return "\n".join(lines)


def main() -> None:
    """Plant, ask, write the record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", help="An interpreter that has cleanvision and imagededup.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="Where the pictures are kept, to look at; by default nowhere.")
    given = parser.parse_args()
    if given.peers is None:
        print("cleanvision and imagededup are left out: pass --peers PYTHON, an interpreter that has them.")
    facts: dict[str, Any] = {"rows": ROWS, "copies_of_each_kind": COPIES}
    for name, (path, made) in {"fashion": (FASHION, fashion), "emoji": (EMOJI, emoji)}.items():
        if not path.exists():
            print(f"{name} is left out: there is no {path}.")
            continue
        with tempfile.TemporaryDirectory() as folder:
            root = given.folder or Path(folder)
            root.mkdir(exist_ok=True)
            facts[name] = beside(asked(planted(made(), root / name), given.peers, given.rounds, Path(folder)))
        print(name, table(facts[name]), sep="\n", flush=True)
    if given.peers is not None:
        write_record(NAME, __doc__, ("numpy", "pillow"), **facts)


if __name__ == "__main__":
    main()
