"""The answers about a trained network: does it remember its training rows, which, and was that foreseen?"""

import math

from remanifold._core.estimate import Estimate
from remanifold.audits.answers.answer import Answer, missing
from remanifold.audits.answers.numbers import count, listed, measured, number, share, whole
from remanifold.audits.answers.row_names import listed_rows
from remanifold.audits.noun import noun
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.network import NetworkRecord, TurnLevel
from remanifold.data.pictures.noun import an
from remanifold.noise import MeasuredLevel

_CLEAR = 0.1  # of the empirical score's memory: less is told apart from none, but small


def memory(report: AuditRecord) -> Answer | None:
    """Does this model remember its training rows?"""
    row = noun(report)
    model = report.model
    if model is None:
        return None
    question = f"Does this model remember its training {row}s?"
    if model.told_apart is None or model.p_value is None:
        return missing("memory", question, "It cannot be known", model.reason)
    doubt = _holdout(report)
    verdict = (
        f"It cannot be told for certain. {doubt} If they do not: {_verdict(report, model, row)}"
        if doubt
        else _verdict(report, model, row)
    )
    if model.control_p_value is not None and model.control_p_value < 0.01:
        verdict += (
            f" Far above the collapse the two sides differ too (p = {number(model.control_p_value)}): the hold-out may "
            "come from elsewhere, or memory reaches that far."
        )
    detail = (
        f"{_index(model)} AUC of the loss, training against hold-out {row}s: {measured(model.told_apart)} (1/2 without "
        "memory); "
        f"rank test of all {row}s p = {number(model.p_value)}; {_all_tests(model)}"
        f"n = {whole(model.n_training)} training and {whole(model.n_holdout)} hold-out {row}s{_of_groups(report)}, "
        f"{model.draws} noise "
        f"draws each, {whole(model.evaluations)} network evaluations.{_followed(model, row)}"
    )
    return Answer(
        question,
        verdict,
        detail,
        _advice(model, row),
        key="memory",
        headline="tests alone, no memory index" if model.index is None else f"memory index {measured(model.index)}",
        concern=bool(_significant(model) or model.outstanding),
    )


def _index(model: NetworkRecord) -> str:
    """The memory index and what it is, or why there is none."""
    if model.index is None or model.interval is None:
        return f"No memory index: {model.reason}."
    low, high = model.interval
    return (
        f"Memory index {measured(model.index)}, 95 % interval {number(low)} to {number(high)}. It is the "
        "network's hold-out minus training denoising loss over that of the exact empirical score. Both are summed over "
        "the levels at and below the collapse, under the same noise. 0: no memory; 1: the empirical score; lower is "
        "better."
    )


def _of_groups(report: AuditRecord) -> str:
    given = report.groups
    return "" if given is None else f" (of {given.n_training} and {given.n_holdout} groups, which the tests count)"


def _all_tests(model: NetworkRecord) -> str:
    told = [f"{test.name} {number(test.adjusted)}" for test in model.tests]
    together = f"adjusted for all tests together (Holm): {', '.join(told)}; " if told else ""
    return f"{together}false alarms {share(model.level)}; "


def _significant(model: NetworkRecord) -> list[str]:
    """Names of the tests that found memory, the surest first; reports of version 0.1 have one test only."""
    if not model.tests:
        lower = model.p_value is not None and model.p_value < model.level and _value(model) > 0
        return ["all rows"] if lower else []
    return [test.name for test in sorted(model.tests, key=lambda test: test.adjusted) if test.adjusted < model.level]


