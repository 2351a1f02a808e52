"""Question: are copies of pictures found that were flipped, recompressed, resized, shifted or made brighter?

Recall: of 2000 Fashion-MNIST rows (none of those by which the features were chosen) some are changed in one way and
mixed with rows that the 2000 do not hold. For each the nearest of the 2000 is sought in pixels, in the features dct, up
to flips and shifts, and by a perceptual hash (that of imagehash, on which other tools build), plain and with flips too.
The threshold of each is set so that equally few of the other rows have a pair; recall is the share of changed rows that
are then paired with their own original.

Rates: `audit_copies` on honest draws (every alarm is false), and with a share of changed copies. Both go to
benchmarks/results/picture_copies.json.
"""

import argparse
import gzip
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import dct

import remanifold as rm
from remanifold.measures import row_pairs

RESULT = Path(__file__).parent / "results" / "picture_copies.json"
FASHION = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"
QUALITY, BRIGHTER, HASH = 40, 1.3, 8
WAYS: dict[str, dict[str, Any]] = {
    "pixels": {},
    "dct": {"features": "dct"},
    "dct up to flips": {"features": "dct", "invariances": "flips"},
    "dct up to flips and shifts": {"features": "dct", "invariances": "flips,shifts"},
}


def pictures(path: str) -> NDArray:
    """All pictures of an idx file, (n, 28, 28) uint8."""
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)


