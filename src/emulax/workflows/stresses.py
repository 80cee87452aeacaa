"""Training of models of the Reynolds stress on flows with a known truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float, Float32

from emulax.core.config import from_dict, to_dict
from emulax.core.errors import InputError
from emulax.core.files import prepare_output, write_text
from emulax.data.stresses import StressFlow
from emulax.models.tensor_basis import (
    ComponentConfig,
    ComponentNetwork,
    StressPrediction,
    TensorBasisConfig,
    TensorBasisNetwork,
    TensorInputs,
)
from emulax.training import Batch, OptimiserConfig, TrainingConfig, TrainingResult, fit, restore_best
from emulax_rans import MeanFlow

StressNetwork: TypeAlias = TensorBasisNetwork | ComponentNetwork

_TRAINING = TrainingConfig(
    epochs=60, batch_size=1024, optimiser=OptimiserConfig(learning_rate=3e-3, weight_decay=0.0), average_decay=0.999
)
_VALIDATED = 0.1
_MODEL = "model.json"
_CONFIGS = {"tensor_basis": TensorBasisConfig, "components": ComponentConfig}


@dataclass(frozen=True)
class StressModelConfig:
    """A model of the Reynolds stress and how it is trained.

    Args:
        network: The network; a tensor basis' invariants are scaled by their statistics over the training data.
        energy_weight: Weight of the squared error of the logarithm of the ratio of k, beside that of b.
        viscosity_weight: Weight of the squared error of the eddy viscosity, as the anisotropy that it makes of the true
            strain rate.
        volume_share: Share of a cell's weight that goes by its volume; the rest is the same for all cells of a flow.
        training: How it is trained.
    """

    network: TensorBasisConfig | ComponentConfig = field(default_factory=TensorBasisConfig)
    energy_weight: float = 0.003
    viscosity_weight: float = 1.0
    volume_share: float = 0.5
    training: TrainingConfig = _TRAINING

    def __post_init__(self) -> None:
        for name in ("energy_weight", "viscosity_weight"):
            if not getattr(self, name) >= 0.0:
                raise InputError(name, f"is {getattr(self, name)}, must not be negative")
        if not 0.0 <= self.volume_share <= 1.0:
            raise InputError("volume_share", f"is {self.volume_share}, must be between 0 and 1")


def train_stress_model(
    flows: Sequence[StressFlow],
    config: StressModelConfig,
    *,
    out: Path,
    seed: int = 0,
    used: Sequence[Bool[np.ndarray, " cell"]] | None = None,
) -> tuple[StressNetwork, TrainingResult]:
    """Train a model on the cells of these flows; a killed training goes on where it stopped.

    All flows count the same, whatever their numbers of cells. A tenth of the cells, drawn at random, chooses the epoch.

    Args:
        flows: What to train on.
        config: Model and training.
        out: Directory of the run.
        seed: Seed of weights, order and of the cells that choose the epoch.
        used: Cells of each flow that count; the valid ones by default.

    Raises:
        InputError: There are no flows or no cells.
    """
    if not flows:
        raise InputError("flows", "are none, must be at least one")
    masks = (
        [flow.valid for flow in flows]
        if used is None
        else [mask & f.valid for mask, f in zip(used, flows, strict=True)]
    )
    plain = _network(config.network, seed)
    parts = [_arrays(plain, flow, mask, config.volume_share) for flow, mask in zip(flows, masks, strict=True)]
    data = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if not len(data["weight"]):
        raise InputError("flows", "have no valid cells")
    network = _network(_scaled(config.network, data), seed)
    describe(network, out)
    chosen = np.random.default_rng(seed).random(len(data["weight"])) < _VALIDATED
    train, validation = ({name: array[mask] for name, array in data.items()} for mask in (~chosen, chosen))
    loss, training = _Loss(config.energy_weight, config.viscosity_weight), replace(config.training, seed=seed)
    result = fit(network, loss, train, validation, config=training, directory=out)
    return network, result


def describe(network: StressNetwork, directory: Path) -> None:
    """Write what a network is, without its weights, to the directory of its run.

    Raises:
        InputError: The directory cannot be written to.
    """
    (name,) = (name for name, config in _CONFIGS.items() if isinstance(network.config, config))
    prepare_output(directory, "out")
    write_text(directory / _MODEL, json.dumps({name: to_dict(network.config)}, indent=1) + "\n")


def load_stress_model(directory: Path | str) -> StressNetwork:
    """The network of a run, with its best weights.

    Args:
        directory: Where `train_stress_model` or `fit_velocity` left it.

    Raises:
        InputError: The directory is no such run, or is damaged.
    """
    path = Path(directory) / _MODEL
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        ((name, settings),) = values.items()
        config = _CONFIGS[name]
    except OSError as error:
        raise InputError(str(directory), f"is no run of a stress model: {_MODEL} cannot be read") from error
    except (ValueError, KeyError, AttributeError) as error:
        raise InputError(str(path), "is damaged", "train again") from error
    network = _network(from_dict(config, settings, name), 0)
    restore_best(Path(directory), network)
    return network


def predict_stress(network: StressNetwork, flow: StressFlow) -> StressPrediction:
    """What a trained model says of a flow, in single precision."""
    return nnx.jit(lambda model, inputs: model(inputs))(network, network.inputs(local_flow(flow)))


@dataclass(frozen=True)
class _Loss:
    """Weighted squared errors; two with one weight are equal, so that a step is compiled once."""

    energy_weight: float
    viscosity_weight: float

    def __call__(self, model: StressNetwork, batch: Batch) -> Float[Array, " batch"]:
        given = TensorInputs(batch["tensors"], batch["invariants"]) if "tensors" in batch else batch["components"]
        said = model(given)  # pyright: ignore[reportArgumentType]
        squares = ((said.anisotropy - batch["anisotropy"]) ** 2).sum((-2, -1))
        energy = (said.log_energy_ratio - batch["log_energy_ratio"]) ** 2
        viscosity = (jnp.exp(said.log_viscosity_ratio) * batch["linear_part"] - batch["true_linear_part"]) ** 2
        return batch["weight"] * (squares + self.energy_weight * energy + self.viscosity_weight * viscosity)


def _network(config: TensorBasisConfig | ComponentConfig, seed: int) -> StressNetwork:
    if isinstance(config, TensorBasisConfig):
        return TensorBasisNetwork(config, rngs=nnx.Rngs(seed))
    return ComponentNetwork(config, rngs=nnx.Rngs(seed))


def _scaled(
    config: TensorBasisConfig | ComponentConfig, data: dict[str, Float32[np.ndarray, "cell ..."]]
) -> TensorBasisConfig | ComponentConfig:
    """A tensor basis' configuration with the statistics of the invariants."""
    if not isinstance(config, TensorBasisConfig):
        return config
    invariants = data["invariants"].astype(np.float64)
    means, scales = (tuple(map(float, numbers)) for numbers in (invariants.mean(0), invariants.std(0)))
    return replace(config, invariant_means=means, invariant_scales=scales)


