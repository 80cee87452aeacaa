"""Derivatives through the solve against finite differences."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float

from emulax.models.tensor_basis import TensorBasisConfig, TensorBasisNetwork
from emulax.workflows.closures import closure_of
from emulax.workflows.rows import Check, Limit, Row
from emulax_rans import NewtonOptions, RansCase, duct_quadrant, solve

_STEPS = (1e-4, 1e-5, 1e-6)


def checks(*, quick: bool = False) -> list[Check]:
    """The checks of this kind."""
    return [partial(through_the_solve, cells=10 if quick else 16)]


def through_the_solve(*, cells: int = 16) -> Row:
    """Derivative of a random functional of the velocity by a network's weights, along a random direction."""
    case = RansCase(duct_quadrant(cells, first=1.0 / 150.0), 1.0 / 2500.0)
    base = solve(case)
    structure, weights = nnx.split(_network())
    weights = jax.tree.map(lambda w: w.astype(jnp.float64), weights)
    random = np.random.default_rng(0)
    functional = jnp.asarray(random.standard_normal((*case.section.shape, 3)))
    options = NewtonOptions(tolerance=1e-12, time_step=1.0)

    def measured(parameters: nnx.State) -> Float[Array, ""]:
        flow = solve(case, closure_of(structure, parameters), start=base, options=options)
        return (functional * flow.mean.velocity).sum()

    direction = jax.tree.map(lambda w: jnp.asarray(random.standard_normal(w.shape)), weights)
    slopes = jax.grad(measured)(weights)
    along = sum(float((s * d).sum()) for s, d in zip(jax.tree.leaves(slopes), jax.tree.leaves(direction), strict=True))
    errors = []
    for step in _STEPS:
        ahead, behind = (measured(_moved(weights, direction, signed)) for signed in (step, -step))
        errors.append(abs(float(ahead - behind) / (2.0 * step) - along) / abs(along))
    return Row(
        "rans.gradient",
        min(errors),
        "rel",
        Limit("<=", 1e-4),
        reference="central differences; the best of three steps",
        reason=", ".join(f"{error:.1e} with {step:g}" for step, error in zip(_STEPS, errors, strict=True)),
    )


def _network() -> TensorBasisNetwork:
    """A network of random weights that is near an eddy viscosity, with -<uv> = 0.3 k in a logarithmic layer."""
    network = TensorBasisNetwork(TensorBasisConfig(width=16, depth=2), rngs=nnx.Rngs(0))
    head: Any = network.perceptron.head
    head.kernel[...] *= 0.1
    head.bias[...] += jnp.array([-0.35, 0.05, 0.0, 0.0, 0.0], jnp.float32)
    return network


def _moved(weights: nnx.State, direction: nnx.State, step: float) -> nnx.State:
    return jax.tree.map(lambda w, d: w + step * d, weights, direction)
