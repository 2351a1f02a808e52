"""Question: how long does `phases` take for a nonlinear manifold, corners included, and where is it refused?

Before a time is reported the answer is checked: each time's own equation must change sign between t (1 - 1e-6) and
t (1 + 1e-6). Processor seconds of one thread. Results: benchmarks/results/phases_time.json.
"""

import argparse
import signal
import time

from harness import write_record

import remanifold as rm
from remanifold._core.errors import InvalidInput, NotConverged
from remanifold.theory import Phases, ReplicaLandscape

LIMIT, PATIENCE = 10.0, 60  # seconds
RATIOS = (0.01, 0.1, 0.3, 0.7, 1.0)
PER_LATENT = (0.01, 0.1, 1.0, 3.0, 10.0)  # log(P)/D
ACTIVATIONS = ("tanh", "erf", "relu", "leaky-relu", "sign", "sine")
ACCURACY = 1e-6


def check(answer: Phases) -> None:
    """Check the times to 1e-6, or stop."""
    landscape = ReplicaLandscape.of(answer.latent_ratio, answer.activation)
    conditions = {
        "t_onset": lambda t: -landscape.zeta(1 / t, 0.0),
        "t_collapse": lambda t: landscape.entropy_deficit(1 / t, t),
        "t_condensation": lambda t: landscape.entropy_deficit(1 / t, 0.0),
    }
    for name, load_at in conditions.items():
        level = getattr(answer, name)
        if level is not None:
            t = float(level)
            if not load_at(t * (1 + ACCURACY)) < answer.load < load_at(t * (1 - ACCURACY)):
                raise SystemExit(f"{name} of {answer.activation} is not right at {answer.load}, {answer.latent_ratio}")


def one(activation: str, ratio: float, per_latent: float) -> dict[str, object]:
    row: dict[str, object] = {"activation": activation, "latent_ratio": ratio, "log_points_per_latent_dim": per_latent}
    start = time.process_time()
    signal.alarm(PATIENCE)
    try:
        answer = rm.phases(load=per_latent * ratio, latent_ratio=ratio, activation=activation)
    except (NotConverged, InvalidInput, TimeoutError) as error:
        return row | {"seconds": time.process_time() - start, "refused": str(error)}
    finally:
        signal.alarm(0)
    row |= {
        "seconds": time.process_time() - start,
        "t_collapse": float(answer.t_collapse) if answer.t_collapse else None,
        "reason": answer.t_collapse_reason,
    }
    check(answer)
    return row


def give_up(*_: object) -> None:
    raise TimeoutError(f"no answer within {PATIENCE} s")


def main() -> None:
    """Time every corner and write the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--activations", nargs="+", default=list(ACTIVATIONS))
    arguments = parser.parse_args()
    signal.signal(signal.SIGALRM, give_up)
    rows = []
    for activation in arguments.activations:
        for ratio in RATIOS:
            for per_latent in PER_LATENT:
                rows.append(one(activation, ratio, per_latent))
                said = "refused" if "refused" in rows[-1] else ""
                print(f"{activation} {ratio} {per_latent}: {rows[-1]['seconds']:.1f} s {said}", flush=True)
    answered = [row for row in rows if "refused" not in row]
    summary = {
        "answered": len(answered),
        "refused": len(rows) - len(answered),
        "answered_within_limit": sum(float(str(row["seconds"])) <= LIMIT for row in answered),
        "slowest": max(answered, key=lambda row: float(str(row["seconds"]))),
    }
    question = "processor seconds of phases() for nonlinear manifolds, one thread, each answer checked to 1e-6"
    write_record("phases_time", question, ("numpy", "scipy"), limit_seconds=LIMIT, summary=summary, rows=rows)


if __name__ == "__main__":
    main()
