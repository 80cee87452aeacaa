"""The unit that residual networks repeat: normalisation, SiLU and 3x3 convolution, as one operation on a CPU."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax.models.blocks.convolution import Convolution
from emulax.models.blocks.native import targets
from emulax.models.blocks.normalisation import GroupNorm

_MULTIPLE, _MAX_CHANNELS = 16, 1024  # what the sources in `native` are written for

_Weights: TypeAlias = tuple[Array, Array, Array, Array]
"""Scale and bias of the normalisation, kernel and bias of the convolution."""


def activated_convolution(
    x: Float[Array, "batch y x channel"],
    norm: GroupNorm,
    convolution: Convolution,
    add: Float[Array, "batch y x channel2"] | None = None,
) -> Float[Array, "batch y x channel2"]:
    """`add + convolution(silu(norm(x)))`.

    On a CPU it is one native operation, where there is a compiler to build it, numbers are float32 and channels are
    multiples of 16; otherwise its parts are XLA's.
    """
    kernel = convolution.kernel[...]

    def parts(x: Array, *add: Array) -> Array:
        return sum(add, start=convolution(jax.nn.silu(norm(x))))

    adds = () if add is None else (add,)
    if not _is_native(x, kernel, *adds):
        return parts(x, *adds)
    weights = norm.scale[...], norm.bias[...], kernel, convolution.bias[...]

    def native(x: Array, *add: Array) -> Array:
        return _native(norm.groups, norm.epsilon, x, weights, add)

    return jax.lax.platform_dependent(x, *adds, cpu=native, default=parts)


def _is_native(x: Array, kernel: Array, *add: Array) -> bool:
    channels = kernel.shape[2:]
    fits = all(count % _MULTIPLE == 0 and count <= _MAX_CHANNELS for count in channels)
    return fits and all(values.dtype == jnp.float32 for values in (x, kernel, *add)) and targets() is not None


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _native(groups: int, epsilon: float, x: Array, weights: _Weights, add: tuple[Array, ...]) -> Array:
    out = jax.ShapeDtypeStruct((*x.shape[:3], weights[2].shape[-1]), x.dtype)
    nothing = jnp.zeros((0, 0, 0, 0), x.dtype)
    (result,) = _call("forward", [out], groups, epsilon, x, *weights, *(add or (nothing,)))
    return result


def _forward(
    groups: int, epsilon: float, x: Array, weights: _Weights, add: tuple[Array, ...]
) -> tuple[Array, tuple[Array, _Weights, tuple[None, ...]]]:
    # Activations are computed again on the way back: that costs less than to keep them.
    return _native(groups, epsilon, x, weights, add), (x, weights, (None,) * len(add))


def _backward(
    groups: int, epsilon: float, saved: tuple[Array, _Weights, tuple[None, ...]], gradient: Array
) -> tuple[Array, _Weights, tuple[Array, ...]]:
    x, (scale, shift, kernel, bias), added = saved
    turned = kernel[::-1, ::-1].swapaxes(2, 3)
    shapes = [jax.ShapeDtypeStruct(values.shape, values.dtype) for values in (x, scale, shift, kernel, bias)]
    results = _call("backward", shapes, groups, epsilon, x, scale, shift, turned, gradient)
    by_x, by_scale, by_shift, by_kernel, by_bias = results
    return by_x, (by_scale, by_shift, by_kernel, by_bias), (gradient,) * len(added)


_native.defvjp(_forward, _backward)


def _call(
    name: Literal["forward", "backward"],
    shapes: list[jax.ShapeDtypeStruct],
    groups: int,
    epsilon: float,
    *arrays: Array,
) -> Sequence[Array]:
    call = jax.ffi.ffi_call(getattr(targets(), name), shapes, vmap_method="sequential")
    return call(*arrays, groups=np.int64(groups), epsilon=np.float32(epsilon))
