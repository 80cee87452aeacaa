"""The same affine map of every pixel's channels."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from emulax.models.blocks.precision import MatmulPrecision

_LECUN = jax.nn.initializers.lecun_normal()


class Dense(nnx.Module):
    """`y = x W + b` over the last axis.

    Args:
        channels_in: Channels of the input.
        channels_out: Channels of the output.
        kernel_init: Initial values of W.
        precision: Precision of the product.
        rngs: Source of the initial weights.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        *,
        kernel_init: jax.nn.initializers.Initializer = _LECUN,
        precision: MatmulPrecision,
        rngs: nnx.Rngs,
    ) -> None:
        self.precision: MatmulPrecision = precision
        self.kernel = nnx.Param(kernel_init(rngs.params(), (channels_in, channels_out), jnp.float32))
        self.bias = nnx.Param(jnp.zeros((channels_out,), jnp.float32))

    def __call__(self, x: Float[Array, "*points channel"]) -> Float[Array, "*points channel2"]:
        """The image of `x`."""
        product = flat_product(x, self.kernel[...], precision=self.precision)
        return product + self.bias[...].reshape((1,) * (x.ndim - 1) + (-1,))


def flat_product(
    x: Float[Array, "*points channel"], kernel: Float[Array, "channel channel2"], *, precision: MatmulPrecision
) -> Float[Array, "*points channel2"]:
    """`x @ kernel` with all leading axes as one: for more, XLA transposes `x` to get the gradient by the kernel."""
    flat = jnp.matmul(x.reshape(-1, x.shape[-1]), kernel, precision=precision)
    return flat.reshape(*x.shape[:-1], kernel.shape[-1])
