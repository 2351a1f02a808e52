"""Question: what does an audit take for P rows of N numbers, and how right is what it says before it starts?

Independent normal rows, one thread, processor seconds after a first audit that loads and compiles everything. The told
time is that of `audits.expected`, for this machine.
"""

import argparse
import time

import numpy as np
from harness import write_record

import remanifold as rm
from remanifold._core import foretold

SIZES = (  # rows, numbers, queries
    (4000, 16, 2000),
    (20000, 16, 2000),
    (20000, 64, 2000),
    (100000, 8, 2000),
    (8000, 784, 2000),
    (60000, 784, 500),
    (2000, 3072, 2000),
    (100, 200000, 2000),
)


def main() -> None:
    """Audit, compare, record."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    random = np.random.default_rng(0)
    told: list[float] = []
    rm.audit(random.standard_normal((3000, 8)), threads=1, max_queries=500)
    import remanifold.audits.expected as expected

    expected.foretell = lambda progress, what, seconds: told.append(seconds)
    rows = []
    for n_points, dim, queries in SIZES:
        data = random.standard_normal((n_points, dim), np.float32)
        start, before = time.perf_counter(), time.process_time()
        report = rm.audit(data, threads=1, max_queries=queries)
        taken = {"processor_seconds": time.process_time() - before, "seconds": time.perf_counter() - start}
        sizes = {"points": n_points, "dimensions": dim, "queries": report.profile.n_queries}
        found = {"levels": len(report.profile.t), "draws": report.parameters["n_draws"], "told_seconds": told[-1]}
        rows.append(sizes | found | taken | {"told_over_taken": told[-1] / taken["processor_seconds"]})
        print(rows[-1], flush=True)
    write_record(
        "expected_time",
        "processor seconds of an audit by its size, and what was told",
        ("remanifold", "torch", "numpy"),
        threads=1,
        product_picoseconds=1e12 * foretold.product_seconds(),
        audits=rows,
    )


if __name__ == "__main__":
    main()
