"""What the experiment trains: networks beside each other, then one factor at a time around one base."""

from dataclasses import dataclass, replace

from emulax.models.sdf_flow import FNOConfig, GuoConfig, TransolverConfig, UNetConfig
from emulax.training import FlowLossConfig, OptimiserConfig, TrainingConfig
from emulax.workflows.train import SurrogateConfig

SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Plan:
    """The experiment at one size.

    Args:
        models: Networks trained on all training flows.
        factors: The base of the ablations and what differs from it in one factor, on fewer flows.
        space: What is trained on flows in three dimensions.
    """

    models: dict[str, SurrogateConfig]
    factors: dict[str, SurrogateConfig]
    space: dict[str, SurrogateConfig]


def _training(epochs: int, learning_rate: float, batch_size: int = 16) -> TrainingConfig:
    optimiser = OptimiserConfig(learning_rate=learning_rate)
    return TrainingConfig(epochs=epochs, batch_size=batch_size, optimiser=optimiser, checkpoint_every=2)


def _factors(samples: int | None, epochs: int) -> dict[str, SurrogateConfig]:
    unet = SurrogateConfig(UNetConfig(), training=_training(epochs, 2e-3), samples=samples)
    guo = SurrogateConfig(GuoConfig(width_scale=0.5), training=_training(epochs, 1e-3), samples=samples)
    return {
        "unet-sdf": unet,
        "unet-mask": replace(unet, inputs="mask"),
        "unet-both": replace(unet, inputs="both"),
        "unet-mean-squared": replace(unet, loss=FlowLossConfig("mean_squared")),
        "unet-wall": replace(unet, loss=FlowLossConfig(wall_weight=4.0)),
        "unet-divergence": replace(unet, loss=FlowLossConfig(divergence_weight=0.5)),
        "unet-no-slip": replace(unet, no_slip_width=0.25),
        "unet-mirror": replace(unet, mirror_equivariant=True),
        "guo-sdf": guo,
        "guo-mask": replace(guo, inputs="mask"),
        "guo-both": replace(guo, inputs="both"),
        "guo-separate": replace(guo, network=GuoConfig(width_scale=0.5, encoders="separate")),
    }


# On two cores Guo's network has half its published widths; the published ones are in the gpu plan.
PLANS = {
    "small": Plan(
        models={
            "unet": SurrogateConfig(UNetConfig(), training=_training(15, 2e-3)),
            "guo2016": SurrogateConfig(GuoConfig(width_scale=0.5), training=_training(20, 1e-3)),
            "fno": SurrogateConfig(FNOConfig(), training=_training(15, 2e-3)),
            "transolver": SurrogateConfig(TransolverConfig(), training=_training(12, 1e-3)),
        },
        factors=_factors(512, 10),
        space={"guo2016_3d": SurrogateConfig(GuoConfig(width_scale=0.5), training=_training(25, 1e-3))},
    ),
    "gpu": Plan(
        models={
            "unet": SurrogateConfig(UNetConfig(), training=_training(20, 2e-3, 32)),
            "guo2016": SurrogateConfig(GuoConfig(), training=_training(30, 1e-3, 32)),
            "fno": SurrogateConfig(FNOConfig(), training=_training(20, 2e-3, 32)),
            "transolver": SurrogateConfig(TransolverConfig(), training=_training(20, 1e-3, 32)),
        },
        factors=_factors(None, 10),
        space={"guo2016_3d": SurrogateConfig(GuoConfig(), training=_training(30, 1e-3, 32))},
    ),
}
