"""What a scheduler of diffusers says of its network: what it predicts, how its input is scaled, its noise levels."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from remanifold._core.errors import InvalidInput, refusal
from remanifold.networks.clocks import CLOCKS, Clock, flow_steps_clock, steps_clock
from remanifold.networks.network_denoiser import Predicts

_PREDICTS: dict[str, Predicts] = {
    "epsilon": "noise",
    "sample": "denoised",
    "original_sample": "denoised",
    "v_prediction": "velocity",
}
_FLOW_PREDICTS: dict[str, Predicts] = {"epsilon": "noise", "sample": "denoised", "flow_prediction": "velocity"}
STEPS = (
    "CogVideoXDDIMScheduler",
    "CogVideoXDPMScheduler",
    "DDIMScheduler",
    "DDIMInverseScheduler",
    "DDIMParallelScheduler",
    "DDPMScheduler",
    "DDPMParallelScheduler",
    "DEISMultistepScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverMultistepInverseScheduler",
    "DPMSolverSDEScheduler",
    "DPMSolverSinglestepScheduler",
    "EulerAncestralDiscreteScheduler",
    "EulerDiscreteScheduler",
    "HeunDiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "KDPM2DiscreteScheduler",
    "LCMScheduler",
    "LMSDiscreteScheduler",
    "PNDMScheduler",
    "RePaintScheduler",
    "SASolverScheduler",
    "TCDScheduler",
    "UnCLIPScheduler",
    "UniPCMultistepScheduler",
)
"""Schedulers of whole steps: alphas_cumprod, or flow times where use_flow_sigmas is set."""
FLOW = ("FlowMatchEulerDiscreteScheduler", "FlowMatchHeunDiscreteScheduler", "FlowMatchLCMScheduler")
"""Schedulers of rectified flows: their network predicts the velocity and is told 1000 u."""
EDM = ("CosineDPMSolverMultistepScheduler", "EDMDPMSolverMultistepScheduler", "EDMEulerScheduler")
"""Schedulers with EDM's preconditioning, of any noise level."""
SCORE = ("ScoreSdeVeScheduler",)
_DISTILLED = ("LCMScheduler", "TCDScheduler", "FlowMatchLCMScheduler")
_OTHER = "wrap the network with from_callable, or name predicts= and clock= (--predicts, --clock)"
_DISCRETE, _NO_MEAN = "it is of discrete tokens, which have no noise variance", "its network gives no posterior mean"
REFUSED = {
    "AmusedScheduler": _DISCRETE,
    "BlockRefinementScheduler": _DISCRETE,
    "CMStochasticIterativeScheduler": f"{_NO_MEAN}, but a sample at once",
    "ConsistencyDecoderScheduler": f"{_NO_MEAN}, but a sample at once",
    "DDPMWuerstchenScheduler": "its networks have another signature",
    "DiscreteDDIMScheduler": _DISCRETE,
    "EntropyBoundScheduler": _DISCRETE,
    "FlowMapEulerDiscreteScheduler": f"{_NO_MEAN}, but a step between two times",
    "HeliosDMDScheduler": "its stages have pictures of several sizes",
    "HeliosScheduler": "its stages have pictures of several sizes",
    "IPNDMScheduler": "it does not say what its network predicts",
    "KarrasVeScheduler": "it does not say what its network is told",
    "LTXEulerAncestralRFScheduler": "it keeps no trained levels",
    "MiniMaxH3Scheduler": "it keeps no trained levels",
    "PiflowScheduler": f"{_NO_MEAN}, but several velocities at once",
    "RFD4ProteinaScheduler": "it keeps no trained levels",
    "SCMScheduler": f"{_NO_MEAN}, but a sample at once",
    "ScoreSdeVpScheduler": "it keeps no trained levels",
    "VQDiffusionScheduler": _DISCRETE,
}
"""Schedulers that are not read, and why."""


