"""What the ways of summing cost, and so which queries are worth pruning.

The unit is a nanosecond of one core for one point and one query. The constants were fitted to the sets and noise levels
of `benchmarks/empirical_score.py` on one thread (benchmarks/results/empirical_score.json has the machine): the cheaper
way should be taken in each of them, and `benchmarks/score_ways.py` says by how much it is not. Only speed depends on
them; every way keeps the tolerance.
"""

from dataclasses import dataclass

import torch

_LISTED_PAIR = 280.0  # listing one pair that passed all bounds, and summing it by differences
_FINER_BOUND = 8.0  # the bound of one pair in the blocks that the coarse level leaves
_COORDINATES = 44.0  # coordinates of float32 products multiplied in the unit
_SINGLE_WEIGHT, _DOUBLE_WEIGHT = 5.0, 15.0  # an exponential and its sums
_CENTRED = 1.5  # products seen from the centres of chunks of neighbours, with what near copies leave to be mended
_DOUBLE_PRODUCTS = 6.0  # both products in float64, over one in float32
_UNION, _UNION_POWER = 1.6, 0.6  # a group of similar queries that keep a share s each needs 1.6 s^0.6 of the points
_IN_BLOCKS = 2.0  # points in the products for each that the finer level keeps
_MIXED = 0.75  # queries of both kinds in one batch cost more than either
_BLOCK = 2e5  # looking at one block, for any number of queries


@dataclass(frozen=True, eq=False)
class WayCosts:
    """What each query (batch,) would cost a point: ruled out and listed, over all in single and in double precision."""

    pruned: torch.Tensor
    single: torch.Tensor
    double: torch.Tensor


def way_costs(
    n_points: int, ambient_dim: int, fine: torch.Tensor, exact: torch.Tensor, *, centred: bool = False
) -> WayCosts:
    """The three ways of summing.

    Half the products of single precision look at the blocks of what the finer level keeps, which hold more.

    Args:
        n_points, ambient_dim: P and N.
        fine, exact: (batch,) points that pass the finer level, and that pass all coordinates.
        centred: Whether products are seen from centres of chunks.
    """
    product = ambient_dim / _COORDINATES
    union = (_UNION * (exact / n_points) ** _UNION_POWER).clamp(max=1)
    share = (_IN_BLOCKS * fine / n_points).clamp(max=1)
    return WayCosts(
        pruned=share * (_FINER_BOUND + product) + _LISTED_PAIR * exact / n_points,
        single=(_CENTRED if centred else 1.0) * (_SINGLE_WEIGHT + product * (1 + union)),
        double=torch.full_like(union, _DOUBLE_WEIGHT + _DOUBLE_PRODUCTS * product),
    )


def products_cost_less(
    n_points: int,
    ambient_dim: int,
    centred: bool,
    single: torch.Tensor,
    alive: torch.Tensor,
    fine: torch.Tensor,
    exact: torch.Tensor,
) -> torch.Tensor:
    """(batch,) whether products over all points cost less than ruling points out and listing the rest.

    Args:
        n_points, ambient_dim, centred: As of `way_costs`.
        single: (batch,) whether sums in single precision will likely do.
        alive, fine, exact: What pruning leaves, see `TooMany`.
    """
    costs = way_costs(n_points, ambient_dim, fine, exact, centred=centred)
    over_all, listing = torch.where(single, costs.single, costs.double), costs.pruned
    many = listing > _MIXED * over_all
    few = ~many & single
    gain = (over_all - listing)[few].sum() * n_points
    return many | (few & (gain < alive[:, few].any(1).sum() * _BLOCK) & many.any())


def milliseconds(
    n_points: int, ambient_dim: int, centred: bool, keys: int, fine: torch.Tensor, exact: torch.Tensor
) -> dict[str, float]:
    """Milliseconds of one core that a query costs on average, for each way; the coarse level looks at ``keys``."""
    costs, unit = way_costs(n_points, ambient_dim, fine, exact, centred=centred), 1e-6 * n_points
    means = {"pruned": costs.pruned + keys / _COORDINATES, "single": costs.single, "double": costs.double}
    return {way: unit * float(cost.mean()) for way, cost in means.items()}
