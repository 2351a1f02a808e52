"""Question: how far are measured times of hidden manifolds from the asymptotic theory, size by size?

Linear manifolds, gaussian and isometric, load 0.15 and latent ratio 0.3; N = 40, 60, 80 (403, 8103, 162755 points),
twelve draws of factor and data each. The table gives log(measured / asymptotic) with the error over draws, the spread
between draws, the stated error of one draw, and the finite-size allowance of the tests.
"""

import argparse
import math

import numpy as np
from harness import write_record

from remanifold import HiddenManifold, open_points, phases
from remanifold.measures import ensemble_times

LOAD, LATENT_RATIO = 0.15, 0.3
ALLOWED = {"t_onset": 2.0, "t_collapse": 8.0, "t_generalization": 14.0}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=12)
    parser.add_argument("--queries", type=int, default=150)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    rows = []
    for ensemble in ("gaussian", "isometric"):
        theory = phases(load=LOAD, latent_ratio=LATENT_RATIO, ensemble=ensemble)
        values = {name: float(getattr(theory, name)) for name in ALLOWED}
        levels = np.unique(np.concatenate([np.exp(np.arange(-6, 7) / 6) * value for value in values.values()]))
        for dim in (40, 60, 80):

            def draw(seed: int, dim: int = dim, ensemble: str = ensemble):
                latent = round(LATENT_RATIO * dim)
                manifold = HiddenManifold(
                    ambient_dim=dim, latent_dim=latent, load=LOAD, ensemble=ensemble, seed=1000 * dim + seed
                )
                return open_points(manifold.points().astype(np.float32))

            found = ensemble_times(
                draw, options.draws, max_queries=options.queries, levels=levels, threads=options.threads
            )
            for name, allowed in ALLOWED.items():
                time = getattr(found, name)
                rows.append(
                    {
                        "ensemble": ensemble,
                        "ambient_dim": dim,
                        "time": name,
                        "asymptotic": values[name],
                        "measured": time.value,
                        "log_ratio": time.log.value - math.log(values[name]),
                        "log_ratio_stderr": time.log.stderr,
                        "spread_between_draws": time.between,
                        "stated_error_within_a_draw": time.within,
                        "allowance": allowed / dim,
                        "draws": time.values.tolist(),
                    }
                )
                print({key: value for key, value in rows[-1].items() if key != "draws"}, flush=True)
    write_record(
        "theory_against_measurement",
        "log(measured / asymptotic) of the three times of linear hidden manifolds",
        ("remanifold", "torch", "numpy"),
        parameters={"load": LOAD, "latent_ratio": LATENT_RATIO, "seeds": "1000 N + 0, 1, ..."} | vars(options),
        rows=rows,
    )


if __name__ == "__main__":
    main()
