"""Point sets that are hard for products of large numbers: what every measure is held against."""

import numpy as np


def hard_sets(n=120, dim=5):
    """Name -> (n, dim) array, each a trap of its own."""
    rng = np.random.default_rng(20)
    plain = rng.normal(size=(n, dim))
    centres = rng.normal(size=(3, dim))[rng.integers(0, 3, n)]
    outlier = plain.copy()
    outlier[7] = 1e6
    third = n // 3
    return {
        "plain": plain,
        "large mean": plain + 1e4,
        "float32 with a large mean": (plain + 1e4).astype(np.float32),
        "uint8": rng.integers(0, 256, size=(n, dim)).astype(np.uint8),
        "near ties": np.tile(plain[:third], (3, 1)) + 1e-4 * rng.normal(size=(3 * third, dim)),
        "far outlier": outlier,
        "tight clusters": 1e3 * centres + 1e-3 * plain,
        "very tight clusters": 1e5 * centres + 1e-3 * plain,
        "heavy tails": rng.standard_t(1.5, size=(n, dim)),
        "lattice": np.stack(np.meshgrid(*[np.arange(5.0)] * 3), -1).reshape(-1, 3),
        "a line": np.linspace(0, 1, n)[:, None] ** 2,
    }