def _arrays(
    network: StressNetwork, flow: StressFlow, used: Bool[np.ndarray, " cell"], volume_share: float
) -> dict[str, Float32[np.ndarray, "..."]]:
    """What a step needs of the used cells of one flow, whose weights sum to a constant over the number of flows."""
    given = network.inputs(local_flow(flow))
    named = given._asdict() if isinstance(given, TensorInputs) else {"components": given}
    volume = flow.volume[used] / flow.volume[used].mean() if used.any() else flow.volume[used]
    weight = 1.0 - volume_share + volume_share * volume
    values = {name: np.asarray(array)[used] for name, array in named.items()}
    # Size of the anisotropy that an eddy viscosity makes of the true strain rate, over that viscosity.
    rate = np.sqrt((flow.true_strain_rate**2).sum((1, 2)))[used] / flow.true_kinetic_energy[used]
    values |= {
        "anisotropy": flow.true_anisotropy[used],
        "log_energy_ratio": flow.log_energy_ratio[used],
        "linear_part": flow.eddy_viscosity[used] * rate,
        "true_linear_part": flow.true_eddy_viscosity[used] * rate,
        "weight": weight / max(int(used.sum()), 1) * 1e4,
    }
    return {name: array.astype(np.float32) for name, array in values.items()}


def local_flow(flow: StressFlow) -> MeanFlow:
    """What a model looks at of a flow of the data, in single precision."""
    single = partial(jnp.asarray, dtype=jnp.float32)
    return MeanFlow(
        single(flow.velocity),
        single(flow.velocity_gradient),
        single(flow.kinetic_energy),
        single(flow.kinetic_energy_gradient),
        single(flow.dissipation),
        single(flow.eddy_viscosity),
        single(flow.wall_distance),
        flow.viscosity,
        None if flow.pressure_gradient is None else single(flow.pressure_gradient),
    )
