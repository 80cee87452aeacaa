"""The same affine map of every pixel's channels."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from emulax.models.blocks.precision import MatmulPrecision

LECUN_NORMAL = jax.nn.initializers.lecun_normal()
"""Keeps the variance of what goes in."""


class Dense(nnx.Linear):
    """`y = x W + b` over the last axis, with all leading axes as one.

    For more than one, XLA transposes `x` to get the gradient by W.

    Args:
        channels_in: Channels of the input.
        channels_out: Channels of the output.
        kernel_init: Initial values of W.
        use_bias: Add b.
        precision: Precision of the product.
        rngs: Source of the initial weights.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        *,
        kernel_init: jax.nn.initializers.Initializer = LECUN_NORMAL,
        use_bias: bool = True,
        precision: MatmulPrecision,
        rngs: nnx.Rngs,
    ) -> None:
        super().__init__(
            channels_in,
            channels_out,
            kernel_init=kernel_init,
            use_bias=use_bias,
            precision=precision,
            param_dtype=jnp.float32,
            rngs=rngs,
        )

    def __call__(
        self, inputs: Float[Array, "*points channel"], out_sharding: Any = None
    ) -> Float[Array, "*points channel2"]:
        """The image of `inputs`."""
        flat, kernel = inputs.reshape(-1, inputs.shape[-1]), self.kernel[...]
        if kernel.dtype == jnp.bfloat16:
            image = jnp.matmul(flat.astype(kernel.dtype), kernel, preferred_element_type=jnp.float32)
            image = image if self.bias is None else image + self.bias[...][None]
        else:
            image = super().__call__(flat, out_sharding)
        return image.reshape(*inputs.shape[:-1], self.out_features)
