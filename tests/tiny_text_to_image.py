"""A text-to-image pipeline of diffusers small enough for tests: UNet, CLIP text model, autoencoder, vocabulary."""

import json
import string
import warnings
from pathlib import Path

import numpy as np
import torch

SIDE, LATENT, TOKENS = 8, 4, 16
"""Pixels and latents a side; tokens that the text encoder reads."""
_WORDS = ("a", "photo", "of", "red", "green", "blue", "dog", "cat", "house", "tree", "big", "small", "the", "and")


def captions_of(count: int) -> list[str]:
    """So many different captions of known words."""
    return [f"a photo of {_letters(k)}" for k in range(count)]


def _letters(k: int) -> str:
    return " ".join(_WORDS[3 + (k // 10**place) % 10] for place in range(3))


def write_tokenizer(folder: Path) -> None:
    """The files of a CLIP tokenizer that knows single letters and a few words."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = string.ascii_lowercase + string.digits + ",."
    merges = []
    for word in _WORDS:
        pieces = [*word[:-1], f"{word[-1]}</w>"]
        while len(pieces) > 1:
            merges.append(f"{pieces[0]} {pieces[1]}")
            pieces[:2] = ["".join(pieces[:2])]
    merges = list(dict.fromkeys(merges))
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *(line.replace(" ", "") for line in merges)]
    tokens = [*dict.fromkeys(tokens), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({token: k for k, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n")
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": TOKENS, "pad_token": "<|endoftext|>"}
    config |= {"unk_token": "<|endoftext|>", "bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def tiny_pipeline(folder: Path, *, seed: int = 0, prediction: str = "epsilon"):
    """An untrained StableDiffusionPipeline with its tokenizer in ``folder``."""
    import diffusers
    import transformers

    write_tokenizer(folder)
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tokenizer = transformers.CLIPTokenizer.from_pretrained(folder)
        size = len(tokenizer)
        text = transformers.CLIPTextModel(
            transformers.CLIPTextConfig(
                vocab_size=size,
                hidden_size=16,
                intermediate_size=32,
                num_hidden_layers=1,
                num_attention_heads=2,
                max_position_embeddings=TOKENS,
                pad_token_id=size - 1,
                bos_token_id=size - 2,
                eos_token_id=size - 1,
            )
        )
        unet = diffusers.UNet2DConditionModel(
            sample_size=LATENT,
            in_channels=4,
            out_channels=4,
            block_out_channels=(32,),
            layers_per_block=1,
            down_block_types=("CrossAttnDownBlock2D",),
            up_block_types=("CrossAttnUpBlock2D",),
            cross_attention_dim=16,
            attention_head_dim=8,
            norm_num_groups=8,
        )
        vae = diffusers.AutoencoderKL(
            latent_channels=4,
            block_out_channels=(8, 8),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            norm_num_groups=4,
            sample_size=SIDE,
            scaling_factor=0.5,
        )
        scheduler = diffusers.DDPMScheduler(beta_schedule="scaled_linear", prediction_type=prediction)
        return diffusers.StableDiffusionPipeline(
            vae, text.eval(), tokenizer, unet, scheduler, None, None, requires_safety_checker=False
        )


def save(pipeline, folder: Path) -> Path:
    """``folder``, with the pipeline as ``save_pretrained`` writes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline.save_pretrained(folder)
    return folder


def pictures(count: int, seed: int) -> np.ndarray:
    """Pictures (count, 3, side, side) of two coloured gradients each, in [-1, 1]."""
    rng = np.random.default_rng(seed)
    x = np.linspace(-1, 1, SIDE)
    slopes = rng.normal(size=(count, 3, 2, 1, 1))
    plane = slopes[:, :, 0] * x[:, None] + slopes[:, :, 1] * x
    return np.tanh(plane + 0.3 * rng.normal(size=(count, 3, 1, 1))).astype(np.float32)


def train(
    pipeline,
    rows: np.ndarray,
    captions: list[str],
    steps: int,
    *,
    parameters=None,
    rate: float = 3e-3,
    last: int = 1000,
) -> None:
    """Fine-tune on ``rows`` with their captions, one in ten left out, as diffusers' training script does.

    ``last``: noise levels beyond this step are left out, so that memory of rows comes sooner.
    """
    torch.manual_seed(1)
    pixels = torch.tensor(rows)
    with torch.no_grad():
        latents = pipeline.vae.encode(pixels).latent_dist.mode() * pipeline.vae.config.scaling_factor
        hidden = _hidden(pipeline, captions)
        none = _hidden(pipeline, [""])
    weights = list(pipeline.unet.parameters() if parameters is None else parameters)
    optimiser = torch.optim.AdamW(weights, rate, weight_decay=0.0)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    pipeline.unet.train()
    for _ in range(steps):
        chosen = torch.randint(len(latents), (32,))
        x, noise, at = latents[chosen], torch.randn(32, *latents.shape[1:]), torch.randint(0, last, (32,))
        given = torch.where((torch.rand(32) < 0.1)[:, None, None], none, hidden[chosen])
        scheduler = pipeline.scheduler
        target = noise if scheduler.config.prediction_type == "epsilon" else scheduler.get_velocity(x, noise, at)
        out = pipeline.unet(scheduler.add_noise(x, noise, at), at, encoder_hidden_states=given).sample
        optimiser.zero_grad()
        (out - target).square().mean().backward()
        optimiser.step()
        decay.step()
    pipeline.unet.eval()


def _hidden(pipeline, captions: list[str]) -> torch.Tensor:
    ids = pipeline.tokenizer(
        captions, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt"
    ).input_ids
    return pipeline.text_encoder(ids)[0]


class Lora:
    """Two matrices beside every linear layer of the attention blocks of a UNet, as its trainer holds them."""

    def __init__(self, unet, rank: int = 8, alpha: float = 16.0, seed: int = 0) -> None:
        self.rank, self.alpha, self.pairs, self._hooks = rank, alpha, {}, []
        unet.requires_grad_(False)
        random = torch.Generator().manual_seed(seed)
        for name, module in unet.named_modules():
            if "attentions" in name and isinstance(module, torch.nn.Linear):
                down = torch.randn(rank, module.in_features, generator=random) / rank
                up = torch.zeros(module.out_features, rank)
                self.pairs[name] = (torch.nn.Parameter(down), torch.nn.Parameter(up))
                self._hooks.append(module.register_forward_hook(self._hook(name)))

    def _hook(self, name: str):
        down, up = self.pairs[name]
        return lambda module, given, out: out + self.alpha / self.rank * (given[0] @ down.T) @ up.T

    def parameters(self) -> list[torch.nn.Parameter]:
        """All that is trained."""
        return [matrix for pair in self.pairs.values() for matrix in pair]

    def remove(self) -> None:
        """The network as it was."""
        for hook in self._hooks:
            hook.remove()

    def save(self, folder: Path, layout: str = "diffusers") -> Path:
        """The file that a trainer writes: diffusers', kohya's, or peft's own adapter."""
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        sides = ("down", "up")
        state, header, name = {}, {}, "pytorch_lora_weights.safetensors"
        for layer, pair in self.pairs.items():
            for side, matrix in zip(sides, pair, strict=True):
                key = f"unet.{layer}.lora.{side}.weight"
                if layout == "kohya":
                    key = f"lora_unet_{layer.replace('.', '_')}.lora_{side}.weight"
                    state[key.split(".")[0] + ".alpha"] = torch.tensor(self.alpha)
                if layout == "peft":
                    key = f"base_model.model.{layer}.lora_{'A' if side == 'down' else 'B'}.weight"
                state[key] = matrix.detach().clone()
        told = {"r": self.rank, "lora_alpha": self.alpha, "target_modules": ["to_k"]}
        if layout == "diffusers":
            header = {"lora_adapter_metadata": json.dumps({f"unet.{key}": value for key, value in told.items()})}
        if layout == "peft":
            name = "adapter_model.safetensors"
            (folder / "adapter_config.json").write_text(json.dumps(told | {"peft_type": "LORA"}))
        save_file(state, folder / ("mine.safetensors" if layout == "kohya" else name), header)
        return folder
