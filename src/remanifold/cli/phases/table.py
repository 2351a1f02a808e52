"""The answer of ``remanifold phases`` for people: what each noise level means, and every time in every clock."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from remanifold.cli.output import echo, heading, paragraph, width

if TYPE_CHECKING:
    from remanifold.theory import Phases
    from remanifold.theory.finite.size_times import FiniteSizeTimes

_ROWS = {
    "t_onset": ("onset of traps", "below it each training point attracts samples that come near it"),
    "t_infinite_variance": ("infinite variance", "below it the empirical density at an unseen point has no variance"),
    "t_collapse": ("collapse", "below it each typical sample belongs to one training point"),
    "t_condensation": ("condensation", "below it an unseen point sees one training point only"),
    "t_generalization": ("best stop", "samples stopped here fit unseen data best"),
}
_CLOCKS = {"sigma": "sigma", "vp_time": "VP time", "flow_time": "flow time"}
_OWN = "--data-sd gives the levels for yours"
_TOLD = 2.0  # times a spread that its bound may be, for it to be told from noise
_FEWEST = 30  # columns of an explanation beside its level; else it goes below


def print_phases(answer: "Phases") -> None:
    """Write the answer to stdout."""
    plain, finite = answer.to_dict(), answer.finite_size
    present = [name for name in _ROWS if plain[name] is not None]
    kind = f"Data: {answer.ensemble}, {answer.activation}; load log(P)/N = {answer.load:.3g}, "
    paragraph(f"{kind}latent ratio D/N = {answer.latent_ratio:.3g}.")
    paragraph(_unit(answer))
    for note in answer.notes:
        paragraph(f"Warning: {note}")
    echo("")
    if finite is not None:
        heading(f"At this size ({_size(plain['finite_size'])})")
        _explained(plain["finite_size"], [name for name in _ROWS if plain["finite_size"].get(name) is not None])
        echo("")
    if present:  # else the sentence says why there are none
        heading("For large dimension at this load (asymptotic theory)")
        _explained(plain, present)
        _basin(answer)
        echo("")
        _clocks(plain, list(_ROWS), "Asymptotic theory: noise levels for large dimension at fixed load")
        _ddpm(plain, present, answer.data_sd)
    else:
        paragraph(f"For large dimension: none, since {answer.t_collapse_reason}.")
    if finite is None:
        paragraph(f"Finite-size theory: none, since {answer.finite_size_reason}.")
    else:
        print_times(finite)
        times = plain["finite_size"]
        _ddpm(times, [name for name in _ROWS if times.get(name) is not None], answer.data_sd)
        paragraph(
            f"This is what experiments of this size measure on average, {_averaged(answer)}; +- is the numerical error "
            "of the prediction, not the scatter of experiments."
        )
        if finite.spreads is not None and finite.spread_bounds is not None:
            names = ("traps", "collapse", "best stop")
            told = map(_spread, names, finite.spreads, finite.spread_bounds)
            paragraph(f"Draws of F differ in t by {', '.join(told)}.")
    paragraph("t is the noise variance per coordinate, sigma its root. --json has all digits.")


def _spread(name: str, spread: float, bound: float) -> str:
    """Of few draws: what it is about and at most, or at most alone where it is not told from noise."""
    most = f"at most {100 * bound:.2g} %"
    return f"{most} ({name})" if bound > _TOLD * spread else f"{100 * spread:.2g} % ({name}, {most})"


def print_times(times: "FiniteSizeTimes") -> None:
    """Write the times of one size to stdout."""
    plain = times.to_dict()
    names = [name for name in _ROWS if name in plain]
    _clocks(plain, names, f"Finite-size theory: {_size(plain)}")


def _size(plain: dict[str, Any]) -> str:
    return f"P = {plain['n_points']}, N = {plain['ambient_dim']}, D = {plain['latent_dim']}"


def _averaged(answer: "Phases") -> str:
    finite = answer.finite_size
    drawn = answer.ensemble == "gaussian" or (finite is not None and finite.spreads is not None)
    return "over draws of F and of the data" if drawn else "over draws of the data"


def _unit(answer: "Phases") -> str:
    """The scale of the data that the noise levels refer to."""
    if answer.ensemble == "spectrum" and not answer.is_rescaled:
        return "Unit: that of your eigenvalues; t compares with them, sigma with their roots."
    sd = f"{answer.data_sd:.3g}"
    if answer.is_rescaled:
        return f"Unit: that of your data, whose coordinates have standard deviation {sd}."
    if answer.activation == "linear":
        return f"Unit: the standard deviation of a coordinate, {sd} on average; {_OWN}."
    return (
        f"Unit: that of the linear coordinates before {answer.activation}, which have standard deviation 1 on average; "
        f"the data, after it, have {sd}; {_OWN}."
    )


def _explained(plain: dict[str, Any], names: Sequence[str]) -> None:
    """One line a level: its sigma, and what it means."""
    for name in names:
        label, meaning = _ROWS[name]
        first = f"  {label:<18} sigma {plain[name]['clocks']['sigma']:<8.3g} "
        if width() < len(first) + _FEWEST:
            paragraph(f"{label} sigma {plain[name]['clocks']['sigma']:.3g}: {meaning}", "  ", "    ")
        else:
            paragraph(meaning, first, " " * len(first))


def _basin(answer: "Phases") -> None:
    radius = answer.basin.radius
    reach = "" if radius is None else f", a distance of {radius[0]:.3g}"
    noise = f"noise sigma = {answer.basin.delta[0] ** 0.5:.3g}{reach}"
    paragraph(f"At the collapse a training point attracts everything within {noise}.", "  ")


def _clocks(plain: dict[str, Any], names: Sequence[str], title: str) -> None:
    """The levels in ``plain``, one row each, with the error of t where it is given."""
    with_errors = any(plain[name] is not None and "stderr" in plain[name] for name in names)
    rows = [["", "t", *(["+-"] if with_errors else []), *_CLOCKS.values()]]
    for name in names:
        level = plain[name]
        if level is None:
            rows.append([_ROWS[name][0], "never"])
            continue
        error = [f"{level['stderr']:.1g}"] if with_errors else []
        clocks = (level["clocks"][clock] for clock in _CLOCKS)
        rows.append(
            [_ROWS[name][0], f"{level['value']:.4g}", *error, *("-" if x is None else f"{x:.4g}" for x in clocks)]
        )
    _table(title, rows)


def _ddpm(plain: dict[str, Any], names: Sequence[str], data_sd: float) -> None:
    schedules = list(plain[names[0]]["clocks"]["ddpm"])
    rows = [["", *schedules]]
    for name in names:
        steps = plain[name]["clocks"]["ddpm"]
        rows.append([_ROWS[name][0], *(_step(steps[schedule]) for schedule in schedules)])
    _table(
        f"Nearest step of 1000-step DDPM schedules (0 = least noise), data of standard deviation {data_sd:.3g}", rows
    )


def _step(clock: dict[str, Any]) -> str:
    return "out of range" if clock["step"] is None else str(clock["step"])


def _table(title: str, rows: list[list[str]]) -> None:
    """``rows``, the first of them names; a list of pairs each where the terminal is too narrow for columns."""
    heading(title)
    filled = [[*row, *[""] * (len(rows[0]) - len(row))] for row in rows]
    widths = [max(map(len, column)) for column in zip(*filled, strict=True)]
    if sum(widths) + 2 * len(widths) <= width():
        for row in filled:
            cells = [row[0].ljust(widths[0]), *(text.rjust(size) for text, size in zip(row[1:], widths[1:]))]
            echo("  ".join(cells).rstrip())
    else:
        for row in rows[1:]:
            pairs = ", ".join(f"{name} {text}" for name, text in zip(rows[0][1:], row[1:]))
            paragraph(f"{row[0]}: {pairs}", "", "  ")
    echo("")
