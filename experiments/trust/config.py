"""What the experiment trains and asks."""

from emulax.datagen.active_learning import ActiveLearningConfig
from emulax.models.sdf_flow import UNetConfig
from emulax.training import OptimiserConfig, TrainingConfig
from emulax.workflows.train import SurrogateConfig

SEEDS = (0, 1, 2)
MEMBER = SurrogateConfig(
    UNetConfig(),
    training=TrainingConfig(
        epochs=15, batch_size=16, optimiser=OptimiserConfig(learning_rate=2e-3), checkpoint_every=2
    ),
)
"""The U-Net of `experiments/guo2016`, so that its runs serve here too."""

COVERAGE = 0.9
RESPLITS = 200
PROBES = 96
"""Flows drawn of each kind that the models were not trained on."""
STARTED = 32
"""Flows that the solver starts from predictions."""
ACTIVE_LEARNING = ActiveLearningConfig(initial=32, batch=32, rounds=4)
ACTIVE_LEARNING_SEEDS = (0, 1, 2, 3, 4)
