"""Incompressible flow in the periodic unit cube by a Fourier method: the truth where there is no closed solution.

In Fourier space, with the wave vector k and the projection P = 1 - k k^T / k^2 onto fields free of divergence,

    du/dt = P (u x curl u) - k^2 u / Re

(rotation form; Canuto, Hussaini, Quarteroni & Zang 2007, doi 10.1007/978-3-540-30728-0, section 3.3). Products are
formed on the grid and freed of aliasing by the two-thirds rule; time advances by the classical fourth-order Runge-Kutta
scheme. The error falls faster than any power of the number of points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float

_AXES = (-3, -2, -1)


@dataclass(frozen=True, eq=False)
class SpectralFlow:
    """A velocity field in float64 as its Fourier coefficients.

    Args:
        coefficients: Of `exp(2 pi i k.x)`, components x, y, z first, wave numbers in the order of `np.fft`.
    """

    coefficients: Complex[np.ndarray, "3 n n n"]

    @classmethod
    def from_centres(cls, velocity: Float[np.ndarray, "n n n 3"]) -> SpectralFlow:
        """The flow with this velocity at the cell centres `(i + 1/2) / n`, less what has divergence or would alias."""
        n = len(velocity)
        shift = np.exp(-1j * math.pi * _wave_numbers(n).sum(axis=0) / n)
        values = np.fft.fftn(np.moveaxis(velocity, -1, 0), axes=_AXES, norm="forward") * shift
        return cls(_project(values * _kept(n)))

    def at_centres(self, cells: int) -> Float[np.ndarray, "c c c 3"]:
        """Velocity at the centres of `cells` each way: any number, as the series is summed and not interpolated."""
        values = self.coefficients
        wave_numbers = np.fft.fftfreq(values.shape[-1], 1.0 / values.shape[-1])
        points = (np.arange(cells) + 0.5) / cells
        waves = np.exp(2j * math.pi * np.outer(points, wave_numbers))
        for axis in _AXES:
            values = np.moveaxis(np.tensordot(waves, values, axes=(1, axis)), 0, axis)
        return np.moveaxis(np.real(values), 0, -1)

    def advanced(self, time: float, *, reynolds: float, time_step: float) -> SpectralFlow:
        """The flow after `time`, in steps of at most `time_step`.

        Args:
            time: In units of the box over the velocity unit.
            reynolds: Velocity unit times box over viscosity.
            time_step: Stable while `time_step |u| 2 pi n / 3` stays below 2.8, and likewise for viscosity.
        """
        steps = math.ceil(time / time_step)
        u = self.coefficients
        k, kept = _wave_numbers(u.shape[-1]) * (2.0 * math.pi), _kept(u.shape[-1])
        decay = np.sum(k**2, axis=0) / reynolds

        def rate(u: np.ndarray) -> np.ndarray:
            velocity, vorticity = _on_grid(u), _on_grid(1j * np.cross(k, u, axis=0))
            product = np.cross(velocity, vorticity, axis=0)
            return _project(np.fft.fftn(product, axes=_AXES, norm="forward") * kept) - decay * u

        for _ in range(steps):
            h = time / steps
            first = rate(u)
            second = rate(u + 0.5 * h * first)
            third = rate(u + 0.5 * h * second)
            fourth = rate(u + h * third)
            u = u + (h / 6.0) * (first + 2.0 * (second + third) + fourth)
        return SpectralFlow(u)


def _on_grid(coefficients: np.ndarray) -> np.ndarray:
    return np.fft.ifftn(coefficients, axes=_AXES, norm="forward").real


def _wave_numbers(n: int) -> np.ndarray:
    """Components x, y, z first; the arrays are z, y, x."""
    k = np.fft.fftfreq(n, 1.0 / n)
    return np.stack(np.meshgrid(k, k, k, indexing="ij")[::-1])


def _kept(n: int) -> np.ndarray:
    """The two-thirds rule: which coefficients no product of two fields is aliased onto."""
    return np.all(np.abs(_wave_numbers(n)) < n / 3.0, axis=0)


def _project(values: np.ndarray) -> np.ndarray:
    """Remove the part of the field that has divergence."""
    k = _wave_numbers(values.shape[-1])
    square = np.sum(k**2, axis=0)
    square[0, 0, 0] = 1.0
    return values - k * (np.sum(k * values, axis=0) / square)
