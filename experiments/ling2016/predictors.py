"""Everything that predicts an anisotropy, as functions from a flow to b: formulas, null models, networks.

Many rows look at one prediction, so each is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float
from sklearn.neighbors import KNeighborsRegressor

from emulax.data.stresses import StressFlow
from emulax.models.tensor_basis import algebraic, bounded_gradient
from emulax.models.tensor_basis.features import wall_reynolds_numbers
from emulax.workflows.stresses import StressNetwork, local_flow, predict_stress

Anisotropy = Float[np.ndarray, "cell 3 3"]
Predict = Callable[[StressFlow], Anisotropy]

NEIGHBOURS = 10


def formulas() -> dict[str, Predict]:
    """Closures without anything to learn, which are the same in every frame."""

    def of(formula: Callable[..., object]) -> Predict:
        return cache(lambda flow: np.asarray(formula(local_flow(flow)), np.float64))

    return {
        "zero": lambda flow: np.zeros((len(flow), 3, 3)),
        "sst": _sst,
        "linear": of(algebraic.linear),
        "quadratic": of(algebraic.quadratic),
        "explicit-algebraic": of(algebraic.explicit_algebraic),
    }


def constant(flows: Sequence[StressFlow], used: Sequence[Bool[np.ndarray, " cell"]]) -> Predict:
    """The mean anisotropy of the training flows of the same family, each cell counting the same."""
    means = {}
    for family in {flow.family for flow in flows}:
        parts = [flow.true_anisotropy[mask] for flow, mask in zip(flows, used, strict=True) if flow.family == family]
        means[family] = np.concatenate(parts).mean(0)
    return lambda flow: np.broadcast_to(means[flow.family], (len(flow), 3, 3))


def nearest_neighbours(flows: Sequence[StressFlow], used: Sequence[Bool[np.ndarray, " cell"]]) -> Predict:
    """The mean anisotropy of the nearest cells of the training flows, by what a network on components looks at."""
    known = np.concatenate([_features(flow)[mask] for flow, mask in zip(flows, used, strict=True)])
    goal = np.concatenate([flow.true_anisotropy[mask] for flow, mask in zip(flows, used, strict=True)])
    mean, scale = known.mean(0), np.maximum(known.std(0), 1e-3)
    fitted = KNeighborsRegressor(NEIGHBOURS).fit((known - mean) / scale, goal.reshape(-1, 9))
    return cache(lambda flow: fitted.predict((_features(flow) - mean) / scale).reshape(-1, 3, 3))


def of_network(network: StressNetwork) -> Predict:
    """What a trained network says."""
    return cache(lambda flow: np.asarray(predict_stress(network, flow).anisotropy, np.float64))


def _sst(flow: StressFlow) -> Anisotropy:
    """Anisotropy -nu_t S_ij / k of the turbulence model itself."""
    strain = 0.5 * (flow.velocity_gradient + np.swapaxes(flow.velocity_gradient, 1, 2))
    return -(flow.eddy_viscosity / flow.kinetic_energy)[:, None, None] * strain


def _features(flow: StressFlow) -> Float[np.ndarray, "cell feature"]:
    seen = local_flow(flow)
    strain, rotation, size = bounded_gradient(seen)
    gradient = (strain + rotation).reshape(len(flow), 9)
    return np.asarray(jnp.concatenate([gradient, size[:, None], wall_reynolds_numbers(seen)], axis=-1))
