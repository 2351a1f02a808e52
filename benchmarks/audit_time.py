"""Question: how long does an audit of 60000 small or 50000 larger images take from a cold start, and how much memory?

Fashion-MNIST (Debian's dataset-fashion-mnist; a tanh manifold of the same size where it is not installed), or cut-outs
of 32 x 32 x 3 pixels from two photographs, a hard case: neighbours overlap. uint8 on disk, 2000 query rows, automatic
levels. Peak memory is that of the process, as the kernel counts it. One record for each set, with the processor time of
an audit from 200 queries over that of the products of its profile in numpy, on one thread.
"""

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from harness import FASHION, interleaved, write_record
from threadpoolctl import threadpool_limits

from remanifold import audit

CHILD = """
import json, resource, sys, time
import remanifold.audits, torch
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start, before = time.perf_counter(), time.process_time()
report = remanifold.audit(sys.argv[1], threads=int(sys.argv[2]), memory=sys.argv[3])
print(json.dumps({"seconds": time.perf_counter() - start,
    "processor_seconds": time.process_time() - before, "imports_mb": base / 1e3,
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, "levels": len(report.profile.t),
    "queries": report.profile.n_queries, "sigma_collapse": report.t_collapse.value ** 0.5,
    "sigma_onset": report.t_onset.value ** 0.5, "sigma_generalization": report.t_generalization.value ** 0.5,
    "collapse_ratio_to_gaussian": report.gaussian_reference.collapse_ratio, "groups": len(report.duplicates)}))
"""


def pictures() -> tuple[str, np.ndarray]:
    """(name, (60000, 28, 28) uint8)."""
    if FASHION.exists():
        raw = gzip.decompress(FASHION.read_bytes())
        return "Fashion-MNIST", np.frombuffer(raw, dtype=np.uint8, offset=16).reshape(-1, 28, 28)
    from remanifold import HiddenManifold

    points = HiddenManifold(ambient_dim=784, latent_dim=78, n_points=60000, activation="tanh", seed=1).points()
    return "tanh manifold", np.rint(127.5 * (points + 1)).astype(np.uint8).reshape(-1, 28, 28)


def photographs() -> tuple[str, np.ndarray]:
    """(name, (50000, 32, 32, 3) uint8)."""
    from sklearn.datasets import load_sample_images

    rng, out = np.random.default_rng(0), []
    for picture in load_sample_images().images:
        height, width = picture.shape[0] - 32, picture.shape[1] - 32
        corners = zip(rng.integers(0, height, 25000), rng.integers(0, width, 25000))
        out += [picture[a : a + 32, b : b + 32] for a, b in corners]
    return "patches 32x32x3", np.array(out, np.uint8)


FEW, DRAWS = 200, 2  # queries, and the draws of noise that an audit takes for so many of so many rows


def over_products(rows: np.ndarray, rounds: int) -> float:
    """Processor time of an audit from `FEW` queries over that of its products in numpy, one thread."""
    left = np.random.default_rng(0).standard_normal((FEW * (1 + DRAWS), rows[0].size))
    flat = rows.reshape(len(rows), -1)

    def products() -> None:
        with threadpool_limits(1):
            for start in range(0, len(flat), 4096):
                np.matmul(left, flat[start : start + 4096].astype(float).T)

    tasks = {"audit": lambda: audit(rows, max_queries=FEW, threads=1, memory="2GB"), "products": products}
    seconds = interleaved(tasks, rounds, time.process_time)
    return round(seconds["audit"]["median"] / seconds["products"]["median"], 2)


SETS = {"fashion": pictures, "photographs": photographs}


def main() -> None:
    """Write the file, audit it in processes of its own, record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--products", type=int, default=3, help="rounds beside plain products; 0: none")
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=SETS)
    options = parser.parse_args()
    for name in options.sets:
        measure(name, options)


def measure(which: str, options: argparse.Namespace) -> None:
    """One set."""
    name, rows = SETS[which]()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.npy"
        np.save(path, rows)
        runs = []
        for _ in range(options.rounds):
            command = [sys.executable, "-c", CHILD, str(path), str(options.threads), options.memory]
            start = time.perf_counter()
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            runs.append(json.loads(done.stdout) | {"process_seconds": time.perf_counter() - start})
    write_record(
        f"audit_{which}",
        "audit of pictures from disk",
        ("remanifold", "torch", "numpy"),
        data=name,
        sizes={"points": len(rows), "dimensions": rows[0].size},
        dtype="uint8 on disk",
        device="cpu",
        threads=options.threads,
        memory_budget=options.memory,
        audit_over_products=over_products(rows, options.products) if options.products else None,
        median_processor_seconds=float(np.median([run["processor_seconds"] for run in runs])),
        median_seconds=float(np.median([run["seconds"] for run in runs])),
        peak_mb=max(run["peak_mb"] for run in runs),
        peak_above_imports_mb=max(run["peak_mb"] - run["imports_mb"] for run in runs),
        runs=runs,
        page_size=resource.getpagesize(),
    )


if __name__ == "__main__":
    main()
