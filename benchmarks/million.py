"""Question: what do index, score, noise profile and audit of up to a million pictures cost, within 2 GB?

Fashion-MNIST (Debian's dataset-fashion-mnist) in up to 17 versions, shifted by up to two pixels each way, as augmented
sets are stored: 784 numbers of 8 bits a row in a memory map. 64 queries for the score (t in squared grey levels
0..255), 500 query rows for profile and audit. Each step runs in a process of its own; its peak is that of the
anonymous memory, pages of the map not counted, above what the imports take. Exponents: least squares over the sizes.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from harness import FASHION, write_record

CHILD = """
import json, sys, time, numpy as np
import remanifold.audits, torch
from remanifold import EmpiricalScore, noise_profile, open_points
from harness.anonymous_memory import anonymous_bytes, peak_above
path, step, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
out = {}
def timed(name, task):
    start, used = time.perf_counter(), time.process_time()
    result = task()
    out[name] = {"seconds": time.perf_counter() - start, "processor_seconds": time.process_time() - used}
    return result
with peak_above(anonymous_bytes()) as peak:
    if step == "score":
        torch.set_num_threads(threads)
        points = open_points(path)
        score = timed("read once", lambda: EmpiricalScore(points, memory="2GB"))
        rng = np.random.default_rng(0)
        rows = points.take(np.sort(rng.choice(points.n_points, 64, replace=False))).reshape(64, -1)
        for t in (300.0, 3000.0, 100000.0):
            x = (rows + np.sqrt(t) * rng.standard_normal(rows.shape)).reshape(64, 28, 28)
            timed(f"denoise, t = {t:g}", lambda: score.denoise(x, t))
            if t == 300:  # the first query made the index
                timed(f"again, t = {t:g}", lambda: score.denoise(x, t))
    elif step == "profile":
        found = timed("profile", lambda: noise_profile(path, max_queries=500, threads=threads, memory="2GB"))
        out["profile"] |= {"levels": len(found.t), "t_collapse": found.t_collapse.value}
    else:
        found = timed("audit", lambda: remanifold.audit(path, max_queries=500, threads=threads, memory="2GB"))
        out["audit"] |= {"levels": len(found.profile.t), "t_collapse": found.t_collapse.value}
out["peak_mb"] = peak[0] / 1e6
print(json.dumps(out))
"""
STEPS, SIZES = ("score", "profile", "audit"), (60_000, 250_000, 1_000_000)
SHIFTS = [(a, b) for a in range(-2, 3) for b in range(-2, 3) if (a, b) != (0, 0)]


def write_pictures(path: Path, n_points: int) -> None:
    """The pictures, then their shifted versions, version by version."""
    raw = np.frombuffer(gzip.decompress(FASHION.read_bytes()), np.uint8, offset=16).reshape(-1, 28, 28)
    rows = np.lib.format.open_memmap(path, "w+", np.uint8, (n_points, 28, 28))
    for version, start in enumerate(range(0, n_points, len(raw))):
        a, b = SHIFTS[version - 1] if version else (0, 0)
        moved = np.pad(raw, ((0, 0), (2, 2), (2, 2)))[:, 2 + a : 30 + a, 2 + b : 30 + b]
        rows[start : start + len(raw)] = moved[: n_points - start]
    rows.flush()


def exponents(runs: dict[int, dict[str, dict[str, float]]]) -> dict[str, float]:
    """Growth of each step's processor time with the number of points."""
    sizes = sorted(runs)
    steps = [name for name, value in runs[sizes[0]].items() if isinstance(value, dict)]
    if len(sizes) < 2:
        return {}
    logs = np.log(sizes)
    return {
        step: round(float(np.polyfit(logs, np.log([runs[n][step]["processor_seconds"] for n in sizes]), 1)[0]), 2)
        for step in steps
    }


def main() -> None:
    """Write the file, run each step in a process of its own, record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sizes", nargs="*", type=int, default=list(SIZES))
    options = parser.parse_args()
    if not FASHION.exists():
        parser.exit(2, "needs Debian's package dataset-fashion-mnist\n")
    runs: dict[int, dict[str, dict[str, float]]] = {}
    peaks: dict[str, float] = {}
    for n_points in options.sizes:
        runs[n_points] = {}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "train.npy"
            write_pictures(path, n_points)
            for step in STEPS:
                command = [sys.executable, "-c", CHILD, str(path), step, str(options.threads)]
                own = {
                    "env": os.environ | {"REMANIFOLD_CACHE": folder},
                    "cwd": Path(__file__).parent,
                }  # nothing kept before
                done = subprocess.run(command, check=True, capture_output=True, text=True, **own)
                found = json.loads(done.stdout.splitlines()[-1])
                peaks[f"{n_points}, {step}"] = round(found.pop("peak_mb"))
                runs[n_points] |= found
                print(n_points, step, found, peaks[f"{n_points}, {step}"], "MB", flush=True)
    write_record(
        "million",
        "index, score, profile and audit of up to a million pictures within 2 GB",
        ("remanifold", "torch", "numpy"),
        data="Fashion-MNIST in shifted versions, uint8 map of 784 numbers a row",
        threads=options.threads,
        memory_budget="2GB",
        runs={str(n): found for n, found in runs.items()},
        exponents_of_processor_time=exponents(runs),
        peak_mb_above_imports=peaks,
    )


if __name__ == "__main__":
    main()
