"""Numbers that others use to say whether samples are copies, as their users read them; own code after definitions.

* ``linkability``: the attack-against-control risk of anonymeter (Giomi et al., PoPETs 2023) for linking two halves of
  the columns by the nearest sample: (r - c)/(1 - c) of the success on training rows and on hold-out rows; an alarm
  where its 95 % interval lies above 0.
* ``singling_out``: the same with the guess that a row is the only one within reach of a sample: nearer to it than the
  5 % quantile of distances of hold-out rows to their nearest samples.
* ``identical_match``: the share of samples that equal a training row exceeds that of hold-out rows (IMS).
* ``dcr_share``: more than half of the samples are nearer to training than to hold-out rows, beyond two binomial errors.
* ``dcr_quantile``: the 5 % quantile of distances to the closest training row is smaller for samples than for hold-out
  rows (DCR); ``nndr_quantile``: the same of the ratio of the two nearest distances (NNDR).
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Array = NDArray[np.float64]
_Z = 1.96


def peer_alarms(train: Array, samples: Array, holdout: Array) -> tuple[str, ...]:
    """Names of the numbers that say that samples (m, N) are copies of training rows."""
    to_train, to_holdout = cdist(samples, train), cdist(samples, holdout)
    own = np.sort(to_train, axis=1)[:, :2]
    theirs = np.sort(cdist(holdout, train), axis=1)[:, :2]
    near, far = own[:, 0], to_holdout.min(axis=1)
    closer, ties = (near < far).mean(), (near == far).mean()
    ratios = [pair[:, 0] / np.maximum(pair[:, 1], 1e-300) for pair in (own, theirs)]
    alarms = {
        "linkability": _risk(_linked(train, samples), _linked(holdout, samples)) > 0,
        "singling_out": _risk(*_singled(to_train, to_holdout)) > 0,
        "identical_match": (near == 0).mean() > (theirs[:, 0] == 0).mean(),
        "dcr_share": closer + ties / 2 > 0.5 + 2 * math.sqrt(0.25 / len(samples)),
        "dcr_quantile": np.quantile(near, 0.05) < np.quantile(theirs[:, 0], 0.05),
        "nndr_quantile": np.quantile(ratios[0], 0.05) < np.quantile(ratios[1], 0.05),
    }
    return tuple(name for name, alarm in alarms.items() if alarm)


def _linked(rows: Array, samples: Array) -> NDArray[np.bool_]:
    """Rows whose two halves of columns have the same nearest sample."""
    half = rows.shape[1] // 2
    first, second = (cdist(rows[:, part], samples[:, part]).argmin(axis=1) for part in (np.s_[:half], np.s_[half:]))
    return first == second


def _singled(to_train: NDArray[Any], to_holdout: NDArray[Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Samples that have one row within reach, of each side."""
    reach = np.quantile(to_holdout.min(axis=1), 0.05)
    one, other = ((side <= reach).sum(axis=1) == 1 for side in (to_train, to_holdout))
    return one, other


def _risk(attack: NDArray[np.bool_], control: NDArray[np.bool_]) -> float:
    """Lower end of the 95 % interval of (r - c)/(1 - c), from Wilson intervals of both rates."""
    (r, r_error), (c, c_error) = _wilson(attack), _wilson(control)
    if c >= 1:
        return 0.0
    risk = (r - c) / (1 - c)
    return risk - math.hypot(r_error / (1 - c), c_error * (1 - r) / (1 - c) ** 2)


def _wilson(hits: NDArray[np.bool_]) -> tuple[float, float]:
    """Centre and half width of the Wilson interval of a share."""
    n, share = len(hits), float(hits.mean())
    scale = 1 + _Z**2 / n
    centre = (share + _Z**2 / (2 * n)) / scale
    return centre, _Z / scale * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
