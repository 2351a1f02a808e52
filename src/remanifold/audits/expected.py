"""What an audit, or a comparison of samples, will take on this machine, told before it begins."""

from remanifold._core.compute import Compute
from remanifold._core.foretold import foretell, product_seconds
from remanifold.audits.budget import draws_for
from remanifold.audits.inputs import AuditInputs, AuditOptions
from remanifold.data import Points
from remanifold.measures.neighbours.eight_bit import stored_in_eight_bits
from remanifold.measures.neighbours.few_rows import are_few

# In multiplications of a product; fitted to audits of 100 to 100000 rows, right to a factor of two there.
_LEVELS = 64
_A_WEIGHT = 13  # of a query, point, level and branch of noise
_AN_EIGHT_BIT = 0.4  # of 8-bit numbers, and of what is made of them
_A_NUMBER = 400  # of the data: readings, their precision, copies, coordinates
_A_WIDE_NUMBER = 4000  # of few wide rows, where readings in double precision are nearly all
_A_NORMAL = 1800  # of a query's noise: drawn, copied
_AN_EIGENVALUE = 2.3  # of the cube of the side of the matrix
_LARGEST_MATRIX = 4096
_NEAREST = 500  # queries of the distance at which rows count as one


def foretell_audit(inputs: AuditInputs, options: AuditOptions, compute: Compute) -> None:
    """Tell the listener of ``compute`` what the audit of the data and the hold-out takes; not that of a network."""
    points, holdout = inputs.points, inputs.holdout
    n_queries = min(options.max_queries, points.n_points)
    draws = draws_for(n_queries, points.n_points)
    asked = n_queries + (0 if holdout is None else min(options.max_queries, holdout.n_points))
    n_points, ambient_dim = points.n_points, points.ambient_dim
    few = are_few(n_points, ambient_dim)
    drawn = asked - n_queries if few else asked  # queries whose noise has as many numbers as a row
    product = n_points * ambient_dim / compute.n_threads * (_AN_EIGHT_BIT if stored_in_eight_bits(points) else 1)
    work = asked * n_points * _LEVELS * (1 + 2 * draws) * _A_WEIGHT / compute.n_threads
    work += (drawn * (1 + draws) + (n_points / 2 if few else 0)) * product
    work += min(_NEAREST, n_points) * n_points * ambient_dim / compute.n_threads
    work += drawn * draws * ambient_dim * _A_NORMAL / compute.n_threads
    work += (_A_WIDE_NUMBER if few else _A_NUMBER) * n_points * ambient_dim + _of_spectrum(n_points, ambient_dim)
    words = f"{n_queries} of {points.n_points}" if n_queries < points.n_points else f"all {points.n_points}"
    what = f"to measure {words} rows of {points.ambient_dim} numbers"
    foretell(compute.progress, what, work * product_seconds())


def _of_spectrum(n_points: int, ambient_dim: int) -> float:
    """Of the smaller of the covariance and the Gram matrix, and of its eigenvalues."""
    side = min(n_points, ambient_dim, _LARGEST_MATRIX)
    summed = n_points if ambient_dim <= _LARGEST_MATRIX else side
    return side**2 * max(summed, ambient_dim) / 2 + _AN_EIGENVALUE * side**3


def foretell_copies(
    train: Points, samples: Points, holdout: Points | None, compute: Compute, versions: int = 1
) -> None:
    """Tell the listener of ``compute`` what the search for the nearest rows takes, in so many ``versions`` of a row."""
    asked = samples.n_points + (0 if holdout is None else holdout.n_points)
    work = versions * asked * train.n_points * (train.ambient_dim + _A_WEIGHT) / compute.n_threads
    work += _A_NUMBER * train.n_points * train.ambient_dim
    what = f"to find the nearest of {train.n_points} training rows for {asked} others"
    foretell(compute.progress, what, work * product_seconds())
