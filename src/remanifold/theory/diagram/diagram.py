"""`phase_diagram`: the times of hidden manifolds over a plane of load and latent ratio."""

import hashlib
import math
import pickle
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.errors import NotConverged, refusal
from remanifold._core.kept.part_file import PartFile
from remanifold._core.kept.until_written import when_written
from remanifold._core.progress import Progress, silent
from remanifold._core.tables import Table, html_table
from remanifold._core.types import Floats, Integers
from remanifold._core.version import __version__
from remanifold._core.workers import run_tasks
from remanifold.manifolds import Activation, activation_of
from remanifold.theory.diagram.axes import axis, require_axes, whole_sizes
from remanifold.theory.diagram.finite_row import finite_row
from remanifold.theory.diagram.row import TIMES, times_at
from remanifold.theory.landscapes.hidden import landscape_for

SCHEMA_VERSION = "1"
RATIOS = {
    "collapse_over_onset": ("t_collapse", "t_onset"),
    "generalization_over_collapse": ("t_generalization", "t_collapse"),
    "generalization_over_onset": ("t_generalization", "t_onset"),
}
"""Column -> the two times whose ratio it is."""

_UNITS = {
    "load": "log(number of points) / ambient dimension, nats",
    "latent_ratio": "latent dimension / ambient dimension",
    "t_*": "noise variance per coordinate, in squared units of the data",
    "*_over_*": "ratio of two times",
}
_LEAST_PER_LATENT, _MOST_PER_LATENT = 1e-12, 320.0  # as in `phases`: beyond, t leaves the range of doubles


@dataclass(frozen=True, eq=False, repr=False)
class PhaseDiagram:
    """The times over a plane: of theory.md, section 5 (large dimension), or of finite-size.md at one N.

    Attributes:
        loads: (C,) log(P)/N, nats.
        latent_ratios: (R,) D/N.
        t_onset, t_collapse, t_generalization, t_condensation: (R, C) noise variances, nan where there is none; the last
            has no counterpart at finite size.
        reasons: R rows of C: why a time is missing, or None.
        activation: Name of g.
        ensemble: Name of the ensemble of F.
        exponent: a of a power-law ensemble, else None.
        version: Version of remanifold.
        ambient_dim: N of a diagram at finite size; None in the limit of large dimension.
        stderr: At finite size, the errors of onset, collapse and generalization, (3, R, C); else None.
    """

    loads: Floats
    latent_ratios: Floats
    t_onset: Floats
    t_collapse: Floats
    t_generalization: Floats
    t_condensation: Floats
    reasons: tuple[tuple[str | None, ...], ...]
    activation: str
    ensemble: str
    exponent: float | None = None
    version: str = __version__
    ambient_dim: int | None = None
    stderr: Floats | None = None

    @property
    def n_points(self) -> Integers | None:
        """P of each load, (C,), at finite size."""
        return None if self.ambient_dim is None else np.rint(np.exp(self.loads * self.ambient_dim)).astype(np.int64)

    def to_table(self) -> dict[str, list[Any]]:
        """Columns by name, one row a cell (latent ratios outside, loads inside); a time that does not exist is None."""
        columns: dict[str, list[Any]] = {
            "load": np.tile(self.loads, len(self.latent_ratios)).tolist(),
            "latent_ratio": np.repeat(self.latent_ratios, len(self.loads)).tolist(),
        }
        if self.n_points is not None and self.ambient_dim is not None and self.stderr is not None:
            latent = np.rint(self.latent_ratios * self.ambient_dim).astype(np.int64)
            columns |= {"n_points": np.tile(self.n_points, len(latent)).tolist()}
            columns |= {"latent_dim": np.repeat(latent, len(self.loads)).tolist()}
            columns |= {f"{name}_stderr": _cells(plane) for name, plane in zip(TIMES, self.stderr)}
        columns |= {name: _cells(getattr(self, name)) for name in TIMES}
        columns |= {name: _cells(self.ratio(name)) for name in RATIOS}
        return columns | {"reason": [reason for row in self.reasons for reason in row]}

    def ratio(self, name: str) -> Floats:
        """(R, C) one of `RATIOS`, such as "collapse_over_onset"; nan where a time is missing."""
        above, below = RATIOS[name]
        return getattr(self, above) / getattr(self, below)

    def to_json(self) -> str:
        """Strict JSON text: version, parameters, units and columns; what does not exist is null."""
        return self._table().to_json()

    def to_csv(self) -> str:
        """CSV text with the header in lines that start with #; what does not exist is empty."""
        return self._table().to_csv()

    def __repr__(self) -> str:
        law = self.ensemble if self.exponent is None else f"{self.ensemble} {self.exponent:g}"
        plane = f"loads {_ends(self.loads)}, latent ratios {_ends(self.latent_ratios)}"
        empty = int(np.isnan(self.t_collapse).sum())
        size = "" if self.ambient_dim is None else f"N = {self.ambient_dim}, "
        return f"PhaseDiagram({self.activation}, {law}; {size}{plane}; {empty} of {self.t_collapse.size} cells empty)"

    def _repr_html_(self) -> str:
        rows = [(name, _ends(getattr(self, name)), _ends(np.sqrt(getattr(self, name)))) for name in TIMES]
        why = sorted({reason for row in self.reasons for reason in row if reason is not None})
        rows += [("empty cells, such as", "none", reason) for reason in why[:1]]
        return html_table(repr(self), ("", "t", "sigma"), rows)

    def _table(self) -> Table:
        parameters = {name: getattr(self, name) for name in ("activation", "ensemble", "exponent")}
        parameters |= {name: getattr(self, name).tolist() for name in ("loads", "latent_ratios")}
        parameters |= {} if self.ambient_dim is None else {"ambient_dim": self.ambient_dim}
        return Table("phase diagram", self.to_table(), parameters, _UNITS, None, SCHEMA_VERSION, self.version)


