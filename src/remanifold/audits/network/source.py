"""A model named on the command line: a file, a folder, a shipped network, or a function in a Python file."""

import importlib.util
import sys
from pathlib import Path
from typing import Any, cast, get_args

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.files import path_of
from remanifold.audits.network.unserved import require_served
from remanifold.networks import CLOCKS, from_callable, from_diffusers, load_ground_truth, load_network
from remanifold.networks.network_denoiser import NetworkDenoiser, Predicts
from remanifold.networks.pipelines.files import is_hub_name, local_folder
from remanifold.noise import SCHEDULE_NAMES

_SHIPPED = "ground-truth:"
_CLOCK_NAMES = (*CLOCKS, *SCHEDULE_NAMES)


def open_model(
    text: str, *, predicts: str | None = None, clock: str | None = None, lora: str | None = None, batch: int = 64
) -> tuple[Any, str]:
    """(denoiser, description) of a model.

    Args:
        text: A folder of a diffusers pipeline or model, or a hub's name of one that was downloaded; a .safetensors file
            of `save_network`; ground-truth:NAME; or FILE.py:NAME, which runs that file: a function or torch module
            f(y, argument), or an adapted network.
        predicts: Of FILE.py:NAME, by default denoised, or of a network's folder: denoised, noise, score or velocity.
        clock: Of FILE.py:NAME, by default sigma, or of a network's folder: see `remanifold.networks.CLOCKS`; or, of the
            latter, the folder of its scheduler.
        lora: Put on a text-conditional pipeline: a folder, a .safetensors file, or a hub's name; see `with_lora`.
        batch: Rows in one call.

    Raises:
        InvalidInput: if there is no such model.
    """
    need = "a LoRA must come with the folder of its base model"
    ours = text.startswith(_SHIPPED) or text.endswith(".safetensors") or ".py:" in text
    require(lora is None or not ours, need, text, "leave --lora out")
    if text.startswith(_SHIPPED):
        return load_ground_truth(text.removeprefix(_SHIPPED)).denoiser, f"shipped network {text}"
    path = path_of(text, "a model")
    if not is_hub_name(text) or path.exists():
        require_served(path, lora)
    if path.suffix == ".safetensors" and not path.is_dir():  # folder/file looks like the name of a hub
        return load_network(path), f"network of remanifold in {text}"
    if path.is_dir() or is_hub_name(text):
        denoiser = _diffusers(text, predicts, clock, lora, batch)
        return denoiser, denoiser.description
    file, _, name = text.rpartition(":")
    need = "a model must be a diffusers folder, a .safetensors file of remanifold, ground-truth:NAME or FILE.py:NAME"
    if not (file.endswith(".py") and Path(file).is_file()):
        raise refusal(need, repr(text), "name one of these")
    predicts, clock = predicts or "denoised", clock or "sigma"
    _require_known(predicts, clock)
    given = _named(Path(file), name)
    if isinstance(given, NetworkDenoiser):
        return given, given.description
    denoiser = from_callable(given, cast(Predicts, predicts), clock, batch=batch)
    return denoiser, denoiser.description


def is_lone_network(text: str) -> bool:
    """Whether ``text`` is the folder of a network without its pipeline: it may need to be told what it predicts."""
    folder = path_of(text, "a model")
    return folder.is_dir() and not (folder / "model_index.json").exists()


def _diffusers(text: str, predicts: str | None, clock: str | None, lora: str | None, batch: int) -> NetworkDenoiser:
    if not path_of(text, "a model").is_dir():
        require_served(local_folder(text), lora)
    if not is_lone_network(text):  # a pipeline says it all
        return from_diffusers(text, lora=lora, batch=batch)
    kind = cast("Predicts | None", predicts)
    if clock is not None and clock not in _CLOCK_NAMES and path_of(clock, "a scheduler").is_dir():
        _require_known(predicts, None)
        return from_diffusers(text, clock, predicts=kind, batch=batch)
    _require_known(predicts, clock)
    return from_diffusers(text, predicts=kind, clock=clock, batch=batch)


def _require_known(predicts: str | None, clock: str | None) -> None:
    kinds = get_args(Predicts)
    if predicts is not None and predicts not in kinds:
        raise refusal(f"--predicts must be one of {', '.join(kinds)}", repr(predicts), "pass one of them")
    if clock is not None and clock not in _CLOCK_NAMES:
        raise refusal(f"--clock must be one of {', '.join(_CLOCK_NAMES)}", repr(clock), "pass one of them")


def _named(file: Path, name: str) -> Any:
    """What ``name`` is in the Python file, which is run."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise InvalidInput(f"a model must be in a Python file, but got {file}; name another.")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(file.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever the user's file raises
        said = (str(error).splitlines() or [""])[0]
        raise InvalidInput(
            f"the file of a model must run, but got {type(error).__name__} in {file}: {said}; mend it."
        ) from error
    finally:
        sys.path.pop(0)
    value = getattr(module, name, None)
    if not callable(value):
        raise refusal(f"{file} must hold a callable {name}", type(value).__name__, "name a function or module")
    return value
