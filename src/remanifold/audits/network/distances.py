"""How far a trained network is from the empirical score of its rows and, where it is known, from that of their law."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from remanifold.audits.network.task import AuditedNetwork
from remanifold.audits.records.network import ModelReport, Value
from remanifold.measures.memory.audited_rows import AuditedRows
from remanifold.measures.memory.denoiser_distance import DenoiserDistance, denoiser_distance


@dataclass(frozen=True)
class Distances:
    """RMS distances per coordinate at held-out rows, over sigma, level by level, each with its error.

    Attributes:
        empirical: Of the network to the empirical score.
        population: Of the network to the population score; empty where that is not known.
        apart: Of the two scores; likewise.
        evaluations: Rows that the network was asked about.
    """

    empirical: tuple[Value, ...]
    population: tuple[Value, ...]
    apart: tuple[Value, ...]
    evaluations: int


def distances(
    task: AuditedNetwork, score: Any, rows: AuditedRows, labels: NDArray[Any] | None, report: ModelReport
) -> Distances:
    """Measure them at the levels of the report; the same rows and noise for all.

    ``labels``: of the held-out rows that are looked at, for denoisers that take them.

    Raises:
        InvalidInput: if the population does not answer as a denoiser does.
    """
    fresh = rows.holdout.take(rows.holdout_rows).reshape(-1, *rows.shape)
    levels = [level.t for level in report.levels]
    budget = task.budget("distance") // (1 if task.population is None else 2)
    options: dict[str, Any] = {"evaluations": budget, "seed": task.seed, "batch": task.batch, "keep_parts": True}
    options["labels"] = labels
    known = task.kept("distance-empirical.part")
    first = denoiser_distance(task.denoiser, score, fresh, levels, part_file=known, **options)
    if task.population is None:
        return Distances(_values(first), (), (), first.evaluations)
    known = task.kept("distance-population.part")
    second = denoiser_distance(task.denoiser, task.population, fresh, levels, part_file=known, **options)
    known = task.kept("distance-scores.part")
    third = denoiser_distance(score, task.population, fresh, levels, part_file=known, **options)
    return Distances(_values(first), _values(second), _values(third), first.evaluations + second.evaluations)


def _values(found: DenoiserDistance) -> tuple[Value, ...]:
    return tuple(zip(found.value.tolist(), found.stderr.tolist()))