def _jpeg(picture: NDArray) -> NDArray:
    """Through JPEG and back."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=QUALITY)
    return np.array(Image.open(file))


def _half(picture: NDArray) -> NDArray:
    """To half the size and back."""
    small = Image.fromarray(picture).resize((14, 14), Image.Resampling.BILINEAR)
    return np.array(small.resize((28, 28), Image.Resampling.BILINEAR))


CHANGES: dict[str, Callable[[NDArray], NDArray]] = {
    "none": lambda picture: picture,
    "flipped": lambda picture: picture[:, ::-1],
    f"JPEG {QUALITY}": _jpeg,
    "half size and back": _half,
    "shifted by 1": lambda picture: np.pad(picture, ((0, 0), (1, 0)), mode="edge")[:, :-1],
    f"brighter x {BRIGHTER}": lambda picture: np.minimum(picture * BRIGHTER, 255).astype(np.uint8),
    "flipped, JPEG": lambda picture: _jpeg(np.ascontiguousarray(picture[:, ::-1])),
}


def perceptual_hash(rows: NDArray) -> NDArray:
    """64 bits of each picture (imagehash.phash): signs of low cosine coefficients about their median, (k, 64)."""
    bits = []
    for row in rows:
        small = np.asarray(Image.fromarray(row).resize((4 * HASH, 4 * HASH), Image.Resampling.LANCZOS))
        low = dct(dct(small.astype(float), axis=0), axis=1)[:HASH, :HASH]
        bits.append((low > np.median(low)).ravel())
    return np.array(bits)


def nearest_by_hash(rows: NDArray, known: NDArray, flips: bool) -> tuple[NDArray, NDArray]:
    """(nearest known row, differing bits) of each row, as it is or flipped."""
    theirs = perceptual_hash(known).astype(np.int32)
    versions = [rows, np.ascontiguousarray(rows[:, :, ::-1])] if flips else [rows]
    gaps = np.min([_hamming(perceptual_hash(one).astype(np.int32), theirs) for one in versions], axis=0)
    return gaps.argmin(axis=1), gaps.min(axis=1).astype(float)


def _hamming(a: NDArray, b: NDArray) -> NDArray:
    return a.sum(axis=1)[:, None] + b.sum(axis=1) - 2 * a @ b.T


def nearest_rows(way: str, rows: NDArray, known: NDArray) -> tuple[NDArray, NDArray]:
    """(nearest known row, distance) of each row."""
    if way.startswith("hash"):
        return nearest_by_hash(rows, known, way.endswith("flips"))
    pairs = row_pairs(rows, known, nearest=True, **WAYS[way])
    order = np.argsort(pairs.rows_a)
    return pairs.rows_b[order], pairs.distances[order]


def threshold_at(honest: NDArray, allowed: int) -> float:
    """The largest distance at which at most so many honest rows have a pair; below 0 where there is none."""
    levels = np.unique(honest)
    counts = np.searchsorted(np.sort(honest), levels, side="right")
    kept = levels[counts <= allowed]
    return float(kept[-1]) if len(kept) else float(np.nextafter(levels[0], -1))


def recall(every: NDArray, n_known: int, n_changed: int, allowed: tuple[int, ...]) -> dict[str, Any]:
    """Share of changed rows paired with their originals, by way, number of false pairs and change."""
    known, honest = every[:n_known], every[n_known : 2 * n_known]
    chosen = np.random.default_rng(0).choice(n_known, n_changed, replace=False)
    changed = {name: np.stack([change(known[i]) for i in chosen]) for name, change in CHANGES.items()}
    rows = np.concatenate([honest, *changed.values()])
    result: dict[str, Any] = {}
    for way in (*WAYS, "hash", "hash up to flips"):
        started = time.perf_counter()
        nearest, distances = nearest_rows(way, rows, known)
        seconds = time.perf_counter() - started
        result[way] = {"seconds": round(seconds, 2), "median": float(np.median(distances[:n_known]))}
        for most in allowed:
            limit = threshold_at(distances[:n_known], most)
            share = {}
            for place, name in enumerate(changed):
                part = slice(n_known + place * n_changed, n_known + (place + 1) * n_changed)
                share[name] = float(((nearest[part] == chosen) & (distances[part] <= limit)).mean())
            result[way][f"{most} false pairs"] = {"threshold": limit, "recall": share}
        print(way, json.dumps(result[way]), flush=True)
    plain = result["pixels"][f"{allowed[-1]} false pairs"]["recall"]["none"]
    if plain < 0.99:
        raise SystemExit(f"unchanged copies must be found, but recall in pixels is {plain}")
    return result


def rates(every: NDArray, draws: int, options: dict[str, Any], copied: float, change: str) -> dict[str, Any]:
    """Draws with an alarm, and named samples that are copies or not, with a share of changed copies."""
    alarms = tests = right = wrong = 0
    for draw in range(draws):
        chosen = every[np.random.default_rng((7, draw)).choice(len(every), 800, replace=False)]
        train, holdout, samples = chosen[:300], chosen[300:500], chosen[500:800].copy()
        n = round(copied * len(samples))
        samples[:n] = [CHANGES[change](picture) for picture in train[:n]] if n else samples[:0]
        report = rm.audit_copies(train, samples, holdout, seed=draw, threads=1, **options)
        alarms += report.verdict is not None and report.verdict.state == "remembers"
        closer = report.number("closer_share")
        tests += closer is not None and closer.p_value is not None and closer.p_value < 0.05
        right += sum(pair.sample < n for pair in report.flagged)
        wrong += sum(pair.sample >= n for pair in report.flagged)
    told = {
        "draws": draws,
        "copied": copied,
        "change": change,
        "options": options,
        "remembers": alarms,
        "closer_share at 5 %": tests,
    }
    told |= {"copies": draws * round(300 * copied), "copies named": right, "others named": wrong}
    print(json.dumps(told), flush=True)
    return told


def main() -> None:
    """Measure, print, and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=FASHION)
    parser.add_argument("--first", type=int, default=10000, help="Rows before it chose the features.")
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--changed", type=int, default=400)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    every = pictures(given.data)[given.first :]
    result: dict[str, Any] = {"versions": {"remanifold": rm.__version__, "numpy": np.__version__}}
    result["rows"], result["changed"] = given.rows, given.changed
    result["recall"] = recall(
        every, given.rows, given.changed, (max(1, given.rows // 1000), given.rows // 100, given.rows // 20)
    )
    flips, both = {"features": "dct", "invariances": "flips"}, {"features": "dct", "invariances": "flips,shifts"}
    cases = (
        ({}, 0.0, "none", 2),
        ({"invariances": "flips"}, 0.0, "none", 2),
        (flips, 0.0, "none", 1),
        (flips, 0.05, "flipped", 0.5),
        (flips, 0.05, "flipped, JPEG", 0.5),
        ({}, 0.05, "flipped", 0.5),
        ({"invariances": "flips"}, 0.05, "flipped", 0.5),
        (both, 0.0, "none", 0.3),
        (both, 0.05, "flipped", 0.1),
    )
    result["rates"] = []
    for options, copied, change, times in cases:
        result["rates"].append(rates(every, round(given.draws * times), options, copied, change))
        given.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
