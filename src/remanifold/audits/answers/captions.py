"""The answer about the captions of a text-conditional network: what do they add to its memory?"""

from remanifold.audits.answers.answer import Answer
from remanifold.audits.answers.numbers import count, measured, number, whole
from remanifold.audits.noun import noun
from remanifold.audits.records.audit import AuditRecord
from remanifold.data.pictures.noun import an

_LEVEL = 0.05


def captions(report: AuditRecord) -> Answer | None:
    """What do captions add to its memory?"""
    model = report.model
    if model is None or model.captions is None:
        return None
    added = model.captions
    row = noun(report)
    gains = (
        f"{measured(added.gain_training)} nats on training {row}s and {measured(added.gain_holdout)} on hold-out {row}s"
    )
    bound, told_bound = added.p_value_bound, ""
    if bound is not None and added.bound_training is not None and added.bound_holdout is not None:
        own_gain, other_gain = measured(added.bound_training), measured(added.bound_holdout)
        told_bound = (
            f" Beside the caption of another {row} the own one lowers it by {own_gain} and {other_gain} nats "
            f"(p = {number(bound)})."
        )
    more, leads = added.p_value < _LEVEL, bound is not None and bound < _LEVEL
    first = f"No more than they tell of unseen {row}s. The gain over the empty caption is"
    if leads:
        first = f"They lead to training {row}s. The gain of the own caption over the empty one is"
    elif more:
        first = (
            f"Captions lower the loss on training {row}s more than on hold-out {row}s, but not the own one more than "
            f"another's: that is a difference of style. The gain over the empty caption is"
            if bound is not None
            else f"The caption lowers the loss on training {row}s more than on hold-out {row}s. The gain is"
        )
    empty = "none" if added.index_empty is None else measured(added.index_empty)
    own = "none" if model.index is None else measured(model.index)
    cut = f" {count(added.cut, 'caption')} longer than the text encoder reads." if added.cut else ""
    return Answer(
        "What do captions add to its memory?",
        f"{first} {gains} (p = {number(added.p_value)}).{told_bound} With the empty caption the memory index is "
        f"{empty} (p = {number(added.p_value_empty)}), with each {row}'s own it is {own}.",
        f"Gain of {an(row)}: log(loss with the empty caption / loss with its own), mean over the levels at and below "
        f"the collapse, the same noise for both; errors over {row}s; null: {row}s with their captions are exchangeable "
        "(Mann-Whitney). "
        f"AUC of the loss with the empty caption {measured(added.told_apart_empty)}. {whole(added.n_training)} "
        f"different captions of training {row}s, {whole(added.n_holdout)} of hold-out {row}s.{cut} "
        f"{_told(added.reading)}",
        "Make sure that both sides were captioned by the same hand or program. Draw samples of the training captions "
        "(remanifold sample --prompts) and search them for copies; write several "
        "captions for a picture, and none that names one picture alone."
        if more or leads
        else "Draw samples of the training captions (remanifold sample --prompts) too, and search them for copies.",
        key="captions",
        headline=f"gain {measured(added.gain_training)} against {measured(added.gain_holdout)} nats",
        concern=leads or (more and bound is None),
    )


def _told(reading: tuple[str, ...]) -> str:
    """How captions were found."""
    text = "; ".join(reading)
    return f"{text[:1].upper()}{text[1:]}." if text else ""
