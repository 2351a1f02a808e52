"""Both sides of the audit of a network, and what it works with."""

from dataclasses import dataclass

from remanifold._core.progress import Progress
from remanifold.audits.network.audited_network import AuditedNetwork
from remanifold.audits.network.budget import Budget
from remanifold.measures.memory.audited_rows import AuditedRows
from remanifold.measures.memory.row_classes import RowClasses, RowConditions


@dataclass(frozen=True, eq=False)
class NetworkContext:
    """What every part of the audit of a network works on.

    Attributes:
        network: The network.
        budget: What each part may ask it.
        rows: Its distinct training rows, and rows that it never saw.
        conditions: Classes or numbers of captions of all rows, for a network that takes them.
        t_collapse: t_c of the training rows.
        std: Standard deviation of the data per coordinate.
        memory: Budget, bytes.
        progress: Told the stages.
    """

    network: AuditedNetwork
    budget: Budget
    rows: AuditedRows
    conditions: RowConditions | None
    t_collapse: float
    std: float
    memory: int
    progress: Progress

    @property
    def classes(self) -> RowClasses | None:
        """The conditions, where they are classes."""
        return self.conditions if isinstance(self.conditions, RowClasses) else None
