"""Ducts of the reference data in the RANS solver: lengths in half heights, velocities in bulk velocities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float64

from emulax.core.errors import InputError
from emulax.data.stresses import StressFlow
from emulax_rans import BulkVelocity, MeanFlow, RansCase, ReynoldsStress, Section, split

_TENSOR_PRODUCT = 1e-6


@dataclass(frozen=True, eq=False)
class Duct:
    """A duct of the data as a case of the solver, with two flows at its cells.

    Args:
        case: The case; its section's cells are those of the data.
        model_flow: The turbulence model's own flow.
        true_velocity: In bulk velocities.
        true_velocity_gradient: In bulk velocities over half heights.
        true_stress: In squared bulk velocities.
    """

    case: RansCase
    model_flow: MeanFlow
    true_velocity: Float64[np.ndarray, "z y 3"]
    true_velocity_gradient: Float64[np.ndarray, "z y 3 3"]
    true_stress: Float64[np.ndarray, "z y 3 3"]

    @property
    def share(self) -> Float64[np.ndarray, "z y"]:
        """Share of each cell in the section."""
        area = self.case.section.area
        return area / area.sum()

    @property
    def true_strain_rate(self) -> Float64[np.ndarray, "z y 3 3"]:
        """S_ij of the true velocity."""
        return 0.5 * (self.true_velocity_gradient + np.swapaxes(self.true_velocity_gradient, -1, -2))


class DuctErrors(NamedTuple):
    """How far a velocity is from the truth, in root mean squares over the section by area.

    Attributes:
        streamwise: Of the velocity along the duct, in bulk velocities.
        streamwise_ratio: The same over that of the turbulence model.
        in_plane: Of the velocity across the duct, over the truth's; 1 for none.
    """

    streamwise: Float[Array, ""]
    streamwise_ratio: Float[Array, ""]
    in_plane: Float[Array, ""]


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

    def cells(values: Float64[np.ndarray, "cell ..."], unit: float) -> Float64[Array, "z y ..."]:
        return jnp.asarray(values.reshape(case.section.shape + values.shape[1:]) / unit)

    units = _units(flow)
    acceleration = units["kinetic_energy_gradient"]
    of_model = MeanFlow(
        **{name: cells(getattr(flow, name), unit) for name, unit in units.items()},
        wall_distance=cells(flow.wall_distance, height),
        viscosity=case.viscosity,
        pressure_gradient=None if flow.pressure_gradient is None else cells(flow.pressure_gradient, acceleration),
    )
    return Duct(
        case,
        of_model,
        np.asarray(cells(flow.true_velocity, bulk)),
        np.asarray(cells(flow.true_velocity_gradient, bulk / height)),
        np.asarray(cells(flow.true_stress, bulk**2)),
    )


def with_model_flow(flow: StressFlow, mean: MeanFlow, name: str) -> StressFlow:
    """The duct of one flow of the data with another flow by the turbulence model, of which no pressure is known.

    Args:
        flow: The flow of the data.
        mean: The turbulence model's flow, in half heights and bulk velocities.
        name: Name of the new flow.
    """

    def cells(values: Float[Array, "z y ..."], unit: float) -> Float64[np.ndarray, "cell ..."]:
        return np.asarray(values).reshape(len(flow), *values.shape[2:]) * unit

    values = {field: cells(getattr(mean, field), unit) for field, unit in _units(flow).items()}
    return replace(flow, name=name, **values, pressure_gradient=None)


def true_stress_of(duct: Duct, energy_ratio: Float64[np.ndarray, "z y"] | float = 1.0) -> ReynoldsStress:
    """The true stress, its linear part on the true strain rate apart.

    Args:
        duct: The duct.
        energy_ratio: By what the true k is multiplied, at the true anisotropy.
    """
    stress = duct.true_stress * np.asarray(energy_ratio)[..., None, None]
    isotropic = np.trace(stress, axis1=-2, axis2=-1)[..., None, None] / 3.0 * np.eye(3)
    return split(jnp.asarray(stress - isotropic), jnp.asarray(duct.true_strain_rate))


def duct_errors(duct: Duct, velocity: Float[Array, "z y 3"]) -> DuctErrors:
    """How far a velocity is from the truth."""
    share, truth = jnp.asarray(duct.share), jnp.asarray(duct.true_velocity)

    def mean_square(values: Float[Array, "z y component"]) -> Float[Array, ""]:
        return (share * (values**2).sum(-1)).sum()

    missed, of_model = velocity - truth, duct.model_flow.velocity - truth
    along = jnp.sqrt(mean_square(missed[..., :1]))
    across = jnp.sqrt(mean_square(missed[..., 1:]) / mean_square(truth[..., 1:]))
    return DuctErrors(along, along / jnp.sqrt(mean_square(of_model[..., :1])), across)


def corner_signs(duct: Duct, velocity: Float64[np.ndarray, "z y 3"]) -> tuple[float, float]:
    """How the in-plane velocity is correlated with the true one, on both sides of the bisector of the corner.

    A vortex lies on either side, and they turn against each other. Near the corner means within half a height of it.
    """
    z, y = duct.case.section.centres
    from_y, from_z = duct.case.section.y[-1] - y, duct.case.section.z[-1] - z
    near = np.maximum(from_y, from_z) < 1.0
    found = []
    for side in (near & (from_y < from_z), near & (from_y > from_z)):
        root = np.sqrt(duct.share * side)[..., None]
        ours, truth = root * velocity[..., 1:], root * duct.true_velocity[..., 1:]
        size = np.sqrt((ours**2).sum() * (truth**2).sum())
        found.append(float((ours * truth).sum() / size) if size > 0.0 else 0.0)
    return found[0], found[1]


def in_plane_rms(duct: Duct, velocity: Float64[np.ndarray, "z y 3"]) -> float:
    """Root mean square over the section of the velocity in its plane."""
    return float(np.sqrt((duct.share * (velocity[..., 1:] ** 2).sum(-1)).sum()))


def _units(flow: StressFlow) -> dict[str, float]:
    """Units of what a duct's mean flow and the data both hold, by its name."""
    height, bulk = flow.facts["half_height_y"], flow.facts["bulk_velocity"]
    return {
        "velocity": bulk,
        "velocity_gradient": bulk / height,
        "kinetic_energy": bulk**2,
        "kinetic_energy_gradient": bulk**2 / height,
        "dissipation": bulk**3 / height,
        "eddy_viscosity": bulk * height,
    }


def _faces(centres: Float64[np.ndarray, " cells"]) -> Float64[np.ndarray, " faces"]:
    """Faces around the centres of cells that begin at zero."""
    faces = [0.0]
    for centre in centres:
        faces.append(2.0 * centre - faces[-1])
    return np.array(faces)
