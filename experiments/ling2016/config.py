"""What the experiment trains, on which flows, and what it is judged on."""

from dataclasses import replace

from emulax.models.tensor_basis import ComponentConfig, TensorBasisConfig
from emulax.training import OptimiserConfig, TrainingConfig
from emulax.workflows.stresses import StressModelConfig
from emulax.workflows.velocity_fit import VelocityFitConfig

SEEDS = (0, 1, 2)

HELD_OUT = ("AR_7_Ret_180", "alpha_05_10071_4048", "alpha_15_7929_2024")
"""Flows that nothing is trained on."""
LEFT_OUT = "AR_1_Ret_180"
"""The duct without which a model is trained once more."""
JUDGED = "AR_7_Ret_180"
"""The duct whose velocity is judged."""
FITTED = ("AR_1_Ret_180", "AR_3_Ret_180")
"""Ducts that the training through the solver sees."""

FREE_STREAM = {"NASA_hump": 1e-4 * 34.6**2}
"""True k below which a cell is free stream, where an anisotropy means nothing."""

_TRAINING = TrainingConfig(
    epochs=110,
    batch_size=1024,
    optimiser=OptimiserConfig(learning_rate=3e-3, weight_decay=0.0),
    average_decay=0.999,
    checkpoint_every=20,
    evaluate_every=5,
)
_NETWORK = TensorBasisConfig(energy_gradient=True, width=128)
TBNN = StressModelConfig(_NETWORK, training=_TRAINING)
MODELS = {
    "tbnn": TBNN,
    "tbnn-no-grad-k": replace(TBNN, network=TensorBasisConfig(width=128)),
    "components": replace(TBNN, network=ComponentConfig(width=128)),
}
"""Networks trained on all training flows."""

VELOCITY = VelocityFitConfig(steps=100)
"""Training through the solver of a model that looks at SST's flow."""
MET = replace(TBNN, network=replace(_NETWORK, largest_log_ratio=3.0))
"""A network for a closed loop; with the usual bound single cells get thousands of times their k once it goes astray."""
CLOSED = VelocityFitConfig(steps=200, looks=12)
"""Training through the solver of a model that looks at the flow it makes itself."""