@dataclass(frozen=True, eq=False)
class SchedulerReading:
    """What a scheduler says of its network.

    Attributes:
        predicts: What the network's output is, after the scheduler's preconditioning where it has one.
        clock: How the input is scaled and what the second argument is.
        preconditioned: Whether the scheduler's own precondition_* functions stand around the network.
        note: What else a reader must know, in words, or "".
    """

    predicts: Predicts
    clock: Clock
    preconditioned: bool = False
    note: str = ""


def read_scheduler(scheduler: Any, predicts: Predicts | None = None) -> SchedulerReading:
    """Read ``scheduler`` as it was configured, whatever sampling steps are set now; ``predicts`` overrides it.

    Classes derived from a scheduler of diffusers are read as it; other classes if they have alphas_cumprod.

    Raises:
        InvalidInput: if it is a scheduler of diffusers that is not read (`REFUSED`) or not known, or its options
            contradict each other.
    """
    kinds = [kind for kind in type(scheduler).__mro__ if kind.__name__.endswith("Scheduler")]
    name = next((kind.__name__ for kind in kinds if kind.__name__ in _READ), type(scheduler).__name__)
    own = any(kind.__module__.split(".")[0] == "diffusers" for kind in kinds)
    if name in REFUSED or (own and name not in _READ):
        why = REFUSED.get(name, "this version of remanifold does not know it")
        raise refusal("a scheduler must be one whose network is known", f"{name} ({why})", _OTHER)
    note = "a distilled network, whose answers are samples rather than posterior means" if name in _DISTILLED else ""
    if name in SCORE:
        return SchedulerReading(predicts or "score", CLOCKS["sigma"])
    if name in EDM:
        return SchedulerReading("denoised", CLOCKS["sigma"], preconditioned=True)
    if name in FLOW:
        return SchedulerReading(predicts or "velocity", _trained_flow(scheduler), note=note)
    return SchedulerReading(*_steps_of(scheduler, name, predicts), note=note)


_READ = {*STEPS, *FLOW, *EDM, *SCORE}


def _trained_flow(scheduler: Any) -> Clock:
    if getattr(scheduler.config, "invert_sigmas", False):
        raise refusal("a scheduler must have rising noise", f"{type(scheduler).__name__} inverted", _OTHER)
    untouched = type(scheduler).from_config(scheduler.config)  # sampling overwrites the sigmas of the live one
    names = np.asarray(untouched.timesteps)
    return flow_steps_clock(np.asarray(untouched.sigmas)[: len(names)], names)


def _steps_of(scheduler: Any, name: str, predicts: Predicts | None) -> tuple[Predicts, Clock]:
    config = scheduler.config
    kind = getattr(config, "prediction_type", "epsilon" if name == "RePaintScheduler" else None)
    flow = bool(getattr(config, "use_flow_sigmas", False))
    kinds = _FLOW_PREDICTS if flow else _PREDICTS
    predicts = kinds.get(str(kind)) if predicts is None else predicts
    if predicts is None:
        need = f"prediction_type must be one of {', '.join(kinds)}"
        need += " beside use_flow_sigmas" if flow else ""
        do = "set use_flow_sigmas=True" if kind == "flow_prediction" else "name it with predicts= or use from_callable"
        raise refusal(need, repr(kind), do)
    if flow:
        steps, shift = int(config.num_train_timesteps), float(getattr(config, "flow_shift", None) or 1.0)
        plain = np.arange(1, steps + 1) / steps
        times = shift * plain / (1 + (shift - 1) * plain)
        return predicts, flow_steps_clock(times, times * steps)
    if getattr(config, "timestep_type", "discrete") == "continuous" and kind == "v_prediction":
        return predicts, Clock("log(sigma)/4", "preserving", lambda t: math.log(t) / 8)
    grid = getattr(scheduler, "alphas_cumprod", None)
    if grid is None:
        raise InvalidInput(f"a scheduler must have alphas_cumprod or flow-matching sigmas, but got {name}; {_OTHER}.")
    return predicts, steps_clock(grid)
