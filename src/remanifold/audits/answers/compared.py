"""What a comparison of models says, in sentences."""

import math
import re

from remanifold.audits.answers.numbers import count, listed, number, with_error
from remanifold.audits.noun import noun
from remanifold.audits.records.compared import ComparedModel, ComparisonRecord

_NAMED = 4
_NUMBERS = re.compile(r" \([^()]*(?: = | ± )[^()]*\)")


def compared_answer(report: ComparisonRecord, *, exact: bool = True) -> str:
    """Where memory first shows and where the hold-out loss is least; ``exact``: with numbers, errors and p-values."""
    answer = f"{_memory(report)} {_least(report)} {_samples(report)}".rstrip()
    return answer if exact else _NUMBERS.sub("", answer)


def compared_state(report: ComparisonRecord) -> str:
    """One word or two."""
    if any(map(copies_rows, report.models)):
        return "remembers"
    return "cannot tell" if report.doubts else "not shown" if report.first is None else "remembers"


def compared_advice(report: ComparisonRecord) -> str:
    """What to do."""
    row = noun(report)
    if report.doubts:
        return (
            f"Take hold-out {row}s that are training {row}s out, or bring both sets to one source, split at random, "
            "and compare again."
        )
    if report.first is None and not any(map(copies_rows, report.models)):
        return "This is no all-clear: run `remanifold audit --model` on the checkpoint that you release."
    safer = [shown_name(model) for model in report.models if not model.remembers and not copies_rows(model)]
    if safer:
        which = "it" if len(safer) == 1 else "the one that you release"
        return f"Safer: {listed(safer, _NAMED)}. Run `remanifold audit --model` on {which} first: this is no all-clear."
    earlier = "Compare earlier checkpoints, or train" if report.models[0].step is not None else "Train less long, or"
    return f"{earlier} on more {row}s; audit the model that you release."


def compared_facts(report: ComparisonRecord) -> str:
    """Rows, levels and noise that all models share."""
    row = noun(report)
    sigmas = ", ".join(number(math.sqrt(t)) for t in report.t)
    draws = count(report.draws, "noise draw")
    return (
        f"{report.n_training} training {row}s and {report.n_holdout} hold-out {row}s, {draws} each, the same for every "
        f"model, at σ = {sigmas}; the data collapse at σ = {number(report.t_collapse.sigma)}. Losses are those of the "
        "noise, mean over these levels. Errors are standard errors; a change is the difference to the model before, "
        f"its error that of {row}s under the same noise. p-values are adjusted for all models (Holm), and a false "
        f"alarm among all has a chance of {100 * report.level:.0f} % at most. The test is of all {row}s together: "
        f"memory of a few {row}s alone is for `remanifold audit`.{_of_samples(report)}"
    )


def _of_samples(report: ComparisonRecord) -> str:
    drawn = report.models[0].samples
    if drawn is None:
        return ""
    return (
        f" {count(drawn.n, 'sample')} of each model from the same noise, of classes or captions drawn from those of "
        f"both sides: the share nearer to training than to hold-out "
        f"{noun(report)}s, beside the share expected without copying, and those named as copies. Each verdict on "
        "samples stands by itself, at 5 %."
    )


def copies_rows(model: ComparedModel) -> bool:
    """Whether its samples, by themselves, show that it gives training rows back."""
    return model.samples is not None and model.samples.verdict == "remembers"


def shown_name(model: ComparedModel) -> str:
    """The name, or the step where it is known."""
    return model.name if model.step is None else f"step {model.step}"


def _memory(report: ComparisonRecord) -> str:
    if report.doubts:
        return f"It cannot be told which models remember: {report.doubts[0]}."
    total = len(report.models)
    if report.first is None:
        least = min(model.adjusted for model in report.models)
        words = "Losses show memory" if any(map(copies_rows, report.models)) else "Memory is shown"
        return f"{words} in none of the {total} models (smallest adjusted p = {number(least)})."
    place = next(k for k, model in enumerate(report.models) if model.name == report.first)
    model = report.models[place]
    index = "" if model.index is None else f"index {with_error(model.index.value, model.index.stderr)}, "
    where = f"Memory first shows at {shown_name(model)} ({index}adjusted p = {number(model.adjusted)})"
    later = [shown_name(other) for other in report.models[place:] if not other.remembers]
    gone = f" It is not shown in {listed(later, _NAMED)}, which came later." if later else ""
    if not place:
        return f"{where}, the first of the {total} models.{gone}"
    return f"{where}; up to {shown_name(report.models[place - 1])} it is not shown.{gone}"


def _least(report: ComparisonRecord) -> str:
    model = next(model for model in report.models if model.name == report.least_holdout)
    loss = with_error(model.holdout_loss.value, model.holdout_loss.stderr)
    if len({other.holdout_loss.value for other in report.models}) == 1:
        return f"The hold-out loss is the same for all ({loss})."
    return f"The hold-out loss is least at {shown_name(model)} ({loss})."


def _samples(report: ComparisonRecord) -> str:
    """Whose samples show copying; nothing where none were drawn."""
    drawn = [model for model in report.models if model.samples is not None]
    if not drawn:
        return ""
    copying = [shown_name(model) for model in drawn if copies_rows(model)]
    n = max(model.samples.n for model in drawn if model.samples is not None)
    told = count(n, "sample")
    where = f"at {listed(copying, _NAMED)} (each tested at 5 %)" if copying else "in none"
    return f"Among {told} of each, copying is shown {where}."
