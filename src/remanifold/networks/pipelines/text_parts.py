"""The text encoder and the tokenizer of a pipeline, read from its folder: CLIP's alone, of safetensors and plain JSON.

Of a configuration only numbers and the name of an activation are taken: other keys can lead to code of others.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from remanifold._core.errors import InvalidInput, refusal
from remanifold.networks.network import evaluating
from remanifold.networks.pipelines.files import plain_json, require_all_weights, require_regular_in, require_safe
from remanifold.networks.pipelines.prompts import Condition, Prompts
from remanifold.networks.pipelines.sizes import require_modest, require_weights_for

ENCODER, TOKENIZERS = "CLIPTextModel", ("CLIPTokenizer", "CLIPTokenizerFast")
PARTS = ("text_encoder", "tokenizer")
_TAKEN = (
    "vocab_size", "hidden_size", "intermediate_size", "projection_dim", "num_hidden_layers", "num_attention_heads",
    "max_position_embeddings", "hidden_act", "layer_norm_eps", "eos_token_id", "bos_token_id", "pad_token_id",
)  # fmt: skip
_ACTIVATIONS = ("quick_gelu", "gelu", "gelu_new", "relu", "silu")
_OWN_FILES = ("tokenizer_file", "vocab_file", "merges_file")  # a configuration may name others anywhere
_DO = "save it again with save_pretrained"


def text_parts_in(folder: Path, index: Mapping[str, Any]) -> tuple[Any, Any]:
    """Text encoder and tokenizer of the pipeline in ``folder``, whose model_index.json is ``index``.

    Raises:
        InvalidInput: if its parts are not CLIP's, unsafe or damaged, or transformers is not installed.
    """
    named = {name: _class_of(index, name) for name in PARTS}
    if named["text_encoder"] != ENCODER or named["tokenizer"] not in TOKENIZERS:
        got = " and ".join(named.values())
        do = "make samples of your prompts with diffusers for `remanifold copies`"
        raise refusal("a text-conditional pipeline must read its prompts with CLIP's text model", got, do)
    package = transformers_package()
    place, tokens = folder / "text_encoder", folder / "tokenizer"
    config = plain_json(place / "config.json")
    require_modest(config, place)
    require_regular_in(place)
    require_safe(place)
    if (place / "adapter_config.json").exists():
        got = f"an adapter in {place}, which can lead to another model"
        raise refusal("a text encoder must hold its own weights", got, "merge it and save it again")
    require_regular_in(tokens)
    if (tokens / "tokenizer_config.json").exists():
        plain_json(tokens / "tokenizer_config.json")
    with _whole(place), _silent(package):
        kept = package.CLIPTextConfig(**_plain(config, place))
        require_weights_for(place, lambda: package.CLIPTextModel(kept))
        encoder, told = package.CLIPTextModel.from_pretrained(
            place, config=kept, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
    missing = {name for name in told.get("missing_keys") or () if "position_ids" not in name}
    spare = {name for name in told.get("unexpected_keys") or () if "position_ids" not in name}
    require_all_weights(place, {**told, "missing_keys": missing, "unexpected_keys": spare})
    with _whole(tokens), _silent(package):
        kind = getattr(package, named["tokenizer"])
        tokenizer = kind.from_pretrained(tokens, local_files_only=True, **dict.fromkeys(_OWN_FILES))
        _require_fitting(encoder, tokenizer, tokens)
    return encoder.float().eval(), tokenizer


def prompts_of(encoder: Any, tokenizer: Any) -> Prompts:
    """What a live CLIP text model makes of captions, as diffusers' StableDiffusionPipeline and its training ask.

    Cut and filled to the tokenizer's length, without an attention mask, the last hidden state.
    """
    most = int(encoder.config.max_position_embeddings)
    longest = min(int(tokenizer.model_max_length), most)

    def embed(captions: list[str]) -> Condition:
        options = {"padding": "max_length", "max_length": longest, "truncation": True, "return_tensors": "pt"}
        ids = tokenizer(captions, **options).input_ids
        device = next(encoder.parameters()).device
        with evaluating(encoder, torch.no_grad):
            return {"encoder_hidden_states": encoder(ids.to(device), return_dict=False)[0].detach()}

    def lengths(captions: list[str]) -> list[int]:
        return [len(ids) for ids in tokenizer(captions, truncation=False, verbose=False).input_ids]

    return Prompts(embed, lengths, longest)


def transformers_package() -> Any:
    """The package, which belongs to the extra `models`.

    Raises:
        InvalidInput: if it is not installed; the sentence has the command that installs it.
    """
    try:
        return import_module("transformers")
    except ImportError as error:
        raise InvalidInput(
            "prompts must be read by the package transformers, but got no such package here; "
            "run pip install 'remanifold[models]'."
        ) from error


def _require_fitting(encoder: Any, tokenizer: Any, place: Path) -> None:
    """Refuse a tokenizer whose numbers the text encoder does not know, or that cannot fill up a caption."""
    need, known = "a tokenizer must be that of its text encoder", int(encoder.config.vocab_size)
    highest = max(tokenizer.get_vocab().values(), default=known)
    if highest >= known:
        raise refusal(need, f"token {highest} in {place} beside {known} embeddings", _DO)
    if tokenizer.pad_token_id is None:
        raise refusal(need, f"{place} without a pad token", _DO)
    longest = tokenizer.model_max_length
    if isinstance(longest, bool) or not isinstance(longest, int | float) or not 2 < longest < math.inf:
        raise refusal(need, f"a model_max_length of {str(longest)[:20]} in {place}", _DO)


def _class_of(index: Mapping[str, Any], name: str) -> str:
    entry = index.get(name)
    if not (isinstance(entry, list) and len(entry) == 2 and entry[0] == "transformers" and isinstance(entry[1], str)):
        need = f"the {name} of a text-conditional pipeline must be a class of transformers"
        raise refusal(need, repr(entry)[:60], "pass the folder that save_pretrained wrote")
    return entry[1]


def _plain(config: Mapping[str, Any], place: Path) -> dict[str, Any]:
    """The keys of a configuration that are taken."""
    kept = {name: config[name] for name in _TAKEN if config.get(name) is not None}
    wrong = [name for name, value in kept.items() if name != "hidden_act" and not _is_size(name, value)]
    if wrong or kept.get("hidden_act", _ACTIVATIONS[0]) not in _ACTIVATIONS:
        raise refusal("a text encoder must have plain sizes", f"{(wrong or ['hidden_act'])[0]} in {place}", _DO)
    return kept


def _is_size(name: str, value: Any) -> bool:
    """Whether ``value`` can be a size, a number of a token or the small number of the norms."""
    if name == "layer_norm_eps":
        return isinstance(value, float) and 0 <= value < 1
    least = 0 if name.endswith("_token_id") else 1
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


@contextmanager
def _whole(place: Path) -> Iterator[None]:
    """What transformers makes of a damaged folder, in one sentence."""
    try:
        yield
    except InvalidInput:
        raise
    except Exception as error:
        cause = (
            error.__context__ if isinstance(error, ImportError) and error.__context__ else error
        )  # asks for protobuf
        reason = (str(cause).strip() or type(cause).__name__).splitlines()[0].rstrip(".")
        raise InvalidInput(f"a text encoder must be whole, but got {place} ({reason[:200]}); {_DO}.") from error


@contextmanager
def _silent(package: Any) -> Iterator[None]:
    """What transformers logs of a folder is said in one sentence here, or is of no use."""
    logging = package.utils.logging
    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()