def _verdict(report: AuditRecord, model: NetworkRecord, row: str) -> str:
    names, index = _significant(model), "" if model.index is None else f" (index {measured(model.index)})"
    if "all rows" in names:
        little = ", a little" if model.index is not None and model.index.value < _CLEAR else ""
        size = f", by {share(max(0.0, min(1.0, _value(model))))} of what a perfect memorizer has" if index else ""
        return f"Yes{little}: below the collapse its loss on training {row}s is lower{size}."
    if names:
        rest = f"Over all {row}s together the loss is not lower at the stated level{index}."
        return f"Yes, some of them: {listed(names)}. {rest}"
    if model.outstanding:
        return (
            f"It cannot be told: no test is significant, but {count(len(model.outstanding), row)} "
            f"({listed_rows(report, model.outstanding)}) stand out far beyond every hold-out {row}."
        )
    return (
        f"No memory was found: the loss is not lower than on hold-out {row}s, at the stated level of all tests "
        f"together{index}. Tested were all {row}s together, a few of them and every group."
    )


def _value(model: NetworkRecord) -> float:
    """The index; 0 where there is none."""
    return 0.0 if model.index is None else model.index.value


def _followed(model: NetworkRecord, row: str) -> str:
    """Whether it is nearer to the empirical score or to that of the law, where that is known."""
    known = [k for k, level in enumerate(model.levels) if level.used]
    if not model.population_distance or not known:
        return ""
    top = known[-1]
    own, law = model.distance, model.population_distance
    nearer = [own[k].value < law[k].value for k in known]
    which = f"its {row}s" if nearer[-1] else "the law behind them"
    return (
        f" At hold-out {row}s with noise σ = {number(model.levels[top].t.sigma)} it is {measured(own[top])} σ "
        f"from the empirical score of its {row}s, and {measured(law[top])} σ from that of the law behind them. "
        f"The two are {measured(model.scores_apart[top])} σ apart: it is nearer to that of {which}. At {sum(nearer)} "
        f"of the {len(nearer)} levels of the index it is nearer to that of its {row}s."
    )


def _holdout(report: AuditRecord) -> str:
    """The warning of the data audit, which asks no network."""
    row = noun(report)
    check = report.holdout
    if check is None or not check.is_doubtful:
        return ""
    return (
        f"Hold-out {row}s lie at other distances from the training {row}s than these from each other (see the hold-out "
        "below). They may come from elsewhere, which looks like memory or hides it."
    )


def _advice(model: NetworkRecord, row: str) -> str:
    if not _significant(model):
        return "Keep the hold-out for the next audit; look at samples too, since a small gap is no certificate."
    return (
        "Before a release: search its samples for copies (remanifold copies), remove duplicates, train less long "
        f"or on more {row}s, or stop sampling above the collapse. Stopping at the least test loss is no guarantee."
    )


def rows(report: AuditRecord) -> Answer | None:
    """Which rows does it remember, and was that foreseen?"""
    row = noun(report)
    model = report.model
    if model is None or model.p_value is None:
        return None
    question = f"Which {row}s does this model remember?"
    named = model.remembered
    first = (
        f"No {row} can be named." if not named else f"{count(len(named), row)} of {whole(model.n_training)}, first: "
    )
    first += f"{listed_rows(report, [item.row for item in named])}." if named else ""
    detail = (
        f"{an(row).capitalize()} is named where its loss is lower than the losses of equally hard hold-out {row}s "
        f"explain. The false discovery rate is {share(model.rate)} (Benjamini and Hochberg). More are named with more "
        f"network evaluations and more hold-out {row}s."
    )
    if model.fewest_named is not None and model.fewest_named > 1:
        given = report.groups
        rows = f"{row}s" if given is None else "groups"
        few = (
            f"{whole(model.n_holdout)} hold-out {row}s"
            if given is None
            else f"{given.n_holdout} groups in the hold-out"
        )
        detail += f" With {few}, {rows} can be named only if there are {model.fewest_named} or more."
    if model.gap_duplicated is not None and model.gap_alone is not None:
        gaps = measured(model.gap_duplicated), measured(model.gap_alone)
        detail += f" Mean loss gap of duplicates {gaps[0]} nats, of the others {gaps[1]}."
    doubt = "Only if the hold-out is from the same source: " if _holdout(report) else ""
    return Answer(
        question,
        f"{doubt}{first} {_foreseen(model)}",
        detail,
        f"Look at these {row}s first: remove those that must not be given back, and train again."
        if named
        else f"Nothing about single {row}s: none is named, which does not mean that none is remembered.",
        key="remembered",
        headline="none named" if not named else f"{len(named)} of {model.n_training} {row}s",
        concern=bool(named),
    )


