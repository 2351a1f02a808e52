"""How many points and queries one step of the score engine holds, from a memory budget."""

from dataclasses import dataclass

from remanifold._core.errors import require

_FLOAT = 8  # bytes
_ROW_COPIES = 4  # of a chunk of points in flight: stored, float64, scaled, keys
_PAIR_COPIES = 5  # of a (queries, points) array: product, logits, weights, energies, mask
_QUERY_COPIES = 8  # of a query row: query, scaled, key, sums, their merge
_LEAST_POINTS, _MOST_POINTS = 32, 2048  # more only miss the cache
_MOST_QUERIES = 1024


@dataclass(frozen=True)
class Budget:
    """Sizes of one step.

    Attributes:
        resident: Whether the float32 keys of all points stay in memory.
        points: Rows of one chunk.
        queries: Queries of one block.
        pairs: (query, point) pairs whose differences are held at once.
        candidates: Pairs that screening may keep for one query.
    """

    resident: bool
    points: int
    queries: int
    pairs: int
    candidates: int


def budget_of(memory: int, n_points: int, ambient_dim: int) -> Budget:
    """Divide ``memory`` bytes: up to half for resident keys, the rest for one chunk, one block and its candidates.

    Raises:
        InvalidInput: if one query and a few points do not fit.
    """
    keys = 4 * n_points * (ambient_dim + 2)
    resident = keys <= memory // 2
    free = memory - keys if resident else memory
    row = _FLOAT * ambient_dim
    least = 4 * max(_LEAST_POINTS * (_ROW_COPIES * row + _PAIR_COPIES * _FLOAT), _QUERY_COPIES * row)
    require(
        free >= least,
        f"the memory budget must hold {_LEAST_POINTS} points of {ambient_dim} numbers ({least} bytes)",
        f"{memory} bytes",
        "raise it",
    )
    part = free // 4
    points = min(max(part // (_ROW_COPIES * row), _LEAST_POINTS), _MOST_POINTS, n_points)
    queries = min(max(part // (_FLOAT * _PAIR_COPIES * points + _QUERY_COPIES * row), 1), _MOST_QUERIES)
    pairs = min(max(part // (_ROW_COPIES * row), _LEAST_POINTS), _MOST_POINTS)
    candidates = part // (6 * _FLOAT * queries)  # indices, bounds and their sorted copies
    return Budget(resident, points, queries, pairs, candidates)
