"""One turbulent flow twice at the same cells: by a RANS model, and by a simulation that resolves it as the truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float64

from emulax.core.errors import InputError

EIGENVALUE_TOLERANCE = 1e-3
"""By how much eigenvalues of the true anisotropy may leave [-1/3, 2/3] before a cell is not valid."""

Scalar = Float64[np.ndarray, " cell"]
Vector = Float64[np.ndarray, "cell 3"]
Tensor = Float64[np.ndarray, "cell 3 3"]


@dataclass(frozen=True, eq=False)
class StressFlow:
    """A flow in one system of units, pressure and stress divided by density.

    Args:
        name: Name of the flow.
        family: Flows of one family differ in parameters alone, such as ducts.
        split: Which split it belongs to, such as `train`.
        viscosity: Kinematic viscosity.
        centre: Centres of the cells.
        volume: Volumes of the cells.
        wall_distance: Distance to the nearest wall.
        velocity: Mean velocity of the RANS model.
        velocity_gradient: dU_i/dx_j of the RANS model.
        kinetic_energy: k of the RANS model.
        kinetic_energy_gradient: dk/dx_j of the RANS model.
        dissipation: Rate epsilon of the RANS model; 0.09 k omega for k-omega models.
        eddy_viscosity: nu_t of the RANS model.
        true_velocity: Mean velocity of the truth.
        true_velocity_gradient: Its gradient.
        true_stress: <u_i u_j> of the truth.
        valid: Cells where the file calls the truth good and it is realizable.
        shape: Cells of a structured mesh, slowest index first; None for another mesh.
        facts: Further numbers of the flow, such as its bulk velocity.
        pressure_gradient: dp/dx_j of the RANS model, where the file says it.
    """

    name: str
    family: str
    split: str
    viscosity: float
    centre: Vector
    volume: Scalar
    wall_distance: Scalar
    velocity: Vector
    velocity_gradient: Tensor
    kinetic_energy: Scalar
    kinetic_energy_gradient: Vector
    dissipation: Scalar
    eddy_viscosity: Scalar
    true_velocity: Vector
    true_velocity_gradient: Tensor
    true_stress: Tensor
    valid: Bool[np.ndarray, " cell"]
    shape: tuple[int, ...] | None
    facts: Mapping[str, float]
    pressure_gradient: Vector | None = None

    def __len__(self) -> int:
        return len(self.volume)

    @cached_property
    def true_kinetic_energy(self) -> Scalar:
        """Half the trace of the true stress."""
        return 0.5 * np.trace(self.true_stress, axis1=1, axis2=2)

    @cached_property
    def true_anisotropy(self) -> Tensor:
        """B = <u_i u_j>/(2 k) - I/3; zero where it is not valid."""
        energy = np.where(self.valid, self.true_kinetic_energy, 1.0)
        b = self.true_stress / (2.0 * energy[:, None, None]) - np.eye(3) / 3.0
        return np.where(self.valid[:, None, None], b, 0.0)

    @cached_property
    def log_energy_ratio(self) -> Scalar:
        """Logarithm of the true k over the RANS model's; zero where it is not valid."""
        ratio = np.where(self.valid, self.true_kinetic_energy, self.kinetic_energy) / self.kinetic_energy
        return np.log(ratio)

    @cached_property
    def true_strain_rate(self) -> Tensor:
        """S_ij of the true mean velocity."""
        gradient = self.true_velocity_gradient
        return 0.5 * (gradient + np.swapaxes(gradient, 1, 2))

    @cached_property
    def true_eddy_viscosity(self) -> Scalar:
        """max(0, -<u_i u_j> S_ij / (2 S_kl S_kl)), by which the true strain rate makes the most of the true stress."""
        strain = self.true_strain_rate
        squared = (strain**2).sum((1, 2))
        aligned = -(self.true_stress * strain).sum((1, 2))
        some = self.valid & (squared > 0.0)
        return np.where(some, np.maximum(aligned, 0.0) / np.where(some, 2.0 * squared, 1.0), 0.0)

    def turned(self, frame: Float64[np.ndarray, "3 3"]) -> StressFlow:
        """The same flow as seen in another frame.

        Args:
            frame: An orthogonal matrix that takes components from the old frame to the new one.
        """

        def vector(values: Vector) -> Vector:
            return values @ frame.T

        def tensor(values: Tensor) -> Tensor:
            return frame @ values @ frame.T

        return replace(
            self,
            centre=vector(self.centre),
            velocity=vector(self.velocity),
            velocity_gradient=tensor(self.velocity_gradient),
            kinetic_energy_gradient=vector(self.kinetic_energy_gradient),
            pressure_gradient=None if self.pressure_gradient is None else vector(self.pressure_gradient),
            true_velocity=vector(self.true_velocity),
            true_velocity_gradient=tensor(self.true_velocity_gradient),
            true_stress=tensor(self.true_stress),
        )


def realizable(stress: Tensor) -> Bool[np.ndarray, " cell"]:
    """Where a stress is finite, has a positive trace, and an anisotropy with eigenvalues in [-1/3, 2/3]."""
    finite = np.isfinite(stress).all((1, 2))
    energy = 0.5 * np.trace(np.where(np.expand_dims(finite, (1, 2)), stress, 0.0), axis1=1, axis2=2)
    positive = finite & (energy > 0.0)
    b = np.where(positive[:, None, None], stress, np.eye(3)) / np.where(positive, 2.0 * energy, 3.0)[:, None, None]
    least = np.linalg.eigvalsh(b - np.eye(3) / 3.0)[:, 0]
    return positive & (least >= -1.0 / 3.0 - EIGENVALUE_TOLERANCE)


def check_apart(train: Iterable[StressFlow], held_out: Iterable[StressFlow]) -> None:
    """Refuse a flow that is trained on and judged on.

    Raises:
        InputError: A flow is in both, by its name or by its very numbers.
    """
    known = list(train)
    for flow in held_out:
        for other in known:
            same = len(flow) == len(other) and np.array_equal(flow.true_stress, other.true_stress)
            if flow.name == other.name or same:
                raise InputError("held_out", f"holds {flow.name}, which is {other.name} of the training flows")