@dataclass(frozen=True)
class _Manifold:
    """Everything but the latent ratio: what all rows share."""

    loads: tuple[float, ...]
    activation: str | Activation
    ensemble: str
    exponent: float | None
    ambient_dim: int | None = None


def phase_diagram(
    loads: Sequence[float] | Floats,
    latent_ratios: Sequence[float] | Floats,
    activation: str | Activation = "linear",
    ensemble: str = "gaussian",
    *,
    exponent: float | None = None,
    ambient_dim: int | None = None,
    jobs: int = 1,
    progress: Progress = silent,
    part_file: str | Path | None = None,
) -> PhaseDiagram:
    """Onset, collapse, best generalization and condensation over a plane, to about 1e-7 relative.

    The landscape does not know the load, so that one sweep over t serves a whole row of the plane. Results do not
    depend on ``jobs``. With ``ambient_dim`` the diagram is that of experiments in so many dimensions, with errors.

    Main arguments:
        loads: (C,) log(P)/N, positive, any order.
        latent_ratios: (R,) D/N in (0, 1], any order.
        activation: Name of g, or a vectorised function of one array.
        ensemble: "gaussian", "isometric" or "power-law"; nonlinear g with "gaussian" only.
        exponent: a of the power-law ensemble, at most 0.95.
        ambient_dim: N, for the times at this size: P and D are whole numbers then, and loads and ratios those of them;
            any ensemble goes with any g.

    Other arguments:
        jobs: Number of processes that share the rows. Above 1, a script must be guarded by ``__name__ == "__main__"``,
            and a function as activation must be importable from a module.
        progress: Called with ("rows", done, R).
        part_file: File that keeps finished rows, so that a second call with the same arguments goes on where the first
            was interrupted; removed at the end. With other arguments its content is ignored.

    Raises:
        InvalidInput: if an argument is out of range or the combination is not covered by the theory.
        NotConverged: if a landscape has no solution within its tolerance.

    Source: arXiv 2502.09578 for the ideas; docs/explanation/theory.md sections 4 and 5.

    >>> import remanifold
    >>> diagram = remanifold.phase_diagram(loads=[0.1, 0.2], latent_ratios=[0.3, 0.6])
    >>> diagram.t_collapse.round(3)
    array([[3.262, 1.061],
           [3.861, 1.506]])
    >>> diagram.ratio("generalization_over_collapse").shape
    (2, 2)

    See also:
        `remanifold.phases` for one point of the plane in all detail; ``remanifold diagram`` draws the plane.
    """
    x, y = axis("load", loads), axis("latent_ratio", latent_ratios)
    require_axes(x, y)
    if ambient_dim is not None:
        x, y = whole_sizes(x, y, ambient_dim, activation, ensemble, exponent)
    shared = _Manifold(tuple(x.tolist()), activation, ensemble, exponent, ambient_dim)
    name = _check(x, y, shared)
    if whole("`jobs`", jobs, least=1) > 1 and not _travels(activation):
        need = "to reach several processes, the activation must be a name or importable from a module"
        raise refusal(need, repr(activation), "pass `jobs` 1")
    fits = partial(_fits, rows=len(y), columns=len(x))
    file = None if part_file is None else PartFile(Path(part_file), _stamp(y, shared), fits)
    rows: dict[int, dict[str, Any]] = {} if file is None else file.pieces
    progress("rows", len(rows), len(y))
    tasks = {row: (shared, float(ratio)) for row, ratio in enumerate(y) if row not in rows}
    for row, answer in run_tasks(_solve_row, tasks, jobs):
        rows[row] = answer
        if file is not None:
            file.add(row, answer)
        progress("rows", len(rows), len(y))
    if file is not None:
        when_written(file.remove)
    in_order = [rows[row] for row in range(len(y))]
    planes = [np.array([row[time] for row in in_order], dtype=np.float64) for time in TIMES]  # None becomes nan
    return PhaseDiagram(
        x,
        y,
        *planes,
        reasons=tuple(tuple(row["reason"]) for row in in_order),
        activation=name,
        ensemble=ensemble,
        exponent=exponent,
        ambient_dim=ambient_dim,
        stderr=None if ambient_dim is None else _errors(in_order),
    )


