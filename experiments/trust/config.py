"""What the experiment trains and asks."""

from emulax.datagen.active_learning import ActiveLearningConfig
from emulax.models.sdf_flow import UNetConfig
from emulax.training import OptimiserConfig, TrainingConfig
from emulax.workflows.train import SurrogateConfig

SEEDS = (0, 1, 2)


def _unet(epochs: int, batch_size: int) -> SurrogateConfig:
    optimiser = OptimiserConfig(learning_rate=2e-3)
    training = TrainingConfig(epochs=epochs, batch_size=batch_size, optimiser=optimiser, checkpoint_every=2)
    return SurrogateConfig(UNetConfig(), training=training)


MEMBERS = {"small": _unet(15, 16), "gpu": _unet(20, 32)}
"""The U-Net of `experiments/guo2016` by size, so that its runs serve here too."""

COVERAGE = 0.9
RESPLITS = 200
PROBES = 96
"""Flows drawn of each kind that the models were not trained on."""
STARTED = 32
"""Flows that the solver starts from predictions."""
ACTIVE_LEARNING = ActiveLearningConfig(initial=32, batch=32, rounds=4)
ACTIVE_LEARNING_SEEDS = (0, 1, 2, 3, 4)
