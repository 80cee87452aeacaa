"""Mean velocity and fluctuations of a turbulent channel, in wall units.

The walls take what the body force gives and the bulk velocity `U_b` does not keep. The friction velocity `u` that
belongs to the means of some time is therefore, in the units of `channel_180.py`,

    u^2 = 1 - dU_b / dt
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax_lbm.moments import ordered_sum
from emulax_lbm.problems.cavity import maximum
from emulax_lbm.run import Run


@dataclass(frozen=True, eq=False)
class ChannelStatistics:
    """Means over planes along the walls, over time and over both halves, in wall units.

    Attributes:
        friction_velocity: The one that was found, over the nominal one.
        y_plus: Distance of the cell centres from the wall.
        velocity: Mean velocity along the stream.
        rms: Root mean squares of the fluctuations along x, y and z.
        shear_stress: `-<u'v'>`.
        centre_velocity: Mean velocity in the middle.
        u_rms_peak: Largest root mean square of the streamwise fluctuation.
    """

    friction_velocity: float
    y_plus: Float[np.ndarray, " half"]
    velocity: Float[np.ndarray, " half"]
    rms: Float[np.ndarray, "half 3"]
    shear_stress: Float[np.ndarray, " half"]

    @property
    def centre_velocity(self) -> float:
        """On the face between the two middle cells, where the parabola has no slope."""
        nearest, next_ = self.velocity[-1], self.velocity[-2]
        return float(nearest + (nearest - next_) / 8.0)

    @property
    def u_rms_peak(self) -> float:
        """Between the cells by a polynomial."""
        return maximum(self.rms[:, 0])


def gather_statistics(run: Run, *, time: float, samples: int) -> ChannelStatistics:
    """Advance the one case of a run by `time`, in `h / u_tau`, and average over `samples` moments."""
    (case,) = run.cases
    steps = max(1, round(time * case.steps_per_time / samples))
    start, bulk = run.time, float(jnp.mean(plane_means(run.velocity()[0])[0]))
    found = []
    for _ in range(samples):
        run.advance(steps)
        found.append(np.asarray(plane_means(run.velocity()[0]), np.float64))
    acceleration = (float(np.mean(found[-1][0])) - bulk) / (run.time - start)
    return statistics_of(np.mean(found, axis=0), case.reynolds, math.sqrt(1.0 - acceleration))


def statistics_of(means: Float[np.ndarray, "7 y"], reynolds: float, friction_velocity: float) -> ChannelStatistics:
    """Statistics from the means of `plane_means` over time.

    Args:
        means: In the nominal `u_tau`.
        reynolds: Nominal friction Reynolds number.
        friction_velocity: The one that was found, over the nominal one.
    """
    u, v, w, *squares, uv = means
    variance = np.stack(squares) - np.stack([u, v, w]) ** 2
    stress = u * v - uv
    half = len(u) // 2
    folded = 0.5 * (np.stack([u, *variance, stress])[:, :half] + np.stack([u, *variance, -stress])[:, : half - 1 : -1])
    y = (np.arange(half) + 0.5) / half
    return ChannelStatistics(
        friction_velocity=friction_velocity,
        y_plus=y * reynolds * friction_velocity,
        velocity=folded[0] / friction_velocity,
        rms=np.sqrt(np.maximum(folded[1:4].T, 0.0)) / friction_velocity,
        shear_stress=folded[4] / friction_velocity**2,
    )


@jax.jit
def plane_means(velocity: Float[Array, "z y x 3"]) -> Float[Array, "7 y"]:
    """Means over planes along the walls of u, v, w, u^2, v^2, w^2 and u v."""
    u, v, w = jnp.moveaxis(velocity, -1, 0)
    products = jnp.stack([u, v, w, u * u, v * v, w * w, u * v])
    planes = jnp.moveaxis(products, 2, 1).reshape(7, velocity.shape[1], -1)
    return ordered_sum(planes) / planes.shape[-1]