def _errors(rows: list[dict[str, Any]]) -> Floats:
    """(3, R, C)."""
    cells = [[(math.nan,) * 3 if one is None else one for one in row["stderr"]] for row in rows]
    return np.moveaxis(np.array(cells, dtype=np.float64), 2, 0)


def _fits(row: int, answer: dict[str, Any], *, rows: int, columns: int) -> bool:
    """Whether ``answer`` can be that row of a plane of that size."""
    times = [answer[name] for name in TIMES]
    known = all(time is None or (isinstance(time, float) and 0 < time < math.inf) for line in times for time in line)
    words = all(reason is None or isinstance(reason, str) for reason in answer["reason"])
    sizes = {len(line) for line in (*times, answer["reason"])}
    errors = answer.get("stderr", [None] * columns)  # at finite size
    known &= all(one is None or (len(one) == 3 and all(0 <= error < math.inf for error in one)) for one in errors)
    keys = len(TIMES) + 1 + ("stderr" in answer)
    return 0 <= row < rows and len(answer) == keys and sizes | {len(errors)} == {columns} and known and words


def _solve_row(task: tuple[_Manifold, float]) -> dict[str, Any]:
    shared, ratio = task
    if shared.ambient_dim is not None:
        n = shared.ambient_dim
        points = [round(math.exp(load * n)) for load in shared.loads]
        return vars(finite_row(n, round(ratio * n), points, shared.activation, shared.ensemble, shared.exponent))
    landscape = landscape_for(ratio, shared.activation, shared.ensemble, shared.exponent)
    try:
        return vars(times_at(landscape, shared.loads))
    except NotConverged as error:
        raise NotConverged(f"at latent ratio {ratio:g}: {error}") from error


def _cells(plane: Floats) -> list[float | None]:
    return [None if math.isnan(value) else value for value in plane.ravel().tolist()]


def _ends(values: Floats) -> str:
    present = values[np.isfinite(values)]
    return f"{present.min():.4g} to {present.max():.4g}" if present.size else "none"


def _check(loads: Floats, ratios: Floats, shared: _Manifold) -> str:
    """Refuse before any work what no row could answer; return the name of the activation."""
    name, _ = activation_of(shared.activation)
    if shared.ambient_dim is not None:
        return name
    landscape_for(float(ratios.min()), shared.activation, shared.ensemble, shared.exponent)
    least, most = loads.min() / ratios.max(), loads.max() / ratios.min()
    if not (least >= _LEAST_PER_LATENT and most <= _MOST_PER_LATENT):
        need = f"the load per latent dimension, log(P)/D, must be from {_LEAST_PER_LATENT:g} to {_MOST_PER_LATENT:g}"
        do = "beyond it the times leave the range of floating-point numbers, so change the loads"
        raise refusal(need, f"{least:g} to {most:g}", do)
    return name


def _travels(activation: str | Activation) -> bool:
    try:
        pickle.dumps(activation)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True


def _stamp(ratios: Floats, shared: _Manifold) -> dict[str, Any]:
    """Everything that the rows depend on; of the activation, its name and values."""
    name, function = activation_of(shared.activation)
    values = np.asarray(function(np.linspace(-8, 8, 1025)), dtype=np.float64)
    stamp = asdict(shared) | {"version": __version__, "schema_version": SCHEMA_VERSION, "activation": name}
    return stamp | {"values": hashlib.sha256(values.tobytes()).hexdigest(), "latent_ratios": ratios.tolist()}
