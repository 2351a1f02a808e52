"""What an audit answers, in order, and what it does not say; the terminal, the page and the card all read it here."""

from remanifold.audits.answers import network as model_answers
from remanifold.audits.answers import noise as noise_answers
from remanifold.audits.answers import rows as row_answers
from remanifold.audits.answers.answer import Answer
from remanifold.audits.answers.captions import captions
from remanifold.audits.answers.samples import about_samples
from remanifold.audits.answers.theory import gaussian, manifold, samples_needed
from remanifold.audits.answers.unit import answer_in_unit, unit
from remanifold.audits.noun import noun
from remanifold.audits.records.audit import AuditRecord

_LIMITS = (
    "It is about the data under the exact empirical score, the worst case: a model that fits the set perfectly. A "
    "trained network may memorize less, later, or other {row}s; only a test of that network says so.",
    "Exposure under the empirical score ranks isolated {row}s first. It is not a ranking of what a trained network "
    "copies: networks were seen to copy duplicated and typical {row}s first.",
    "It is not a certificate of privacy. Nothing here bounds what an attacker learns, and stopping the training or "
    "the sampling early is no guarantee.",
    "Distances are Euclidean in the numbers as given. Copies that were shifted, cropped, flipped, recoloured or "
    "re-encoded are far apart and are not found. Audit what the network sees: latents, crops, flips.",
    "Noise levels scale with the data: a set in 0..255 and the same set in -1..1 differ by a factor 127.5 in σ. "
    "Compare levels only after the same preprocessing, or in units of the data's standard deviation.",
    "Errors are over query {row}s and noise draws, given this data set. Another draw of the data varies more, and the "
    "levels depend on the number of {row}s: never compare sets of different size as if that were nothing.",
    "The Gaussian reference is an average over Gaussian data sets of the same size and covariance, not a bound.",
)
LIMITS = tuple(text.format(row="row") for text in _LIMITS)
"""What the report does not say."""


def limits_of(report: AuditRecord) -> tuple[str, ...]:
    """`LIMITS` of ``report``: images where rows are images, scaled columns where these are."""
    row, scaling = noun(report), report.data.standardize
    told = tuple(text.format(row=row) for text in _LIMITS)
    if scaling is None or scaling.kind == "none":
        return told
    return tuple(text.replace("in the numbers as given", f"in columns scaled by the training {row}s") for text in told)


def answers_of(report: AuditRecord) -> tuple[Answer, ...]:
    """The answers of ``report`` in reading order; the question about classes only where there are labels,
    those about a trained network or its samples only where these were audited."""
    asked = (
        about_samples(report),
        model_answers.memory(report),
        captions(report),
        model_answers.rows(report),
        model_answers.turns(report),
        noise_answers.collapse(report),
        noise_answers.onset(report),
        noise_answers.generalization(report),
        row_answers.exposure(report),
        row_answers.duplicates(report),
        samples_needed(report),
        gaussian(report),
        manifold(report),
        row_answers.holdout(report),
        row_answers.classes(report),
    )
    words = unit(report)
    return tuple(answer_in_unit(answer, words) for answer in asked if answer is not None)
