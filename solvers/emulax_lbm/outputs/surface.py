"""What the flow does to a wall, point by point: pressure and friction."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax_lbm.checks import require_array, require_components, require_positive
from emulax_lbm.errors import CaseError
from emulax_lbm.outputs.contour import contours, crossings
from emulax_lbm.outputs.stencils import ArrayT, fitted_value, wall_derivatives


class Surface:
    """The wall of the bodies in a box, at rest, and the flow's load on it.

        surface = Surface(case.sdf, reynolds=case.reynolds, cells_per_length=case.cells_per_length)
        c_p = surface.pressure_coefficient(flow.pressure)
        c_f = surface.friction_coefficient(flow.velocity)
        drag, lift = surface.force_coefficients(c_p, c_f)

    Its points are those where grid lines through the cell centres meet the zero level of the signed distance. Pressure
    and derivatives of the velocity come from polynomials of the second degree, fitted to the fluid cells within three
    cells; those of the velocity vanish at the wall.

    Args:
        sdf: Signed distance at the cell centres, positive in fluid, in units of D.
        reynolds: U D / nu.
        cells_per_length: Cells in D.

    Attributes:
        points: Components x, y[, z] in units of D. In two dimensions sorted along each contour, the body on the left,
            from its point farthest downstream.
        normals: Unit vectors into the fluid; in two dimensions the wall goes on towards `(-n_y, n_x)`.
        areas: What each point stands for in an integral, in units of D^2, in two dimensions D.
        contour: In two dimensions, which contour each point lies on; zero in three.

    Raises:
        CaseError: No wall in the box, or no distances, Reynolds number or cells at all.
    """

    def __init__(self, sdf: Float[np.ndarray, "..."], *, reynolds: float, cells_per_length: float) -> None:
        require_array("sdf", sdf)
        require_positive("reynolds", reynolds)
        require_positive("cells_per_length", cells_per_length)
        found = crossings(sdf)
        if not len(found.points):
            raise CaseError("sdf", "changes its sign nowhere: there is no wall inside the box")
        chains = contours(sdf) if sdf.ndim == 2 else [np.arange(len(found.points))]
        order = np.concatenate(chains)
        self.contour = np.repeat(np.arange(len(chains)), [len(chain) for chain in chains])
        cells = found.points[order]
        self.points = cells / cells_per_length
        self.normals = found.normals[order]
        self.areas = found.areas[order] / cells_per_length ** (sdf.ndim - 1)
        self._cells = sdf.shape
        self._scale = float(2.0 * cells_per_length / reynolds)
        distance = sdf.astype(np.float64) * cells_per_length
        self._pressure = fitted_value(distance, cells)
        self._derivatives = wall_derivatives(distance, cells)

    def pressure_coefficient(self, pressure: Float[ArrayT, "..."]) -> Float[ArrayT, "..."]:
        """`c_p = (p - p_ref) / (rho U^2 / 2)` at the points.

        Args:
            pressure: In units of rho U^2, axes `[batch] [z] y x`.

        Returns:
            Axes `[batch] point`; of NumPy or JAX, as given.
        """
        return 2.0 * self._pressure.sums(pressure, self._cells)

    def friction_coefficient(self, velocity: Float[Array | np.ndarray, "... d"]) -> Float[Array, "... d"]:
        """Shear stress over rho U^2 / 2 at the points, the vector that pulls the wall along.

            c_f = (2 / Re) du_t / dn

        with the velocity along the wall `u_t` and the distance from it `n`.

        Args:
            velocity: In units of U, axes `[batch] [z] y x`, components x, y[, z] last.

        Returns:
            Axes `[batch] point`, components last.
        """
        u = jnp.asarray(velocity)
        require_components("velocity", u, len(self._cells))
        normals = self._like_field(self.normals, u.dtype, u.ndim - 1 - self.normals.shape[1])
        steepness = jnp.stack([self._along_normal(u[..., axis], normals) for axis in range(u.shape[-1])], axis=-1)
        # A velocity free of divergence does not change along the normal; what the fit leaves of that is error.
        across = jnp.sum(steepness * normals, axis=-1, keepdims=True)
        return self._scale * (steepness - across * normals)

    def force_coefficients(
        self,
        pressure_coefficient: Float[Array | np.ndarray, "... point"],
        friction_coefficient: Float[Array, "... point d"],
    ) -> Float[Array, "... d"]:
        """Force on all of the wall over rho U^2 D / 2 (times D in three dimensions), from `c_p` and `c_f`.

            C = integral (c_f - c_p n) dA

        with the unit normal n into the fluid.
        """
        dtype, batch = friction_coefficient.dtype, friction_coefficient.ndim - 2
        normals = self._like_field(self.normals, dtype, batch)
        areas = self._like_field(self.areas[:, None], dtype, batch)
        return jnp.sum((friction_coefficient - pressure_coefficient[..., None] * normals) * areas, axis=-2)

    def _along_normal(self, component: Array, normals: Array) -> Array:
        """Derivative of a velocity component along the normal, per cell."""
        slopes = [
            slope.sums(component, self._cells) * normals[..., axis] for axis, slope in enumerate(self._derivatives)
        ]
        return sum(slopes[1:], slopes[0])

    @staticmethod
    def _like_field(values: np.ndarray, dtype: np.dtype, batch: int) -> Array:
        """Values at the points in the type of a field, with as many axes for the batch before them."""
        return jnp.asarray(values.reshape(*[1] * batch, *values.shape), dtype)
