"""The answers about a trained network: does it remember its training rows, which, and was that foreseen?"""

import math

from remanifold._core.estimate import Estimate
from remanifold.audits.answers.answer import Answer, missing
from remanifold.audits.answers.numbers import count, listed, measured, number, share, whole
from remanifold.audits.answers.rows import DOUBTFUL, closer_z
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.network import NetworkRecord, TurnLevel
from remanifold.noise import MeasuredLevel

_CLEAR = 0.1  # of the empirical score's memory: less is told apart from none, but small


def memory(report: AuditRecord) -> Answer | None:
    """Does this model remember its training rows?"""
    model = report.model
    if model is None:
        return None
    question = "Does this model remember its training rows?"
    if model.index is None or model.interval is None or model.told_apart is None or model.p_value is None:
        return missing("memory", question, "It cannot be known", model.reason)
    low, high = model.interval
    doubt = _holdout(report)
    verdict = f"It cannot be told for certain. {doubt} If they do not: {_verdict(model)}" if doubt else _verdict(model)
    verdict += _control(model)
    detail = (
        f"Memory index {measured(model.index)}, 95 % interval {number(low)} to {number(high)}: the network's "
        "held-out minus training denoising loss, over the same of the exact empirical score under the same noise, "
        "summed over the levels at and below the collapse; 0 no memory, 1 the empirical score; lower is better. A "
        f"training row has a lower loss than a held-out row with probability {measured(model.told_apart)} "
        f"(1/2 without memory); rank test p = {number(model.p_value)}, false alarms {share(model.level)}; "
        f"n = {whole(model.n_training)} training and {whole(model.n_holdout)} held-out rows, {model.draws} noise "
        f"draws each, {whole(model.evaluations)} network evaluations.{_followed(model)}"
    )
    return Answer(
        question,
        verdict,
        detail,
        _advice(model),
        key="memory",
        headline=f"memory index {measured(model.index)}",
        concern=_remembers(model),
    )


def _remembers(model: NetworkRecord) -> bool:
    return (
        model.p_value is not None and model.p_value < model.level and model.index is not None and model.index.value > 0
    )


def _verdict(model: NetworkRecord) -> str:
    index = model.index or Estimate(0.0, 0.0, 0)
    if model.p_value is not None and model.p_value < model.level and index.value <= 0:
        return (
            "No memory was found: its loss tells training rows from held-out rows, but not by a lower loss on the "
            f"training rows (index {measured(index)})."
        )
    size = f"{share(max(0.0, min(1.0, index.value)))} of what a perfect memorizer has"
    if not _remembers(model):
        low, high = model.interval or (0.0, 0.0)
        beside = ", which excludes 0, but the test does not confirm it" if low > 0 else ""
        return (
            "No memory was found: its loss does not tell training rows from held-out rows at the stated level. With "
            f"these rows the index lies between {number(low)} and {number(high)}{beside}; less memory than that would "
            "be missed."
        )
    if index.value < _CLEAR:
        return f"Yes, a little: below the collapse its loss knows the training rows, by {size}."
    return f"Yes: below the collapse its loss knows the training rows, by {size}."


def _followed(model: NetworkRecord) -> str:
    """Whether it is nearer to the empirical score or to that of the law, where that is known."""
    known = [k for k, level in enumerate(model.levels) if level.used]
    if not model.population_distance or not known:
        return ""
    top = known[-1]
    own, law = model.distance, model.population_distance
    nearer = [own[k].value < law[k].value for k in known]
    which = "its rows" if nearer[-1] else "the law behind them"
    return (
        f" At held-out rows with noise σ = {number(model.levels[top].t.sigma)} it is {measured(own[top])} σ "
        f"from the empirical score of its rows and {measured(law[top])} σ from the score of the law behind them, "
        f"which are {measured(model.scores_apart[top])} σ apart: nearer to that of {which}; at {sum(nearer)} of the "
        f"{len(nearer)} levels of the index it is nearer to that of its rows."
    )


def _control(model: NetworkRecord) -> str:
    if model.control_p_value is None or model.control_p_value >= 0.01:
        return ""
    return (
        f" Far above the collapse the two sides differ too (p = {number(model.control_p_value)}): the hold-out may "
        "come from elsewhere, or memory reaches that far."
    )


def _holdout(report: AuditRecord) -> str:
    """The warning of the data audit, which asks no network."""
    check = report.holdout
    if check is None or abs(closer_z(check)) <= DOUBTFUL:
        return ""
    return (
        "Held-out rows lie at other distances from the training rows than these from each other (see the hold-out "
        "below): they may come from elsewhere, which looks like memory or hides it."
    )


def _advice(model: NetworkRecord) -> str:
    if not _remembers(model):
        return "Keep the hold-out for the next audit; look at samples too, since a small gap is no certificate."
    return (
        "Before a release: search its samples for copies (remanifold copies), remove duplicated rows, train less long "
        "or on more rows, or stop sampling above the collapse. Stopping at the least test loss is no guarantee."
    )


