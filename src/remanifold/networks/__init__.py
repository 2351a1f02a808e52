"""Anybody's trained model as a `Denoiser`, and the small networks that remanifold trains itself."""

from remanifold.networks.check_denoiser import DenoiserCheck, check_denoiser
from remanifold.networks.clocks import CLOCKS, Clock
from remanifold.networks.denoising_network import DenoisingNetwork
from remanifold.networks.from_callable import from_callable, from_edm
from remanifold.networks.from_diffusers import from_diffusers
from remanifold.networks.ground_truth import GroundTruth, GroundTruthCard, ground_truth_models, load_ground_truth
from remanifold.networks.network_denoiser import NetworkDenoiser
from remanifold.networks.network_file import load_network, save_network
from remanifold.networks.network_record import TrainingRecord
from remanifold.networks.residual_mlp import MLPConfig, ResidualMLP
from remanifold.networks.row_losses import loss_ratio, row_losses
from remanifold.networks.small_unet import SmallUNet, UNetConfig
from remanifold.networks.training import Trained, train

__all__ = [
    "CLOCKS", "Clock", "DenoiserCheck", "DenoisingNetwork", "GroundTruth", "GroundTruthCard", "MLPConfig",
    "NetworkDenoiser", "ResidualMLP", "SmallUNet", "Trained", "TrainingRecord", "UNetConfig", "check_denoiser",
    "from_callable", "from_diffusers", "from_edm", "ground_truth_models", "load_ground_truth", "load_network",
    "loss_ratio", "row_losses", "save_network", "train",
]  # fmt: skip