def _foreseen(model: NetworkRecord) -> str:
    """Whether the ranking made before training came true."""
    agreement = model.agreement
    if agreement is None:
        return f"The ranking by exposure could not be compared: {model.agreement_reason}."
    low, high = agreement.interval
    interval = f"95 % interval {number(low)} to {number(high)}, n = {agreement.n}"
    words = f"Spearman correlation {number(agreement.value)}, {interval}"
    if low > 0:
        return f"The ranking by exposure, made from the data alone, came true in part ({words})."
    if high < 0:
        return f"The ranking by exposure did not come true: the order is rather the reverse ({words})."
    return f"The ranking by exposure says nothing about this model ({words})."


def turns(report: AuditRecord) -> Answer | None:
    """Do noise and denoising lead back to training rows?"""
    row = noun(report)
    model = report.model
    if model is None or not model.turns:
        return None
    middle = model.turns[len(model.turns) // 2]
    return Answer(
        f"Do noise and denoising lead back to training {row}s?",
        f"After noise to the collapse (σ = {number(middle.t.sigma)}) and denoising, {_percent(middle.training)} "
        f"of the training {row}s return to themselves, against {_percent(middle.holdout)} of the hold-out {row}s. With "
        f"the exact score {_percent(middle.exact_training)} of the training {row}s would. "
        f"{_captured(model.turns, row)}",
        f"{an(row).capitalize()} has returned if no training {row} is nearer to the end than it is; a near copy lies "
        f"within a third of the way to a training {row}; reverse SDE; null: equal shares. "
        f"{_basin(model, row)}{_flow(model, row)}",
        f"A share of training {row}s well above that of hold-out {row}s is memory that plain sampling may not show.",
        key="turns",
        headline=f"{_percent(middle.training)} against {_percent(middle.holdout)} return",
    )


def _percent(part: Estimate) -> str:
    if part.stderr == 0:  # of rows that all did the same: the error is not known to be 0
        return f"{100 * part.value:.0f} %"
    return f"{100 * part.value:.0f} ± {100 * part.stderr:.0f} %"


def _captured(levels: tuple[TurnLevel, ...], row: str) -> str:
    for level in levels:
        if level.captured is not None:
            rounds = len(level.captured) - 1
            return (
                f"After one noise-denoise cycle (σ = {number(level.t.sigma)}) {100 * level.captured[1]:.0f} % of "
                f"the hold-out {row}s have become near copies of a training {row}; after {rounds}, "
                f"{100 * level.captured[-1]:.0f} %."
            )
    return ""


def _basin(model: NetworkRecord, row: str) -> str:
    if model.basin is None or model.basin[1] is None:
        return ""
    own = "none where half return" if model.basin[0] is None else _sigma(model.basin[0], row)
    exact = _sigma(model.basin[1], row)
    return f"Basin from the collapse, noise added to {an(row)} from which half return: {own}; exact score {exact}. "


def _sigma(delta: MeasuredLevel, row: str) -> str:
    """A noise variance with its error, as a standard deviation."""
    error = f"± {number(delta.sigma_stderr)}" if math.isfinite(delta.stderr) else f"error unknown, too few {row}s"
    return f"σ = {number(delta.sigma)} ({error})"


def _flow(model: NetworkRecord, row: str) -> str:
    same, far = model.flow_same[0], model.flow_distance[0]
    if same is None or far is None:
        return ""
    words = (
        "From the same pure noise the probability flows of network and empirical score end nearest to the same "
        f"training {row} in {share(same)} of the cases. Their ends lie {number(far)} as far apart as those from "
        "different noise."
    )
    if model.flow_distance[1] is not None:
        words += f" Of the other model: {number(model.flow_distance[1])}."
    return words
