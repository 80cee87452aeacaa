"""What models on a tensor basis are by construction: equivariant in every frame, realizable whatever they are given."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array

from emulax.models.tensor_basis import TensorBasisConfig, TensorBasisNetwork
from emulax.workflows.rows import Check, Limit, Row
from emulax_rans import MeanFlow

_CONFIG = TensorBasisConfig(tensors=10, energy_gradient=True, pressure_gradient=True)
_FRAMES = 20


def checks(*, quick: bool = False) -> list[Check]:
    """The checks of this kind."""
    points = 200 if quick else 2000
    return [
        partial(equivariance, "float64", 1e-12, points=points),
        partial(equivariance, "float32", 1e-5, points=points),
        partial(equivariance_median, points=points),
        partial(unrealizable, points=50 * points),
    ]


def equivariance(precision: str, limit: float, *, points: int) -> Row:
    """Largest difference between the anisotropy in a turned, mirrored or moving frame and the turned anisotropy."""
    defects = _defects(precision, points)
    return Row(
        f"rans.equivariance_f{precision[-2:]}",
        float(defects.max()),
        "rel",
        Limit("<=", limit),
        reference=f"{_FRAMES} random frames, proper and improper, in uniform motion; ten tensors, grad k and grad p",
        reason=f"median {np.median(defects):.1e}",
    )


def equivariance_median(*, points: int) -> Row:
    """The median of the same in single precision."""
    return Row(
        "rans.equivariance_f32_median",
        float(np.median(_defects("float32", points))),
        "rel",
        Limit("<=", 1e-6),
        reference="the same frames",
    )


def unrealizable(*, points: int) -> Row:
    """Anisotropies with an eigenvalue outside [-1/3, 2/3] or not finite, of random and of extreme inputs."""
    bad = total = 0
    for precision in ("float32", "float64"):
        for flow in (_random_points(points, precision), _extreme_points(points, precision)):
            for gain in (1.0, 1e3, 1e8):
                b = np.asarray(_model(precision, gain).of(flow).anisotropy, np.float64)
                finite = np.isfinite(b).all(axis=(1, 2))
                values = np.linalg.eigvalsh(np.where(np.expand_dims(finite, (1, 2)), b, 0.0))
                bad += int((~finite | (values[:, 0] < -1.0 / 3.0) | (values[:, 2] > 2.0 / 3.0)).sum())
                total += len(b)
    return Row(
        "rans.unrealizable",
        float(bad),
        "count",
        Limit("<=", 0.0),
        reference="eigenvalues of b in [-1/3, 2/3]",
        source="doi 10.1063/1.861942",
        reason=f"of {total}, with gradients from 1e-12 to 1e12, at rest, degenerate, and coefficients up to 1e8",
    )


def _model(precision: str, gain: float = 3.0) -> TensorBasisNetwork:
    """A network of random weights whose coefficients are of the order of `gain`."""
    network = TensorBasisNetwork(_CONFIG, rngs=nnx.Rngs(0))
    network.perceptron.head.kernel[...] *= gain
    structure, weights = nnx.split(network)
    return nnx.merge(structure, jax.tree.map(lambda w: w.astype(precision), weights))


def _defects(precision: str, points: int) -> np.ndarray:
    """Largest difference of a component of b, for each point and frame."""
    model, flow, random = _model(precision), _random_points(points, precision), np.random.default_rng(1)
    plain = np.asarray(model.of(flow).anisotropy, np.float64)
    defects = []
    for _ in range(_FRAMES):
        frame, _ = np.linalg.qr(random.standard_normal((3, 3)))
        found = np.asarray(model.of(_seen_from(flow, frame, random.standard_normal(3))).anisotropy, np.float64)
        defects.append(np.abs(found - frame @ plain @ frame.T).max((1, 2)))
    return np.array(defects)


def _seen_from(flow: MeanFlow, frame: np.ndarray, speed: np.ndarray) -> MeanFlow:
    """The same flow in a frame that is turned and moves."""

    def turned(values: Array, rank: int, shift: np.ndarray | float = 0.0) -> Array:
        exact = np.asarray(values, np.float64)
        exact = frame @ exact @ frame.T if rank == 2 else exact @ frame.T
        return jnp.asarray(exact + shift, values.dtype)

    return flow._replace(
        velocity=turned(flow.velocity, 1, speed),
        velocity_gradient=turned(flow.velocity_gradient, 2),
        kinetic_energy_gradient=turned(flow.kinetic_energy_gradient, 1),
        pressure_gradient=None if flow.pressure_gradient is None else turned(flow.pressure_gradient, 1),
    )


def _random_points(count: int, precision: str) -> MeanFlow:
    """Points whose invariants are of the order of one."""
    random = np.random.default_rng(0)
    gradient = random.standard_normal((count, 3, 3))
    gradient -= np.trace(gradient, axis1=1, axis2=2)[:, None, None] * np.eye(3) / 3.0
    return _points(
        precision,
        random.standard_normal((count, 3)),
        gradient,
        random.uniform(0.3, 3.0, count),
        random.standard_normal((count, 3)),
        random.uniform(0.3, 3.0, count),
        np.zeros(count),
        random.uniform(0.1, 1.0, count),
        np.full(count, 0.01),
        random.standard_normal((count, 3)),
    )


def _extreme_points(count: int, precision: str) -> MeanFlow:
    """Points at rest, in plane, parallel and isotropic strain, and with scales of 24 orders of magnitude."""
    random = np.random.default_rng(2)
    gradient = random.standard_normal((count, 3, 3)) * 10.0 ** random.uniform(-12.0, 12.0, (count, 1, 1))
    kinds = np.arange(count) % 5
    gradient[kinds == 0] = 0.0
    gradient[kinds == 1, 2:] = gradient[kinds == 1, :, 2:] = 0.0
    gradient[kinds == 2, 1:] = 0.0
    gradient[kinds == 3] *= np.diag([1.0, 1.0, -2.0])

    def scale() -> np.ndarray:
        return 10.0 ** random.uniform(-12.0, 12.0, count)

    slopes, push = (random.standard_normal((count, 3)) * scale()[:, None] for _ in range(2))
    velocity, none = random.standard_normal((count, 3)), np.zeros(count)
    return _points(precision, velocity, gradient, scale(), slopes, scale(), none, scale(), scale(), push)


def _points(precision: str, *values: Any) -> MeanFlow:
    return MeanFlow(*(jnp.asarray(value, precision) for value in values))
