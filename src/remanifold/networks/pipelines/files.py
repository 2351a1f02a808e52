"""Parts of diffusers read from a folder: only its own networks and schedulers, only safetensors, nothing is run.

A folder names the classes that are made of it. Those of other packages, pipelines inside pipelines and the classes that
choose a class themselves (AutoModel) can be led to run a file that lies in the folder, so none of these is taken.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.files import path_of, require_regular
from remanifold.networks.pipelines.sizes import require_modest, require_short, require_weights_for

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".msgpack", ".h5", ".gguf", ".onnx")
_CODE = ("auto_map", "custom_pipeline", "trust_remote_code", "quantization_config")
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_SHOWN = 3
_SAVED = "pass the folder that save_pretrained wrote"
_LIVE = "load it yourself and pass the live model with its scheduler"


def local_folder(source: str | PathLike[str], what: str = "a diffusers model") -> Path:
    """The folder ``source``, or the snapshot of a hub's name in the local cache; the network is never asked.

    Raises:
        InvalidInput: if there is neither.
    """
    folder = path_of(source, what)
    if folder.is_dir():
        return folder
    name = str(source)
    do = "pass the folder that save_pretrained wrote; nothing is downloaded"
    if not is_hub_name(name):
        raise refusal(f"{what} must be a local folder", f"{name}, which is none", do)
    found = _snapshot(name)
    if found is None:
        got = f"{name}, which is no folder here and, as a name of the Hugging Face hub, not in the local cache"
        do = f"download it first with: hf download {name}"
        raise refusal(f"{what} must be a local folder", got, do)
    return found


def is_hub_name(text: str) -> bool:
    """Whether ``text`` can be the name of a model of the Hugging Face hub: owner/name."""
    return _HUB_NAME.fullmatch(text) is not None and ".." not in text


def _snapshot(name: str) -> Path | None:
    try:
        return Path(import_module("huggingface_hub").snapshot_download(name, local_files_only=True))
    except (ImportError, OSError, ValueError):  # not installed, not there, or no such name
        return None


def config_in(folder: Path, name: str) -> dict[str, Any]:
    """The JSON of ``name`` in ``folder``, which names a class.

    Raises:
        InvalidInput: if there is none, or it asks for code or for another format of weights.
    """
    file = folder / name
    config = plain_json(file)
    if not isinstance(config.get("_class_name"), str):
        raise refusal(f"{name} must name a class of diffusers", str(file), _SAVED)
    return config


def plain_json(file: Path) -> dict[str, Any]:
    """The JSON object in ``file`` of a model's folder.

    Raises:
        InvalidInput: if there is none, or it asks for code or for another format of weights.
    """
    if not file.is_file():
        raise refusal(f"a diffusers folder must have {file.name}", f"{file.parent} without it", _SAVED)
    try:
        config = json.loads(require_short(file).read_text(encoding="utf-8"))
    except InvalidInput:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{file.name} must be JSON, but got {file} ({error}); {_SAVED}.") from error
    if not isinstance(config, dict):
        raise refusal(f"{file.name} must name a class of diffusers", str(file), _SAVED)
    _require_plain(config, file)
    return config


def _require_plain(config: dict[str, Any], file: Path) -> None:
    asked = next((word for word in _CODE if config.get(word) is not None), None)
    if asked is not None:
        got = f"{asked} in {file}, which can lead to code"
        raise refusal(f"{file.name} must describe a plain model", got, _LIVE)


def class_in(index: dict[str, Any], name: str) -> str:
    """The class of a pipeline's part, if it is one of diffusers' own: others would run code that lies in the folder.

    Raises:
        InvalidInput: if it is not.
    """
    entry = index[name]
    need = f"the {name} must be a class of diffusers"
    if not (isinstance(entry, list) and len(entry) == 2 and all(isinstance(word, str) for word in entry)):
        raise refusal(f"{need}, named by two words", repr(entry), "save the pipeline again with save_pretrained")
    if entry[0] != "diffusers":
        raise refusal(need, ".".join(entry), _LIVE)
    return entry[1]


def require_known_pipeline(kind: str) -> None:
    """Refuse (`InvalidInput`) the folder of a pipeline that diffusers does not have: its own code says how it works."""
    if not (kind.endswith("Pipeline") and kind in dir(diffusers_package()) and kind != "DiffusionPipeline"):
        do = "pass its network's folder with its scheduler's, in Python or as --model with --clock"
        raise refusal("a pipeline must be one of diffusers' own", kind, do)


def load_part(folder: Path, kind: str, *, scheduler: bool = False) -> Any:
    """The network or scheduler of class ``kind`` in ``folder``.

    Raises:
        InvalidInput: if diffusers has no such class of that sort, weights are no safetensors, or something is damaged.
    """
    package = diffusers_package()
    base = package.SchedulerMixin if scheduler else package.ModelMixin
    part: Any = getattr(package, kind, None) if kind in dir(package) else None
    lacking = getattr(part, "_backends", None)  # a stand-in for a class whose own needs are not installed
    if lacking and not (isinstance(part, type) and issubclass(part, base)):
        do = f"install {' and '.join(lacking)}, or load it yourself and pass the live model"
        raise refusal("the class of a part must be usable here", f"{kind}, which needs {', '.join(lacking)}", do)
    sort = "schedulers" if scheduler else "networks"
    known = isinstance(part, type) and issubclass(part, base) and part is not base
    require(known, f"the class of a part must be one of diffusers' {sort}", kind, _LIVE)
    options: dict[str, Any] = {}
    if not scheduler:
        options = {"use_safetensors": True, "low_cpu_mem_usage": False, "output_loading_info": True}
    config = config_in(folder, "scheduler_config.json" if scheduler else "config.json")
    require_modest(config, folder)
    require_regular_in(folder)
    if not scheduler:
        require_safe(folder)
    try:
        with silent_diffusers():
            if not scheduler:
                require_weights_for(folder, lambda: part.from_config(config))
            loaded = part.from_pretrained(folder, local_files_only=True, **options)
    except InvalidInput:
        raise
    except Exception as error:  # whatever diffusers makes of a damaged folder
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise InvalidInput(
            f"a diffusers model must be whole, but got {folder} ({reason}); save it again with save_pretrained."
        ) from error
    if scheduler:
        return loaded
    network, told = loaded
    require_all_weights(folder, told)
    return network


@contextmanager
def silent_diffusers() -> Iterator[None]:
    """What diffusers logs of a folder is said in one sentence here, or is of no use."""
    logging = import_module("diffusers.utils.logging")
    before = logging.get_verbosity()
    logging.set_verbosity(logging.CRITICAL)
    try:
        yield
    finally:
        logging.set_verbosity(before)


def require_all_weights(folder: Path, told: Mapping[str, Any]) -> None:
    """Refuse a network some of whose weights are random, because the files have none of their name, or left over."""
    kinds = {"missing_keys": "missing", "mismatched_keys": "of another shape", "unexpected_keys": "not of this network"}
    for kind, words in kinds.items():
        names = sorted(str(name[0]) if isinstance(name, tuple) else str(name) for name in told.get(kind) or ())
        if names:
            few = f"{', '.join(names[:_SHOWN])}{', ...' if len(names) > _SHOWN else ''}"
            got = f"{folder}, where {len(names)} {'weight is' if len(names) == 1 else 'weights are'} {words}: {few}"
            raise refusal("a diffusers model must be whole", got, "save it again with save_pretrained")


def require_regular_in(folder: Path) -> None:
    """Refuse (`InvalidInput`) a folder with a pipe, device or socket in it: whoever reads it may never end."""
    for file in folder.iterdir() if folder.is_dir() else ():
        require_regular(file, "a model")


def require_safe(folder: Path) -> None:
    """Refuse weights that are no safetensors, and shards that lie elsewhere or are none."""
    files = sorted(file.name for file in folder.iterdir() if file.is_file()) if folder.is_dir() else []
    do = "save the model again with save_pretrained, which writes safetensors"
    for index in (name for name in files if name.endswith(".index.json")):
        for shard in _shards(folder / index, do):
            plain = shard.endswith(".safetensors") and PurePosixPath(shard).name == shard and "\\" not in shard
            if index.endswith(".safetensors.index.json") and not plain:
                raise refusal("weights must be .safetensors files of their folder", f"{shard!r} in {index}", do)
    if any(name.endswith(".safetensors") for name in files):
        return
    pickles = [name for name in files if name.endswith(_PICKLES)]
    got = f"{pickles[0]}, a pickle, which can run code and is never loaded" if pickles else f"{folder} without any"
    raise refusal("weights must be .safetensors files", got, do)


def _shards(index: Path, do: str) -> list[str]:
    try:
        shards = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidInput(f"the index of shards must be JSON with a weight_map, but got {index}; {do}.") from error
    return sorted({str(shard) for shard in shards})


def diffusers_package() -> Any:
    """The package, which belongs to the extra `models`.

    Raises:
        InvalidInput: if it is not installed; the sentence has the command that installs it.
    """
    try:
        return import_module("diffusers")
    except ImportError as error:
        raise InvalidInput(
            "folders of diffusers must be read by the package diffusers, but got no such package here; "
            "run pip install 'remanifold[models]'."
        ) from error
