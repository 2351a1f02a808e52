"""Question: has anything become slower? A few cases of the other benchmarks in two minutes, ratios to their peers only.

Each ratio is processor time of one thread over that of plain numpy, of attention, of a search of faiss or of plain
products, measured in turn, and set beside the committed one. Moves beyond 30 % are marked; a busy machine moves some.
"""

import json
import math
import time
from collections.abc import Iterator
from importlib.util import find_spec

import audit_time
import empirical_score
import numpy as np
import small_data
import torch
from harness import FASHION, RESULTS, interleaved

import remanifold as rm

_MARKED = 1.3
_MEANS = ((1600, 200, 2), (1600, 1797, 64), (8, 5000, 20))
_SCORES = {"Fashion-MNIST": (0.03, 0.1, 1.0), "gaussian 8": (0.3,), "gaussian 128": (3.0,)}
Case = tuple[str, float | None, float]  # name, committed ratio of costs, and now


def main() -> None:
    """Print what moved."""
    torch.set_num_threads(1)
    start, moved = time.perf_counter(), 0
    print(f"{'cost over that of a peer':58s} committed     now")
    for measure in (few_points, scores, profile, audit):
        for name, before, now in measure():
            change = now / before if before else 1.0
            mark = "SLOWER" if change > _MARKED else "faster" if change < 1 / _MARKED else ""
            moved += bool(mark)
            print(f"{name:58s} {before or math.nan:9.3g} {now:7.3g}  {mark}", flush=True)
    print(f"{moved} moved by more than {_MARKED - 1:.0%}; {time.perf_counter() - start:.0f} s")


def few_points() -> Iterator[Case]:
    """Over plain numpy."""
    known = _record("small_data").get("seconds", {})
    for size in _MEANS:
        name = "denoise " + " x ".join(map(str, size))
        yield name, known.get(name, {}).get("ratio"), _ratio(small_data.means(*size), 21)
    rows, name = np.random.default_rng(0).standard_normal((300, 5)), "noise profile of 300 x 5, 50 queries"
    ways = {
        "remanifold": lambda: rm.noise_profile(rows, max_queries=50, threads=1),
        "numpy": lambda: small_data.plain_profile(rows, rows[:50]),
    }
    yield name, known.get(name, {}).get("ratio"), _ratio(ways, 9)
    few, name = np.random.default_rng(0).standard_normal((400, 5)), "audit of 400 x 5, 50 queries"
    ways = {
        "audit": lambda: rm.audit(few, max_queries=50, threads=1),
        "profile": lambda: rm.noise_profile(few, max_queries=50, threads=1),
    }
    both = known.get(name)
    before = None if both is None else both["audit"]["median"] / both["its profile"]["median"]
    yield f"{name}, over its profile", before, _ratio(ways, 5)


def scores() -> Iterator[Case]:
    """Over attention."""
    known = {one["data"]: one["levels"] for one in _record("empirical_score").get("sets", [])}
    for name, times in _SCORES.items():
        if name == "Fashion-MNIST" and not FASHION.exists():
            continue
        make, batch, _ = empirical_score.SETS[name]
        data = make()
        data -= data.mean(0)
        engine = rm.EmpiricalScore(data, memory="3GB")
        for t in times:
            x = data[:batch] + t**0.5 * torch.randn(batch, data.shape[1], generator=torch.Generator().manual_seed(1))
            ways = {
                "ours": lambda engine=engine, x=x, t=t: engine.sums(x, t),
                "attention": lambda data=data, x=x, t=t: empirical_score.attention(data, x, t),
            }
            before = [1 / level["attention_over_ours"] for level in known.get(name, []) if level["t"] == t]
            yield f"score sums, {name}, t = {t:g}", before[0] if before else None, _ratio(ways, 3)


def profile() -> Iterator[Case]:
    """Over one search of faiss."""
    if not find_spec("faiss"):
        return
    import faiss
    import noise_profile

    faiss.omp_set_num_threads(1)
    manifold = rm.HiddenManifold(
        ambient_dim=noise_profile.N, latent_dim=78, n_points=noise_profile.P, activation="tanh", seed=1
    )
    data = manifold.points().astype(np.float32)
    index = faiss.IndexFlatL2(noise_profile.N)
    index.add(data)
    queries = data[: noise_profile.Q]
    ways = {
        "profile": lambda: rm.noise_profile(data, max_queries=noise_profile.Q, threads=1),
        "search": lambda: index.search(queries, 64),
    }
    before = _record("noise_profile").get("ratio_to_faiss_with_choice")
    yield "noise profile of 60000 x 784, 512 queries", before, _ratio(ways, 1)


def audit() -> Iterator[Case]:
    """Over plain products."""
    name, rows = audit_time.pictures()
    known = _record("audit_fashion")
    before = known.get("audit_over_products") if known.get("data") == name else None
    yield f"audit of {name}, {audit_time.FEW} queries", before, audit_time.over_products(rows, 1)


def _ratio(ways: dict, rounds: int) -> float:
    seconds = interleaved(ways, rounds, time.process_time)
    first, second = (entry["median"] for entry in seconds.values())
    return first / second


def _record(name: str) -> dict:
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else {}


if __name__ == "__main__":
    main()
