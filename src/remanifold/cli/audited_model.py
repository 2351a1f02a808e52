"""The network that ``remanifold audit --model`` names."""

from pathlib import Path
from typing import Any

from remanifold._core.errors import refusal, require


def model_task(
    model: str | None,
    other: str | None,
    predicts: str | None,
    clock: str | None,
    evaluations: int,
    cheap: bool,
    seed: int,
    out: Path | None,
    class_conditional: bool = False,
    holdout_labels: str | None = None,
    lora: str | None = None,
    captions: tuple[str | None, str | None] = (None, None),
    prompt: str | None = None,
) -> Any:
    """What is asked about a network, opened before any other work."""
    given = {
        "--other": other is not None,
        "--class-conditional": class_conditional,
        "--holdout-labels": holdout_labels is not None,
        "--evaluations": evaluations != 100_000,
        "--cheap": cheap,
        "--lora": lora is not None,
        "--captions": captions[0] is not None,
        "--holdout-captions": captions[1] is not None,
        "--prompt": prompt is not None,
    }
    for name, value in given.items():
        if value and model is None:
            raise refusal(f"{name} must come with --model", "no model", "name the model too")
    require_reading(model, predicts, clock)
    need = "--holdout-labels must come with --class-conditional"
    require(class_conditional or holdout_labels is None, need, holdout_labels, "pass both, or neither")
    if model is None:
        return None
    need = "--other must come without --cheap, which follows no trajectories"
    require(other is None or not cheap, need, "both", "leave one out")
    need = "--evaluations must be a whole number of at least 10000"
    require(evaluations >= 10_000, need, evaluations, "pass e.g. 100000")
    from remanifold.audits.network.audited_network import AuditedNetwork
    from remanifold.audits.network.source import open_model

    denoiser, words = open_model(model, predicts=predicts, clock=clock, lora=lora)
    second = None if other is None else open_model(other, predicts=predicts, clock=clock)[0]
    part = None if out is None else out / "model.parts"
    return AuditedNetwork(
        denoiser,
        model,
        words,
        second,
        evaluations,
        cheap,
        part,
        seed,
        class_conditional=class_conditional,
        holdout_labels=holdout_labels,
        captions=captions[0],
        holdout_captions=captions[1],
        prompt=prompt,
    )


def _is_lone_network(model: str) -> bool:
    from remanifold.audits.network.source import is_lone_network

    return is_lone_network(model)


def require_reading(model: str | None, predicts: str | None, clock: str | None) -> None:
    """Refuse (`InvalidInput`) --predicts and --clock for a model that says itself how it is read."""
    for name, value in (("--predicts", predicts), ("--clock", clock)):
        if value is not None and (model is None or not (".py:" in model or _is_lone_network(model))):
            need = f"{name} must come with --model FILE.py:NAME or the folder of a network without its pipeline"
            raise refusal(need, model or "no model", "leave it out: other models say it themselves")
