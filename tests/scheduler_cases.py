"""Exact denoisers of Gaussian data dressed as networks of diffusers, by the schedulers' own noise and scales."""

import math
import warnings
from functools import cache

import numpy as np
import torch

from remanifold.networks import from_diffusers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import diffusers

MEAN, VARIANCE = 0.3, 0.25
LEVELS = (0.01, 0.3, 1.0, 30.0)
NEEDED = {
    "AmusedScheduler": {"mask_token_id": 1},
    "VQDiffusionScheduler": {"num_vec_classes": 5},
    "RFD4ProteinaScheduler": {"schedule_mode": "log", "noise_mode": "tan", "tsr_k": 1.0, "tsr_sigma": 1.0},
}
NAMES = sorted(
    name
    for name in dir(diffusers)
    if name.endswith("Scheduler") and not name.startswith("Flax") and isinstance(getattr(diffusers, name), type)
)
ODD = [
    ("EulerDiscreteScheduler", {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction"}),
    (
        "EulerDiscreteScheduler",
        {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction", "timestep_spacing": "trailing"},
    ),
    ("EulerAncestralDiscreteScheduler", {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction"}),
    ("DDIMScheduler", {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing", "prediction_type": "sample"}),
    ("DDPMScheduler", {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction"}),
    ("DPMSolverMultistepScheduler", {"rescale_betas_zero_snr": True, "num_train_timesteps": 50}),
    ("UniPCMultistepScheduler", {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction"}),
    ("TCDScheduler", {"rescale_betas_zero_snr": True, "num_train_timesteps": 10000}),
    ("DDPMScheduler", {"num_train_timesteps": 10000}),
    ("DDPMScheduler", {"num_train_timesteps": 10000, "beta_schedule": "sigmoid"}),
    ("PNDMScheduler", {"num_train_timesteps": 10000, "beta_schedule": "scaled_linear"}),
    ("EulerDiscreteScheduler", {"num_train_timesteps": 10000, "prediction_type": "v_prediction"}),
    ("LMSDiscreteScheduler", {"num_train_timesteps": 20000, "prediction_type": "sample"}),
    ("DDPMScheduler", {"beta_schedule": "squaredcos_cap_v2", "prediction_type": "v_prediction"}),
    ("DDPMScheduler", {"trained_betas": [0.001] * 9 + [1e-9] * 5 + [0.3] * 30}),
    ("DDPMScheduler", {"variance_type": "learned_range", "twice": True}),
    ("DDIMScheduler", {"twice": True}),
    ("EulerDiscreteScheduler", {"use_karras_sigmas": True, "twice": True, "prediction_type": "v_prediction"}),
    ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True, "algorithm_type": "sde-dpmsolver++"}),
    ("DPMSolverMultistepScheduler", {"use_lu_lambdas": True, "prediction_type": "v_prediction", "twice": True}),
    ("EulerDiscreteScheduler", {"prediction_type": "sample", "use_beta_sigmas": True}),
    (
        "EulerDiscreteScheduler",
        {"timestep_type": "continuous", "prediction_type": "v_prediction", "sigma_min": 0.002, "sigma_max": 700.0},
    ),
    ("EulerDiscreteScheduler", {"timestep_type": "continuous"}),
    ("CogVideoXDDIMScheduler", {"prediction_type": "v_prediction", "snr_shift_scale": 1.0}),
    ("UniPCMultistepScheduler", {"prediction_type": "flow_prediction", "use_flow_sigmas": True, "flow_shift": 3.0}),
    ("UniPCMultistepScheduler", {"prediction_type": "epsilon", "use_flow_sigmas": True}),
    ("DPMSolverMultistepScheduler", {"prediction_type": "flow_prediction", "use_flow_sigmas": True, "twice": True}),
    ("SASolverScheduler", {"prediction_type": "sample", "use_flow_sigmas": True, "flow_shift": 5.0}),
    ("FlowMatchEulerDiscreteScheduler", {"shift": 3.0}),
    ("FlowMatchEulerDiscreteScheduler", {"use_dynamic_shifting": True, "twice": True}),
    ("FlowMatchEulerDiscreteScheduler", {"num_train_timesteps": 10000, "shift": 12.0, "use_karras_sigmas": True}),
    ("FlowMatchHeunDiscreteScheduler", {"shift": 6.0}),
    ("EDMEulerScheduler", {"prediction_type": "v_prediction", "sigma_data": 1.0}),
    ("EDMDPMSolverMultistepScheduler", {"sigma_schedule": "exponential", "sigma_max": 500.0}),
    ("UnCLIPScheduler", {"prediction_type": "sample"}),
]


class Exact(torch.nn.Module):
    """The network of a scheduler whose answers are exact; ``twice`` adds channels of a learned variance."""

    def __init__(self, scheduler, twice: bool = False) -> None:
        super().__init__()
        self.config = None
        self.scheduler, self.twice, self.law = scheduler, twice, cache(lambda time: law(scheduler, time))

    def forward(self, y, timestep, return_dict=True):
        rows = y.double()
        out = torch.stack([self._row(row, time) for row, time in zip(rows, timestep.expand(len(y)))]).to(y.dtype)
        out = torch.cat([out, torch.full_like(out, 7.0)], 1) if self.twice else out
        return {"sample": out} if return_dict else (out,)

    def _row(self, y, time):
        if hasattr(self.scheduler, "precondition_outputs"):
            return _before_preconditioning(self.scheduler, y, float(time))
        scale, noise = self.law(time.item())
        mean = MEAN + scale * VARIANCE / (scale**2 * VARIANCE + noise**2) * (y - scale * MEAN)
        epsilon = (y - scale * mean) / noise
        kind = getattr(self.scheduler.config, "prediction_type", None)
        if type(self.scheduler).__name__ == "ScoreSdeVeScheduler":
            return -epsilon / noise
        if type(self.scheduler).__name__.startswith("FlowMatch") or kind == "flow_prediction":
            return epsilon - mean
        velocity = scale * epsilon - noise * mean
        return {"sample": mean, "v_prediction": velocity, "epsilon": epsilon, None: epsilon}[kind]


def _before_preconditioning(scheduler, y, time: float):
    """F with c_skip x + c_out F the posterior mean, c_skip and c_out as precondition_outputs has them."""
    cosine = type(scheduler).__name__.startswith("Cosine")
    sigma = torch.tensor(math.tan(time * math.pi / 2) if cosine else math.exp(4 * time), dtype=torch.float64)
    unit = scheduler.precondition_inputs(torch.ones((), dtype=torch.float64), sigma)
    x = y / unit
    mean = MEAN + VARIANCE / (VARIANCE + sigma**2) * (x - MEAN)
    zero = scheduler.precondition_outputs(x, torch.zeros_like(x), sigma)
    return (mean - zero) / (scheduler.precondition_outputs(x, torch.ones_like(x), sigma) - zero)


def law(scheduler, time) -> tuple[float, float]:
    """scale and noise of the network's input at ``time``, by what the scheduler does to a one and to a zero."""
    kind = type(scheduler)
    if kind.__name__.startswith("FlowMatch") or getattr(scheduler.config, "use_flow_sigmas", False):
        u = float(time) / scheduler.config.num_train_timesteps
        return 1 - u, u
    if kind.__name__ == "ScoreSdeVeScheduler":
        return 1.0, float(time)
    config = scheduler.config
    if getattr(config, "timestep_type", "") == "continuous" and config.prediction_type == "v_prediction":
        sigma = math.exp(4 * float(time))
        return 1 / math.sqrt(1 + sigma**2), sigma / math.sqrt(1 + sigma**2)
    if kind.__name__ in ("RePaintScheduler", "DDIMInverseScheduler"):  # they add no noise themselves
        abar = float(scheduler.alphas_cumprod.double()[int(time)])
        return math.sqrt(abar), math.sqrt(1 - abar)
    one, zero = torch.ones(1, 1, 1, 1, dtype=torch.float64), torch.zeros(1, 1, 1, 1, dtype=torch.float64)
    plain = {name: False for name in scheduler.config if name.startswith("use_")}  # these are for sampling
    scale, noise = (
        float(_seen(kind.from_config(scheduler.config, **plain), *pair, time)) for pair in ((one, zero), (zero, one))
    )
    return scale, noise


def _seen(scheduler, clean, noise, time):
    if (
        hasattr(scheduler, "_sigma_to_alpha_sigma_t") and "Inverse" not in type(scheduler).__name__
    ):  # add_noise has its sigmas in order only then
        scheduler.set_timesteps(scheduler.config.num_train_timesteps)
    step = torch.as_tensor(time).reshape(1).long()
    noisy = scheduler.add_noise(clean, noise, step)
    return scheduler.scale_model_input(noisy, step[0])


def made(name: str, options: dict):
    """The scheduler ``name`` with ``options``."""
    wanted = {key: value for key, value in options.items() if key != "twice"}
    return getattr(diffusers, name)(**NEEDED.get(name, {}), **wanted)


def error_of(name: str, options: dict) -> float:
    """Largest error of the denoiser over `LEVELS`, in units of the data; what it raises is the caller's."""
    scheduler = made(name, options)
    denoiser = from_diffusers(Exact(scheduler, options.get("twice", False)), scheduler)
    normal = np.random.default_rng(0).normal
    worst = 0.0
    for t in LEVELS:
        trained = denoiser.snapped(t)
        x = MEAN + math.sqrt(VARIANCE) * normal(size=(4, 1, 2, 2)) + math.sqrt(trained) * normal(size=(4, 1, 2, 2))
        right = MEAN + VARIANCE / (VARIANCE + trained) * (x - MEAN)
        worst = max(worst, float(np.abs(denoiser(x, t) - right).max()))
    return worst
