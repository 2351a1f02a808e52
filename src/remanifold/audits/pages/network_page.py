"""Figures and tables of a trained network on the report's page."""

from remanifold import plots
from remanifold._core.estimate import Estimate
from remanifold.audits.answers.numbers import measured, number
from remanifold.audits.pages.figures import Illustration, marks_of
from remanifold.audits.pages.tables import MOST_ROWS, Cell, Table
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.network import NetworkLevel, NetworkRecord

_EMPTY = Table("", (), ())


def model_illustrations(report: AuditRecord) -> tuple[Illustration, ...]:
    """Memory index and denoising losses over the noise; nothing without a network or a hold-out."""
    model = report.model
    if model is None or not model.levels:
        return ()
    marks = marks_of(report)
    known = [(level.t, level.index) for level in model.levels if level.index is not None]
    n = f"Bands are 95 % intervals over n = {model.n_training} training and {model.n_holdout} held-out rows."
    found = []
    if known:
        band = ([index.value for _, index in known], [index.stderr for _, index in known])
        found.append(
            Illustration(
                "memory",
                "How much does it remember, noise by noise?",
                "0: the network does not know training rows from held-out ones. 1: it knows them as well as the exact "
                f"empirical score. Levels at which that score itself hardly knows them are left out. {n}",
                "The memory index of the network against the noise level.",
                plots.memory_figure([t for t, _ in known], band, marks),
            )
        )
    sides = {
        "network, training rows": [level.training_loss for level in model.levels],
        "network, held-out rows": [level.holdout_loss for level in model.levels],
        "empirical score, training rows": [level.exact_training_loss for level in model.levels],
        "empirical score, held-out rows": [level.exact_holdout_loss for level in model.levels],
    }
    t = [level.t for level in model.levels]
    losses = {
        name: ([loss.value / s for loss, s in zip(side, t)], [loss.stderr / s for loss, s in zip(side, t)])
        for name, side in sides.items()
    }
    found.append(
        Illustration(
            "losses",
            "Loss on training and held-out rows",
            "Mean squared error of the denoised row over the noise variance: lower is better. Memory is the gap "
            f"between the two curves of the network; dotted, what perfect memory does. {n}",
            "Denoising losses of the network and of the empirical score, on training and held-out rows, against noise.",
            plots.loss_figure(t, losses, marks),
        )
    )
    return tuple(found)


def levels_table(report: AuditRecord) -> Table:
    """Losses and memory index of every level."""
    if report.model is None or not report.model.levels:
        return _EMPTY
    columns = (
        "σ (data units)",
        "training loss",
        "held-out loss",
        "empirical score, training",
        "empirical score, held-out",
        "memory index",
        "counts",
    )
    far = [(name, values) for name, values in _far(report.model) if values]
    rows = tuple(
        (*_level(level), *(Cell(measured(values[k])) for _, values in far))
        for k, level in enumerate(report.model.levels)
    )
    caption = "Denoising losses, squared data units a coordinate" + (
        "; root mean square distances of denoisers at held-out rows, a coordinate, in units of σ" if far else ""
    )
    return Table(caption, (*columns, *(name for name, _ in far)), rows)


def _far(model: NetworkRecord) -> tuple[tuple[str, tuple[Estimate, ...]], ...]:
    return (
        ("distance to the empirical score", model.distance),
        ("distance to the population score", model.population_distance),
        ("distance of these two scores", model.scores_apart),
    )


def _level(level: NetworkLevel) -> tuple[Cell, ...]:
    losses = (level.training_loss, level.holdout_loss, level.exact_training_loss, level.exact_holdout_loss)
    index = "not resolved" if level.index is None else measured(level.index)
    texts = (number(level.t.sigma), *(measured(loss) for loss in losses), index, "yes" if level.used else "no")
    return tuple(map(Cell, texts))


def remembered_table(report: AuditRecord) -> Table:
    """Rows that the network remembers, largest gap first."""
    if report.model is None or not report.model.remembered:
        return _EMPTY
    rows = tuple(
        (
            Cell(str(item.row), (f"train:{item.row}",)),
            Cell(number(item.gap)),
            Cell(number(item.p_value)),
            Cell("yes" if item.duplicated else "no"),
        )
        for item in report.model.remembered[:MOST_ROWS]
    )
    columns = ("row", "loss gap (nats)", "p against held-out rows", "has copies in the data")
    left = max(0, len(report.model.remembered) - MOST_ROWS)
    return Table("Rows this network remembers, largest loss gap first", columns, rows, left)


def turns_table(report: AuditRecord) -> Table:
    """Noise and return, by level."""
    if report.model is None or not report.model.turns:
        return _EMPTY
    rows = tuple(
        tuple(
            map(
                Cell,
                (
                    number(turn.t.sigma),
                    *(
                        measured(value)
                        for value in (turn.training, turn.holdout, turn.exact_training, turn.exact_holdout)
                    ),
                ),
            )
        )
        for turn in report.model.turns
    )
    columns = (
        "σ (data units)",
        "training rows return",
        "held-out rows return",
        "training, empirical score",
        "held-out as one row more, empirical score",
    )
    return Table("Noise and return: share of rows that come back to themselves", columns, rows)