def rows(report: AuditRecord) -> Answer | None:
    """Which rows does it remember, and was that foreseen?"""
    model = report.model
    if model is None or model.index is None:
        return None
    question = "Which rows does this model remember?"
    named = model.remembered
    first = "No row can be named." if not named else f"{count(len(named), 'row')} of {whole(model.n_training)}, first: "
    first += f"{listed([item.row for item in named[:8]])}." if named else ""
    detail = (
        f"A row is named where its loss is lower than held-out rows as hard as it explain, at a false discovery rate "
        f"of {share(model.rate)} (Benjamini and Hochberg)."
    )
    if model.fewest_named is not None and model.fewest_named > 1:
        detail += f" With {whole(model.n_holdout)} held-out rows, fewer than {model.fewest_named} rows cannot be named."
    detail += _twins(model)
    doubt = "Only if the hold-out is from the same source: " if _holdout(report) else ""
    return Answer(
        question,
        f"{doubt}{first} {_foreseen(model)}",
        detail,
        "Look at these rows first: remove those that must not be given back, and train again.",
        key="remembered",
        headline="none named" if not named else f"{len(named)} of {model.n_training} rows",
        concern=bool(named),
    )


def _twins(model: NetworkRecord) -> str:
    if model.gap_duplicated is None or model.gap_alone is None:
        return ""
    return (
        f" Mean loss gap of rows with copies {measured(model.gap_duplicated)} nats, of the others "
        f"{measured(model.gap_alone)}."
    )


def _foreseen(model: NetworkRecord) -> str:
    """Whether the ranking made before training came true."""
    found = model.agreement
    if found is None:
        return f"The ranking by exposure could not be compared: {model.agreement_reason}."
    low, high = found.interval
    words = f"rank correlation {number(found.value)}, 95 % interval {number(low)} to {number(high)}, n = {found.n}"
    if low > 0:
        return f"The ranking by exposure, made from the data alone, came true in part ({words})."
    if high < 0:
        return f"The ranking by exposure did not come true: the order is rather the reverse ({words})."
    return f"The ranking by exposure says nothing about this model ({words})."


def turns(report: AuditRecord) -> Answer | None:
    """Does noise and return lead back to training rows?"""
    model = report.model
    if model is None or not model.turns:
        return None
    middle = model.turns[len(model.turns) // 2]
    return Answer(
        "Does noise and return lead back to training rows?",
        f"Noised to the collapse (σ = {number(middle.t.sigma)}) and led back, {_percent(middle.training)} of the "
        f"training rows return to themselves, and {_percent(middle.holdout)} of the held-out rows; the empirical score "
        f"would return {_percent(middle.exact_training)}. {_captured(model.turns)}",
        f"A row has returned if no training row is nearer to the end than it is; reverse SDE; null: equal shares. "
        f"{_basin(model)}{_flow(model)}",
        "A share of training rows well above that of held-out rows is memory that plain sampling may not show.",
        key="turns",
        headline=f"{_percent(middle.training)} against {_percent(middle.holdout)} return",
    )


def _percent(share: Estimate) -> str:
    if share.stderr == 0:  # of rows that all did the same: the error is not known to be 0
        return f"{100 * share.value:.0f} %"
    return f"{100 * share.value:.0f} ± {100 * share.stderr:.0f} %"


def _captured(levels: tuple[TurnLevel, ...]) -> str:
    for level in levels:
        if level.captured is not None:
            rounds = len(level.captured) - 1
            return (
                f"Of held-out rows, rounds of noise (σ = {number(level.t.sigma)}) and return bring "
                f"{100 * level.captured[1]:.0f} % after one and {100 * level.captured[-1]:.0f} % after {rounds} to "
                "within a third of the way to a training row."
            )
    return ""


def _basin(model: NetworkRecord) -> str:
    if model.basin is None or model.basin[1] is None:
        return ""
    own = "none where half return" if model.basin[0] is None else _sigma(model.basin[0])
    exact = _sigma(model.basin[1])
    return f"Basin from the collapse, noise added to a row from which half return: {own}; exact score {exact}. "


def _sigma(delta: MeasuredLevel) -> str:
    """A noise variance with its error, as a standard deviation."""
    known = math.isfinite(delta.stderr)
    error = f"± {number(delta.sigma_stderr)}" if known else "error unknown, too few rows"
    return f"σ = {number(delta.sigma)} ({error})"


def _flow(model: NetworkRecord) -> str:
    same, far = model.flow_same[0], model.flow_distance[0]
    if same is None or far is None:
        return ""
    words = (
        f"From the same pure noise the probability flow of the network and of the empirical score end nearest to the "
        f"same training row in {share(same)} of the cases, {number(far)} as far apart as from different noise."
    )
    if model.flow_distance[1] is not None:
        words += f" Of the other model: {number(model.flow_distance[1])}."
    return words
