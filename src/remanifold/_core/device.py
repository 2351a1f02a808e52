"""Devices by name, refused where there are none."""

from typing import TYPE_CHECKING

from remanifold._core.errors import InvalidInput

if TYPE_CHECKING:
    import torch


def device_of(name: "torch.device | str") -> "torch.device":
    """The device ``name`` such as "cpu" or "cuda:0".

    Raises:
        InvalidInput: if torch knows no such device, or this machine has none.
    """
    import torch

    try:
        device = torch.device(name)
        torch.zeros(1, device=device).sum().item()  # the meta device holds no numbers
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:  # torch without CUDA asserts
        raise InvalidInput(
            f"`device` must be one that this machine has and torch can use, but got {name!s}; pass e.g. cpu."
        ) from error
    return device
