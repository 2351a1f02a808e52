"""The answer of ``remanifold phases`` for people: a few sentences, and every time in every clock."""

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from remanifold.theory import Phases
    from remanifold.theory.finite.size_times import FiniteSizeTimes

_ROWS = (
    ("onset of traps", "t_onset"),
    ("infinite variance", "t_infinite_variance"),
    ("collapse", "t_collapse"),
    ("condensation", "t_condensation"),
    ("generalization", "t_generalization"),
)


def print_phases(answer: "Phases") -> None:
    """Write the answer to stdout; plain text where stdout is not a terminal."""
    console = Console(highlight=False, soft_wrap=True)
    for sentence in _sentences(answer):
        console.print(sentence, markup=False)
    for note in answer.notes:
        console.print(f"Warning: {note}", markup=False)
    console.print()
    plain = answer.to_dict()
    if any(plain[name] is not None for _, name in _ROWS):  # else the sentence says why there are none
        console.print(_clock_table(plain, "Asymptotic theory: noise levels for large dimension at fixed load"))
        console.print()
        console.print(_ddpm_table(plain))
        console.print()
    if answer.finite_size is None:
        console.print(f"Finite-size theory: none, since {answer.finite_size_reason}.", markup=False)
    else:
        console.print(_clock_table(plain["finite_size"], f"Finite-size theory: {_size(plain['finite_size'])}"))
        console.print(f"This is what experiments of this size measure on average, {_averaged(answer)};", markup=False)
        console.print("  +- is the numerical error of the prediction, not the scatter of experiments.", markup=False)
        if answer.finite_size.spreads is not None:
            onset, collapse, best = (f"{100 * spread:.2g} %" for spread in answer.finite_size.spreads)
            console.print(
                f"  Draws of F differ in t by {onset} (traps), {collapse} (collapse), {best} (best).", markup=False
            )
    console.print("t is the noise variance per coordinate.", markup=False)


def print_times(times: "FiniteSizeTimes") -> None:
    """Write the times of one size to stdout."""
    console, plain = Console(highlight=False, soft_wrap=True), times.to_dict()
    console.print(_clock_table(plain, f"Finite-size theory: {_size(plain)}"))
    console.print("t is the noise variance per coordinate, +- the error of the prediction.", markup=False)


def _size(plain: dict[str, Any]) -> str:
    return f"P = {plain['n_points']}, N = {plain['ambient_dim']}, D = {plain['latent_dim']}"


def _averaged(answer: "Phases") -> str:
    finite = answer.finite_size
    drawn = answer.ensemble == "gaussian" or (finite is not None and finite.spreads is not None)
    return "over draws of F and of the data" if drawn else "over draws of the data"


def _sentences(answer: "Phases") -> list[str]:
    data = (
        f"Data: {answer.ensemble}, {answer.activation}; load log(P)/N = {answer.load:.6g}, "
        f"latent ratio D/N = {answer.latent_ratio:.6g}."
    )
    if answer.t_collapse is None or answer.t_onset is None or answer.t_generalization is None:
        return [
            data,
            f"For large dimension: none, since {answer.t_collapse_reason}.",
            *_at_this_size(answer.finite_size),
        ]
    radius = answer.basin.radius
    reach = "" if radius is None else f", a distance of {radius[0]:.6g}"
    return [
        data,
        "For large dimension at this load (asymptotic theory):",
        f"Below sigma = {answer.t_onset.sigma:.6g} every training point is a trap for samples that come near it.",
        f"Below sigma = {answer.t_collapse.sigma:.6g} typical samples collapse: each belongs to one training point,",
        f"  which then attracts everything within noise sigma = {answer.basin.delta[0] ** 0.5:.6g}{reach}.",
        f"Samples stopped at sigma = {answer.t_generalization.sigma:.6g} fit fresh data best.",
        *_at_this_size(answer.finite_size),
    ]


def _at_this_size(times: "FiniteSizeTimes | None") -> list[str]:
    if times is None:
        return []
    levels = (times.t_onset, times.t_collapse, times.t_generalization)
    onset, collapse, best = (f"{level.sigma:.4g}" for level in levels)
    return [
        f"At this size (finite-size theory) these are sigma = {onset} (traps), {collapse} (collapse), {best} (best)."
    ]


def _clock_table(plain: dict[str, Any], title: str) -> Table:
    """The levels in ``plain``, one row each, with the error of t where it is given."""
    present = [(label, name) for label, name in _ROWS if name in plain]
    with_errors = any(plain[name] is not None and "stderr" in plain[name] for _, name in present)
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    for column in ("t", *(["+-"] if with_errors else []), "sigma", "VP time", "flow time"):
        table.add_column(column, justify="right")
    for label, name in present:
        level = plain[name]
        if level is None:
            table.add_row(label, "never")
            continue
        clocks = level["clocks"]
        error = [f"{level['stderr']:.1g}"] if with_errors else []
        rest = (clocks["sigma"], clocks["vp_time"], clocks["flow_time"])
        table.add_row(label, f"{level['value']:.6g}", *error, *("-" if x is None else f"{x:.6g}" for x in rest))
    return table


def _ddpm_table(plain: dict[str, Any]) -> Table:
    names = [name for _, name in _ROWS if plain[name] is not None]
    schedules = list(plain[names[0]]["clocks"]["ddpm"]) if names else []
    table = Table(
        title="Nearest step of 1000-step DDPM schedules (0 = least noise)",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    table.add_column("")
    for schedule in schedules:
        table.add_column(schedule, justify="right")
    for label, name in _ROWS:
        if plain[name] is not None:
            steps = plain[name]["clocks"]["ddpm"]
            table.add_row(label, *(_step(steps[schedule]) for schedule in schedules))
    return table


def _step(clock: dict[str, Any]) -> str:
    return "out of range" if clock["step"] is None else f"{clock['step']} (t = {clock['t']:.4g})"
