"""What the score engine did, or would do, with a batch of queries."""

from dataclasses import dataclass, field

_WAYS = {"pruned": "pruned", "single": "float32 products over all points", "double": "float64 products over all points"}


@dataclass(frozen=True)
class Plan:
    """Paths of a batch of queries, in numbers; ``str(plan)`` says it in words.

    Attributes:
        indexed: Whether an index of the points rules most of them out; else they stream past.
        queries: Queries in the batch.
        pruned: Queries for which few points were left, which were rescored in float64.
        survivors: Points left for each of these, on average.
        dense: Queries summed over all points by products.
        fine: Queries with many near duplicates at tiny noise: ruled out by a float64 product, rescored by differences.
        dropped: Bound of the share of a query's weight that was neglected.
        rank: Dimension of the subspace that holds the data to round-off, if it saves work.
        index_bytes: Memory of the index.
        index_origin: Whether it was built or read, and from where, in words.
        note: What did not go as the budget says, in words.
        direct: Queries summed over all points by differences of their few coordinates, compiled.
        held: Whether the points are so few that all are held and summed at once, without an index.
        single: Of the dense ones, those summed in single precision with heavy points in double; an estimate decides
            which may be, and a query that then turns out not to be right is summed again in double.
        heads: Of these, those whose mean and log density come from one pass of attention's operator; where energies or
            participations are asked for, products do it.
        reason: Why not all queries go the cheapest way, in words.
        milliseconds: Of one core that a query would cost by each way, estimated: ``"pruned"``, ``"single"`` and
            ``"double"``, the latter two over all points. Empty without an index, or where differences do it.
    """

    indexed: bool
    queries: int
    pruned: int
    survivors: float
    dense: int
    fine: int
    dropped: float
    rank: int | None = None
    index_bytes: int = 0
    index_origin: str = ""
    note: str = ""
    direct: int = 0
    single: int = 0
    held: bool = False
    heads: int = 0
    reason: str = ""
    milliseconds: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        paths = []
        if self.pruned:
            paths.append(f"{self.pruned} pruned to {self.survivors:.1f} points each and rescored in float64")
        if self.direct:
            paths.append(f"{self.direct} summed over all points by float32 differences, heavy points in float64")
        if self.heads:
            paths.append(f"{self.heads} summed over all points by attention's float32 operator")
        if self.single > self.heads:
            paths.append(
                f"{self.single - self.heads} summed over all points by float32 products, heavy points in float64"
            )
        if self.dense > self.single:
            paths.append(f"{self.dense - self.single} summed over all points by float64 products")
        if self.fine:
            paths.append(f"{self.fine} screened in float64 among near duplicates")
        index = f"index of {self.index_bytes / 1e6:.0f} MB, {self.index_origin}"
        without = "no index, the points are few" if self.held else "no index, the points stream past"
        how = index if self.indexed else without
        rank = "" if self.rank is None else f"; the data fill {self.rank} dimensions"
        costs = ", ".join(f"{_WAYS[way]} {cost:.2g} ms" for way, cost in self.milliseconds.items())
        costs = f"estimated cost of a query on one core: {costs}" if costs else ""
        words = "".join(f"; {each}" for each in (self.reason, costs, self.note) if each)
        return f"{self.queries} queries ({how}{rank}): {', '.join(paths)}; neglected weight <= {self.dropped:g}{words}"
