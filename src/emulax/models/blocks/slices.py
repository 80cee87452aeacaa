"""Attention between learned slices of the domain, at a cost that grows with the number of points only linearly."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from emulax.models.blocks.dense import Dense
from emulax.models.blocks.precision import MatmulPrecision

_TINY = 1e-6


class SliceAttention(nnx.Module):
    """Physics-attention: points are gathered in slices of like state, slices attend to each other, points read them.

        w_nm = softmax_m((W_slice W_key x_n)_m / temperature)
        z_m  = sum_n w_nm W_value x_n / sum_n w_nm
        z'_m = sum_l softmax_l(q_m.k_l / sqrt(channels a head)) v_l,   q, k, v = W_q z, W_k z, W_v z
        y_n  = W_out sum_m w_nm z'_m

    in each head on its own share of the channels; W_slice, W_q, W_k and W_v are common to the heads, and each has its
    temperature. The order of points does not matter, nor whether they lie on a grid.

    Source: Wu et al., "Transolver: a fast transformer solver for PDEs on general geometries", ICML 2024, eq. 1 to 4,
    arXiv 2402.02366.

    Args:
        channels: Channels in and out, a multiple of `heads`.
        heads: Number of heads.
        slices: Slices of each head.
        precision: Precision of the products.
        rngs: Source of the initial weights.
    """

    def __init__(self, channels: int, *, heads: int, slices: int, precision: MatmulPrecision, rngs: nnx.Rngs) -> None:
        self.heads = heads
        self.precision = precision

        share = channels // heads
        self.key = Dense(channels, channels, precision=precision, rngs=rngs)
        self.value = Dense(channels, channels, precision=precision, rngs=rngs)
        self.slice = Dense(share, slices, precision=precision, rngs=rngs)
        self.temperature = nnx.Param(jnp.full((heads,), 0.5, jnp.float32))
        self.attention = Dense(share, 3 * share, use_bias=False, precision=precision, rngs=rngs)
        self.out = Dense(channels, channels, precision=precision, rngs=rngs)

    def __call__(self, x: Float[Array, "batch point channel"]) -> Float[Array, "batch point channel"]:
        """The response of the whole domain at each point."""
        key, value = (self._split(project(x)) for project in (self.key, self.value))
        weights = jax.nn.softmax(self.slice(key) / self.temperature[...][None, None, :, None], axis=-1)
        total = jnp.sum(weights, axis=1)[..., None]
        tokens = self._product("bnhm,bnhc->bhmc", weights, value) / (total + _TINY)
        q, k, v = jnp.split(self.attention(tokens), 3, axis=-1)
        scores = self._product("bhmc,bhlc->bhml", q, k) * q.shape[-1] ** -0.5
        answers = self._product("bhml,bhlc->bhmc", jax.nn.softmax(scores, axis=-1), v)
        return self.out(self._product("bnhm,bhmc->bnhc", weights, answers).reshape(x.shape))

    def _split(self, x: Float[Array, "batch point channel"]) -> Float[Array, "batch point head share"]:
        return x.reshape(*x.shape[:2], self.heads, -1)

    def _product(self, equation: str, *factors: Array) -> Array:
        return jnp.einsum(equation, *factors, precision=self.precision)
