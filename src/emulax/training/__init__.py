"""Training of any model: losses, optimisers, one loop, checkpoints and the history they leave."""

from emulax.training.checkpoints import restore_best
from emulax.training.history import EpochMetrics, read_metrics
from emulax.training.loop import TrainingResult, check_data, fit, run
from emulax.training.losses import FlowLossConfig, flow_loss
from emulax.training.optimisers import OptimiserConfig
from emulax.training.step import Augment, Batch, Loss
from emulax.training.trainer import TrainingConfig

__all__ = [
    "Augment",
    "Batch",
    "EpochMetrics",
    "FlowLossConfig",
    "Loss",
    "OptimiserConfig",
    "TrainingConfig",
    "TrainingResult",
    "check_data",
    "fit",
    "flow_loss",
    "read_metrics",
    "restore_best",
    "run",
]
