"""Closures of the anisotropy that are formulas: what a learned one has to beat.

Rates are in units of the turbulence's time: S = (k/epsilon) S_ij, R = (k/epsilon) R_ij.
"""

from __future__ import annotations

import jax.numpy as jnp

from emulax.models.tensor_basis.local_flow import LocalFlow
from emulax.models.tensor_basis.tensors import Tensor, parts, product, traceless

_C_MU = 0.09


def linear(flow: LocalFlow) -> Tensor:
    """The linear eddy-viscosity model, b = -C_mu S with C_mu = 0.09.

    Source: Jones & Launder 1972, doi:10.1016/0017-9310(72)90076-2, without damping at walls.
    """
    strain, _ = _rates(flow)
    return -_C_MU * strain


def quadratic(flow: LocalFlow) -> Tensor:
    """The quadratic part of the model of Craft, Launder & Suga 1996, doi:10.1016/0142-727X(95)00079-6.

        2 b = -2 C S + C [4 c1 (S^2)' + 4 c2 (R S - S R) + 4 c3 (R R^T)'],   c1 = -0.1, c2 = 0.1, c3 = 0.26
        C = 0.3 / (1 + 0.35 eta^1.5) (1 - exp(-0.36 exp(0.75 eta))),   eta = max(sqrt(2 S_ij S_ij), sqrt(2 R_ij R_ij))

    with ' for what is left without its trace; C holds no damping by the turbulence's Reynolds number.
    """
    strain, rotation = _rates(flow)
    sizes = (jnp.sqrt(2.0 * (tensor**2).sum((-2, -1))) for tensor in (strain, rotation))
    eta = jnp.maximum(*sizes)[..., None, None]
    factor = 0.3 / (1.0 + 0.35 * eta**1.5) * (1.0 - jnp.exp(-0.36 * jnp.exp(jnp.minimum(0.75 * eta, 50.0))))
    second = (
        -0.1 * traceless(product(strain, strain))
        + 0.1 * (product(rotation, strain) - product(strain, rotation))
        - 0.26 * traceless(product(rotation, rotation))
    )
    return factor * (-strain + 2.0 * second)


def explicit_algebraic(flow: LocalFlow) -> Tensor:
    """The explicit algebraic Reynolds stress model of Wallin & Johansson 2000, doi:10.1017/S0022112000007004.

        2 b = beta_1 S + beta_4 (S R - R S),   beta_1 = -6/5 N / (N^2 - 2 II),   beta_4 = -6/5 / (N^2 - 2 II)

    with II = tr R^2 and N the root of the cubic that the production's share in the plane makes; the form of plane
    flows, without damping at walls.
    """
    strain, rotation = _rates(flow)
    squared = (strain**2).sum((-2, -1))
    spin = -(rotation**2).sum((-2, -1))
    c1 = 9.0 / 4.0 * (1.8 - 1.0)
    p1 = (c1**2 / 27.0 + 9.0 / 20.0 * squared - 2.0 / 3.0 * spin) * c1
    p2 = p1**2 - (c1**2 / 9.0 + 9.0 / 10.0 * squared + 2.0 / 3.0 * spin) ** 3
    real = p2 >= 0.0
    root = jnp.sqrt(jnp.where(real, p2, 0.0))
    difference = p1 - root
    one = c1 / 3.0 + jnp.cbrt(p1 + root) + jnp.cbrt(difference)
    size = jnp.where(real, 1.0, p1**2 - p2)
    angle = jnp.arccos(jnp.clip(p1 / jnp.sqrt(size), -1.0, 1.0)) / 3.0
    three = c1 / 3.0 + 2.0 * size ** (1.0 / 6.0) * jnp.cos(angle)
    n = jnp.where(real, one, three)
    scale = (-1.2 / (n**2 - 2.0 * spin))[..., None, None]
    commutator = product(strain, rotation) - product(rotation, strain)
    return 0.5 * scale * (n[..., None, None] * strain + commutator)


def _rates(flow: LocalFlow) -> tuple[Tensor, Tensor]:
    return parts(flow.velocity_gradient * (flow.kinetic_energy / flow.dissipation)[..., None, None])
