"""Convolution with a kernel as large as the box: a matrix for each Fourier mode."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Float32

from emulax.core.errors import InputError
from emulax.models.blocks.precision import MatmulPrecision


class SpectralConvolution(nnx.Module):
    """The layer of Fourier neural operators: low modes are mixed, each by a matrix of its own; the others are dropped.

        y(r) = Re sum_k c_k exp(i k.r) R_k z_k,    z_k = 1 / (P_y P_x) sum_r exp(-i k.r) x(r)

    over the wave numbers k = 2 pi (m_y / P_y, m_x / P_x) with |m_y| <= modes[0] and 0 <= m_x <= modes[1]; c_k is 1
    for m_x = 0 and 2 otherwise, for the half that a real x leaves out. The periods P are (1 + padding) times the
    cells: padding surrounds the box with zeros, so that what leaves on one side does not come in on the other.

    Each transform is a product with one thin matrix of cosines and sines an axis. For few modes that is faster than a
    fast Fourier transform, padding costs nothing, and every number of cells is as good as any other. Complex numbers
    are pairs of real ones, so that optimisers see real weights. The weights do not depend on the grid.

    Source: Li et al., "Fourier neural operator for parametric partial differential equations", ICLR 2021, eq. 4 and 5,
    arXiv 2010.08895.

    Args:
        channels_in: Channels of the input.
        channels_out: Channels of the output.
        modes: Largest m (y, x).
        padding: Zeros around the box as a share of its cells; 0 for a periodic field.
        precision: Precision of the products.
        rngs: Source of the initial weights.

    Attributes:
        real: Real part of the matrices R, by m_y + modes[0], m_x, channel in and channel out.
        imaginary: Their imaginary part.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        modes: tuple[int, int],
        *,
        padding: float = 0.0,
        precision: MatmulPrecision,
        rngs: nnx.Rngs,
    ) -> None:
        self.modes = modes
        self.padding = padding
        self.precision = precision
        shape = (2 * modes[0] + 1, modes[1] + 1, channels_in, channels_out)
        initialise = jax.nn.initializers.normal((2 * channels_in) ** -0.5)  # a mode keeps its size
        self.real = nnx.Param(initialise(rngs.params(), shape, jnp.float32))
        self.imaginary = nnx.Param(initialise(rngs.params(), shape, jnp.float32))

    def __call__(self, x: Float[Array, "batch y x channel"]) -> Float[Array, "batch y x channel2"]:
        """The response to `x`.

        Raises:
            InputError: The cells cannot tell so many modes apart.
        """
        check_modes(self.modes, (x.shape[1], x.shape[2]))
        precision = self.precision
        along, across = (
            jnp.asarray(matrix)
            for matrix in (
                _waves_along(x.shape[2], self.modes[1], self.padding),
                _waves_across(x.shape[1], self.modes[0], self.padding),
            )
        )
        real, imaginary = self.real[...], self.imaginary[...]
        pairs = [jnp.stack(parts, axis=3) for parts in ((real, imaginary), (-imaginary, real))]
        matrices = jnp.stack(pairs, axis=2)
        # p and q: real and imaginary part, before and after; m and k: m_y and m_x; b: batch; c and o: channel.
        z = jnp.einsum("pkx,byxc->pkbyc", along, x, precision=precision)
        z = jnp.einsum("qmpy,pkbyc->qmkbc", across, z, precision=precision)
        z = jnp.einsum("mkpcqo,pmkbc->mkbqo", matrices, z, precision=precision)
        z = jnp.einsum("qmpy,mkbqo->pykbo", across, z, precision=precision)
        return jnp.einsum("pkx,pykbo->byxo", along, z, precision=precision)


def check_modes(modes: tuple[int, int], grid: tuple[int, int]) -> None:
    """Check that a grid can tell the modes apart.

    Raises:
        InputError: It cannot.
    """
    if any(2 * kept >= cells for kept, cells in zip(modes, grid, strict=True)):
        raise InputError(
            "modes", f"are {modes[0]} x {modes[1]}, must be less than half of the {grid[0]} x {grid[1]} pixels"
        )


def _waves_along(cells: int, modes: int, padding: float) -> Float32[np.ndarray, "part mode cell"]:
    """`sqrt(c_k / P) exp(-i k x)`, which takes a real field to its modes; the transpose takes modes to a real field."""
    period = (1 + padding) * cells
    phase = 2 * np.pi / period * np.outer(np.arange(modes + 1), np.arange(cells))
    factor = np.where(np.arange(modes + 1)[:, None] == 0, 1.0, 2.0) / period
    return (np.sqrt(factor) * np.stack([np.cos(phase), -np.sin(phase)])).astype(np.float32)


def _waves_across(cells: int, modes: int, padding: float) -> Float32[np.ndarray, "part mode part2 cell"]:
    """`exp(-i k y) / sqrt(P)` as a map of pairs; its transpose is `exp(i k y) / sqrt(P)`."""
    period = (1 + padding) * cells
    phase = 2 * np.pi / period * np.outer(np.arange(-modes, modes + 1), np.arange(cells))
    cosine, sine = np.cos(phase), np.sin(phase)
    parts = np.stack([np.stack([cosine, sine], axis=1), np.stack([-sine, cosine], axis=1)])
    return (parts / np.sqrt(period)).astype(np.float32)
