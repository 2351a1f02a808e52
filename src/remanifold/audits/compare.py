"""Models side by side, such as the checkpoints of one training: the front door and its report."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from remanifold._core.checks import whole
from remanifold._core.compute import Compute
from remanifold._core.errors import refusal, require
from remanifold._core.files import require_writable_directory
from remanifold._core.kept.until_written import until_written
from remanifold._core.memory import hold_nothing_back
from remanifold._core.progress import Progress, silent
from remanifold._core.threads import held_to_threads, one_thread
from remanifold.audits.answers.unknown import holdout_doubts
from remanifold.audits.budget import require_budget
from remanifold.audits.compared_samples import require_samples, sampled_models
from remanifold.audits.data.groups import group_facts
from remanifold.audits.data.holdout import check_holdout
from remanifold.audits.expected import foretell_audit
from remanifold.audits.inputs import AuditOptions, open_inputs, survey_bytes
from remanifold.audits.network.audited_network import AuditedNetwork
from remanifold.audits.network.check import captioned, classes_of
from remanifold.audits.network.checkpoints import in_order
from remanifold.audits.network.comparison import LEVEL, compared_models
from remanifold.audits.network.comparison_parts import EXACT, PROFILE, kept_work
from remanifold.audits.network.latent_rows import in_latents
from remanifold.audits.network.models import NamedModel, checked_models
from remanifold.audits.network.sides import FEWEST_HOLDOUT, sides_of, usable_rows
from remanifold.audits.pages.compared import compared_html, compared_markdown
from remanifold.audits.prepared import distinct_points, identity_of, profiled
from remanifold.audits.records.compared import ComparisonRecord
from remanifold.audits.records.compared_scalars import compared_scalars
from remanifold.data import LabelsLike, Points, PointsLike, survey
from remanifold.data.captions.both_sides import RowCaptions
from remanifold.data.captions.open import CaptionsLike
from remanifold.data.pictures.noun import noun_of
from remanifold.measures import SweepParts
from remanifold.measures.memory.row_classes import RowConditions, row_classes
from remanifold.scores.denoiser import DenoiserLike


class ModelComparison(ComparisonRecord):
    """What `compare_models` says: index, test and losses of every model, and the differences between neighbours."""

    def __repr__(self) -> str:
        first = "none is shown to remember" if self.first is None else f"memory first shows at {self.first!r}"
        return f"ModelComparison({len(self.models)} models, {first}, least hold-out loss at {self.least_holdout!r})"

    def scalars(self) -> dict[str, float]:
        """Named numbers for an experiment tracker; docs/howto/checkpoints.md lists them."""
        return compared_scalars(self)

    def to_markdown(self) -> str:
        """The answer and the table."""
        return compared_markdown(self)

    def to_html(self) -> str:
        """One self-contained page with the picture: no script, no external address."""
        return compared_html(self)


@held_to_threads
def compare_models(
    data: PointsLike,
    models: Mapping[str, DenoiserLike | str],
    holdout: PointsLike,
    *,
    labels: LabelsLike | None = None,
    holdout_labels: LabelsLike | None = None,
    class_conditional: bool = False,
    loras: Sequence[str] = (),
    captions: CaptionsLike | None = None,
    holdout_captions: CaptionsLike | None = None,
    prompt: str | None = None,
    groups: LabelsLike | None = None,
    holdout_groups: LabelsLike | None = None,
    predicts: str | None = None,
    clock: str | None = None,
    evaluations: int = 40_000,
    n_samples: int = 0,
    max_queries: int = 2000,
    duplicate_distance: float | None = None,
    seed: int = 0,
    memory: str | float = "4GB",
    threads: int | None = None,
    parts: str | Path | None = None,
    progress: Progress = silent,
) -> ModelComparison:
    """Compare trained models, such as the checkpoints of one training, on the same rows, noise levels and noise.

    Main arguments:
        data: What they were trained on, whatever `open_points` takes.
        models: Name -> a `Denoiser`, or a model as ``remanifold audit --model`` names it; in the order of training.
        holdout: Rows of the same source that none was trained on.
        labels, holdout_labels, class_conditional: As of `audit` and `AuditedNetwork`, for all models alike.
        loras: Put one at a time on the single model in ``models``, a text-conditional pipeline; it comes first.
        captions, holdout_captions, prompt: Of text-conditional models, as of `AuditedNetwork`.
        groups, holdout_groups: Which rows belong together, see `audit`.
        evaluations: Most rows that each model is asked about, beside those of its check.
        n_samples: Samples drawn of every model, from the same noise, and searched for copies; 20 or more, or none.

    Other arguments:
        predicts, clock: Of models that are named; see ``remanifold audit --help``.
        max_queries, duplicate_distance, seed, memory, threads: See `audit`.
        parts: Folder that keeps finished work: after a kill the same call goes on from there to the same numbers.
            What was written there is deleted at the end.
        progress: Told (stage, done, total).

    Returns:
        The comparison. Its errors of differences are those of rows under the same noise; its p-values, of the test
        that all training rows have lower losses than hold-out rows, are adjusted for all models by Holm's method. It
        gives no all-clear: for that audit the model that you release.

    Raises:
        InvalidInput: in one sentence, for fewer than two models, models of other noise levels, a model that is read
            wrongly, or data that cannot be compared.

    Example:
        >>> import numpy as np, remanifold as rm
        >>> from remanifold.audits import compare_models
        >>> scales = np.array([2, 1, 0.5, 0.1])
        >>> rows = np.random.default_rng(0).normal(size=(120, 4)) * scales
        >>> law = rm.GaussianScore(np.zeros(4), np.diag(scales**2))
        >>> models = {"step 100": law, "step 200": rm.EmpiricalScore(rows[:60])}
        >>> report = compare_models(rows[:60], models, rows[60:], threads=1)
        >>> report.first
        'step 200'

    See also:
        `audit` with ``model=``: the verdict on one model.
    """
    compute = Compute(memory, threads, progress=progress)
    hold_nothing_back(compute.memory_bytes)
    whole("`evaluations`", evaluations, least=1000, example=40_000)
    sources = _sources(models, loras)
    options = AuditOptions(max_queries, seed, duplicate_distance, ())
    standardize = None if isinstance(data, Points) and data.scaling is not None else "none"
    inputs = open_inputs(data, holdout, labels, groups=(groups, holdout_groups), standardize=standardize)
    unseen = inputs.holdout
    if unseen is None:
        raise refusal("models are compared with a hold-out", "none", "keep rows back when you train")
    need = "a table beside a model must hold the numbers that the model sees"
    got = f"words, dates or missing cells in {inputs.points.record.source}"
    require(inputs.points.cells is None, need, got, "pass the rows as it sees them")
    require_budget(inputs, options, compute, of_network=True)
    foretell_audit(inputs, options, compute)
    folder = None if parts is None else require_writable_directory(parts)
    how: dict[str, Any] = {"predicts": predicts, "clock": clock, "evaluations": evaluations, "seed": seed}
    how |= {"class_conditional": class_conditional, "holdout_labels": holdout_labels}
    how |= {"captions": captions, "holdout_captions": holdout_captions, "prompt": prompt}
    named = [
        NamedModel(name, source, lora=lora, parts=None if folder is None else folder / f"model-{k}", **how)
        for k, (name, source, lora) in enumerate(sources)
    ]
    first = captioned(named[0].opened(), inputs)
    inputs = in_latents(inputs, first.denoiser, progress)
    require_samples(n_samples, inputs, compute)
    unseen = unseen if inputs.holdout is None else inputs.holdout
    named = [replace(model, captions=first.captions, holdout_captions=None, prompt=None) for model in named]
    own_labels, other_labels = classes_of(first, inputs)
    with one_thread():
        facts, other_facts = (
            survey(side, memory=survey_bytes(compute), progress=progress) for side in (inputs.points, unseen)
        )
        duplicates = distinct_points(inputs.points, options, compute)
    with until_written(), kept_work(folder, named):
        checked = checked_models(named, inputs, facts.std, compute.memory_bytes)
        sweeps = None
        if folder is not None:
            sweeps = SweepParts(folder / PROFILE, identity_of(inputs, facts, other_facts))
        context = profiled(inputs, options, compute, (facts, other_facts), duplicates, sweeps)
        with one_thread():
            check = check_holdout(context)
        overlap = () if check is None else check.overlap
        usable, kept, _ = usable_rows(context, overlap)
        t_collapse = context.profile.t_collapse
        if t_collapse is None or min(len(usable), len(kept)) < FEWEST_HOLDOUT:
            few = f"{len(kept)} and {len(usable)} rows that are on one side only"
            need = f"a comparison needs data that collapse, and {FEWEST_HOLDOUT} rows a side that are on one side only"
            raise refusal(need, few if t_collapse else "no collapse", "see what `audit` says of the data")
        both = own_labels, None if other_labels is None else other_labels[usable]
        doubts = holdout_doubts(check, group_facts(context), noun_of(inputs.points.shape))
        measured = compared_models(
            named,
            checked,
            sides_of(context, usable, kept),
            t_collapse.value,
            conditions=_conditions(inputs.points, *both, first.prompts is not None),
            compute=compute,
            exact_parts=None if folder is None else folder / EXACT,
            doubtful=bool(doubts),
        )
        told = sampled_models(
            measured.models,
            named,
            n_samples,
            inputs,
            facts.std,
            classes=(own_labels, other_labels) if class_conditional else (None, None),
            groups=(groups, holdout_groups),
            compute=compute,
            parts=folder,
        )
    return ModelComparison(
        models=told,
        first=next((model.name for model in told if model.remembers), None),
        least_holdout=min(told, key=lambda model: model.holdout_loss.value).name,
        t_collapse=t_collapse,
        t=tuple(measured.t.tolist()),
        source=inputs.points.record.source,
        holdout_source=unseen.record.source,
        n_training=len(measured.losses.training),
        n_holdout=len(measured.losses.holdout),
        draws=measured.losses.draws,
        evaluations=sum(known.evaluations for known in checked) + len(named) * measured.losses.evaluations,
        seed=seed,
        level=LEVEL,
        doubts=tuple(doubt.exact for doubt in doubts),
        notes=_notes(
            len({row for row, _, _ in overlap}),
            measured.control,
            class_conditional,
            _of_captions(first),
            noun_of(inputs.points.shape),
        ),
        shape=inputs.points.shape,
    )


def _sources(
    models: Mapping[str, DenoiserLike | str], loras: Sequence[str]
) -> list[tuple[str, DenoiserLike | str, str | None]]:
    """(name, base, LoRA) of every model.

    Raises:
        InvalidInput: for fewer than two, or LoRAs beside several models.
    """
    need, do = "a comparison needs two models at least", "name more, or use audit for one"
    require(models and len(models) + len(loras) >= 2, need, len(models), do)
    sources = [(name, source, None) for name, source in in_order(models).items()]
    base = sources[0][1]
    lone = not loras or (len(models) == 1 and isinstance(base, str))
    need, do = "`loras` must come with one base model that is named", "compare those of one base model at a time"
    require(lone, need, len(models), do)
    return [*sources, *((lora, base, lora) for lora in loras)]


def _conditions(points: Points, own: Any, other: Any, captions: bool) -> RowConditions | None:
    """Classes of both sides, or numbers of captions."""
    if own is None or other is None:
        return None
    return RowConditions(own, other) if captions else row_classes(points, own, other)


def _of_captions(network: AuditedNetwork) -> tuple[str, ...]:
    """How captions were found, and how many the text encoder cuts; nothing of a network that takes none."""
    known = network.captions
    if network.prompts is None or not isinstance(known, RowCaptions):
        return ()
    cut = network.prompts.cut_words([*known.training, *(known.holdout or ())])
    return (f"Captions read: {'; '.join(known.reading)}.", *((cut,) if cut else ()))


def _notes(
    n_near: int, control: float | None, class_conditional: bool, captions: tuple[str, ...], row: str
) -> tuple[str, ...]:
    notes = []
    if n_near:
        words = f"are training {row}s, or near copies of such: they were left out, and so were these"
        notes.append(f"{n_near} hold-out {row}s {words}.")
    if control is not None and control < LEVEL:
        words = "at noise far above the collapse too, where memory hardly shows: the hold-out may be of another source"
        words += f", or captions lead to their {row}s from there" if captions else ""
        notes.append(f"A model tells training from hold-out {row}s {words}.")
    if class_conditional:
        notes.append(f"The models were asked with each {row}'s own class.")
    if captions:
        words = (
            f"captions of two styles tell training {row}s from others without memory too, which `audit` of one model "
            "looks for; what is called the empirical score knows no captions"
        )
        notes += [f"The models were asked with each {row}'s own caption; {words}.", *captions]
    return tuple(notes)
