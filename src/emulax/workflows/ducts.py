"""Ducts of the reference data in the RANS solver: lengths in half heights, velocities in bulk velocities."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float64

from emulax.core.errors import InputError
from emulax.data.stresses import StressFlow
from emulax_rans import BulkVelocity, RansCase, RansFlow, Section, prescribed, solve, split

_TENSOR_PRODUCT = 1e-6


@dataclass(frozen=True, eq=False)
class Duct:
    """A duct of the data as a case of the solver, and the truth at its cells.

    Args:
        case: The case; its section's cells are those of the data.
        true_velocity: In bulk velocities.
        true_velocity_gradient: In bulk velocities over half heights.
        true_stress: In squared bulk velocities.
    """

    case: RansCase
    true_velocity: Float64[np.ndarray, "z y 3"]
    true_velocity_gradient: Float64[np.ndarray, "z y 3 3"]
    true_stress: Float64[np.ndarray, "z y 3 3"]


def duct_of(flow: StressFlow) -> Duct:
    """The duct of one flow of the data, a quarter with walls at its upper sides.

    Raises:
        InputError: The flow is no duct: it lacks its half height or bulk velocity, or its mesh is no tensor product.
    """
    missing = [name for name in ("half_height_y", "bulk_velocity") if name not in flow.facts]
    if missing or flow.shape is None or len(flow.shape) != 2:
        lacks = ", ".join(missing) or "a structured mesh"
        raise InputError(flow.name, f"is no duct: it lacks {lacks}")
    height, bulk = flow.facts["half_height_y"], flow.facts["bulk_velocity"]
    places = flow.centre.reshape(*flow.shape, 3) / height
    y, z = places[0, :, 1], places[:, 0, 2]
    if not (
        np.ptp(places[..., 1], axis=0).max() < _TENSOR_PRODUCT
        and np.ptp(places[..., 2], axis=1).max() < _TENSOR_PRODUCT
    ):
        raise InputError(flow.name, "is no duct: its mesh is no tensor product of y and z")
    case = RansCase(Section(_faces(y), _faces(z)), flow.viscosity / (height * bulk), BulkVelocity(1.0))
    return Duct(
        case,
        flow.true_velocity.reshape(*flow.shape, 3) / bulk,
        flow.true_velocity_gradient.reshape(*flow.shape, 3, 3) * height / bulk,
        flow.true_stress.reshape(*flow.shape, 3, 3) / bulk**2,
    )


def inject(duct: Duct, *, start: RansFlow | None = None) -> RansFlow:
    """The flow with the true stress, its linear part on the true strain rate apart and treated implicitly."""
    stress, gradient = duct.true_stress, duct.true_velocity_gradient
    isotropic = np.trace(stress, axis1=-2, axis2=-1)[..., None, None] / 3.0 * np.eye(3)
    strain = 0.5 * (gradient + np.swapaxes(gradient, -1, -2))
    parts = split(jnp.asarray(stress - isotropic), jnp.asarray(strain))
    return solve(duct.case, prescribed(parts), start=start or solve(duct.case))


def in_plane_rms(duct: Duct, velocity: Float64[np.ndarray, "z y 3"]) -> float:
    """Root mean square over the section of the velocity in its plane."""
    area = duct.case.section.area
    squared = (velocity[..., 1:] ** 2).sum(-1)
    return float(np.sqrt((area * squared).sum() / area.sum()))


def _faces(centres: Float64[np.ndarray, " cells"]) -> Float64[np.ndarray, " faces"]:
    """Faces around the centres of cells that begin at zero."""
    faces = [0.0]
    for centre in centres:
        faces.append(2.0 * centre - faces[-1])
    return np.array(faces)
