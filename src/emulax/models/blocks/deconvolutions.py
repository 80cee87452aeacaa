"""Transposed convolutions one after the other, strides equal to their kernels; in bfloat16 one operation on a CPU."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, BFloat16, Float

from emulax.core.errors import InputError
from emulax.models.blocks.native import targets
from emulax.models.blocks.patches import PatchDeconvolution

# What the unit for products works on at once: so many rows and columns.
_TILES = 32


class Deconvolutions(nnx.Module):
    """Deconvolutions, each after a rectified linear unit: a pixel becomes a patch, each pixel of it another.

    Args:
        layers: At least two.

    Raises:
        InputError: There are fewer.
    """

    def __init__(self, layers: Sequence[PatchDeconvolution]) -> None:
        if len(layers) < 2:
            raise InputError("layers", f"are {len(layers)}, must be at least 2")
        self.layers = nnx.List(layers)
        self.packed: nnx.List | None = nnx.data(None)

    def __call__(self, x: Float[Array, "batch channel"]) -> Float[Array, "batch *pixels channel2"]:
        """What becomes of one pixel; the pixels of each layer have an axis, for `from_nested_patches`."""
        if self.packed is None:
            return self._layer_by_layer(x)
        graph, weights = nnx.split(self)
        native, parts = partial(_native, graph), partial(_parts, graph)
        return jax.lax.platform_dependent(x, weights, cpu=native, default=parts)

    def pack(self) -> None:
        """Keep the weights, which are in bfloat16, a second time as a CPU's unit for products (AMX) reads them.

        Where there is none, or no compiler, nothing is done: the layers are XLA's.
        """
        found = targets()
        if found is None or found.deconvolve is None:
            return
        *inner, last = self.layers
        packed = [_packed(layer, layer.channels_out) for layer in inner]
        # The last layer's pixels are few numbers each, and together one pixel.
        packed.append(_packed(last, last.linear.out_features))
        self.packed = nnx.List([nnx.Variable(values) for values in packed])

    def _layer_by_layer(self, x: Array) -> Array:
        for layer in self.layers:
            x = layer.expand(jax.nn.relu(x))
        return x


def _packed(layer: PatchDeconvolution, channels: int) -> BFloat16[Array, "pixel columns pairs 32"]:
    """The kernel's columns for each pixel, filled up to full tiles, with the numbers of two rows side by side."""
    kernel = layer.linear.kernel[...]
    rows, columns = -(-len(kernel) // _TILES) * _TILES, -(-channels // _TILES) * _TILES
    by_pixel = kernel.reshape(len(kernel), -1, channels)
    full = jnp.pad(by_pixel, [(0, rows - len(kernel)), (0, 0), (0, columns - channels)])
    tiles = full.reshape(rows // 2, 2, -1, columns // 16, 16)
    return tiles.transpose(2, 3, 0, 4, 1).reshape(-1, columns // 16, rows // 2, _TILES)


def _parts(graph: nnx.GraphDef, x: Array, weights: Any) -> Array:
    return nnx.merge(graph, weights)._layer_by_layer(x)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _native(graph: nnx.GraphDef, x: Array, weights: Any) -> Array:
    chain = nnx.merge(graph, weights)
    *_, last = chain.layers
    pixels = [math.prod(layer.patch) for layer in chain.layers]
    shape = jax.ShapeDtypeStruct((len(x), *pixels, last.channels_out), jnp.float32)
    arrays = []
    for layer, packed in zip(chain.layers, chain.packed, strict=True):
        columns = 16 * packed.shape[1]
        bias = jnp.tile(layer.bias[...], last.linear.out_features // last.channels_out if layer is last else 1)
        arrays += [packed[...], jnp.pad(bias, (0, columns - len(bias)))]
    found = targets()
    assert found
    assert found.deconvolve
    call = jax.ffi.ffi_call(found.deconvolve, shape, vmap_method="sequential")
    return call(x, *arrays, numbers=np.int64(last.linear.out_features))


def _forward(graph: nnx.GraphDef, x: Array, weights: Any) -> tuple[Array, tuple[Array, Any]]:
    return _native(graph, x, weights), (x, weights)


def _backward(graph: nnx.GraphDef, saved: tuple[Array, Any], gradient: Array) -> tuple[Array, Any]:
    # Weights in bfloat16 are for inference: what little is differentiated may be slow.
    return jax.vjp(partial(_parts, graph), *saved)[1](gradient)


_native.defvjp(_forward, _backward)
