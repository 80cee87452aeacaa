"""Statistics of a turbulent channel or duct by the lattice-Boltzmann solver, with a RANS flow at the same cells.

The truth is averaged along x, over time and over the symmetries of the section; k-omega SST is solved for at the same
bulk velocity. Both go into one file in the layout of Reynolds stresses, lengths in half heights, velocities in the
friction velocity.
"""

from __future__ import annotations

import math
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float64

from emulax.core.arrays import read_arrays
from emulax.core.config import digest
from emulax.core.errors import InputError, RunError
from emulax.core.files import atomic_path, prepare_output
from emulax.core.progress import log, progress
from emulax.data.stresses import BETA_STAR, write_stress_file
from emulax_lbm import FlowCase, Run
from emulax_lbm.problems import channel, disturbed, disturbed_duct, duct
from emulax_rans import BulkVelocity, MeanFlow, RansCase, Section, solve

_RECORD = "means.npz"
# Components x, z, y.
_EXCHANGED = np.array([0, 2, 1])
# Distance of the first cell's centre from the wall, in nu/u_tau, up to which the RANS model is solved for. At three
# times that its equations have been seen to have a second solution, with a hundred times the energy.
_LARGEST_FIRST_CELL = 1.5
# Turbulence has a largest k of several squares of the friction velocity.
_LEAST_ENERGY = 0.05
# A checkpoint of a large run takes some seconds.
_SECONDS_BETWEEN_CHECKPOINTS = 60.0

Mean = Float64[np.ndarray, "z y 3"]
Second = Float64[np.ndarray, "z y 3 3"]


@dataclass(frozen=True)
class TurbulenceRecipe:
    """A fully developed turbulent flow.

    Args:
        name: Name of the flow.
        section: What the flow goes along.
        reynolds: Friction Reynolds number.
        half_height: Cells in the half height h.
        length: Period along the stream, in h.
        width: Of a channel the period across the stream, in h; of a duct the half width.
        settle: Time until the start is forgotten, in h / u_tau.
        average: Time to average over.
        samples: Moments in that time.
        split: Split that the flow belongs to.
        seed: Seed of the disturbance that the flow starts with.

    Raises:
        InputError: A number that must be positive is not.
    """

    name: str
    section: Literal["channel", "duct"]
    reynolds: float
    half_height: int
    length: float
    width: float
    settle: float
    average: float
    samples: int
    split: str = "train"
    seed: int = 180

    def __post_init__(self) -> None:
        for name in ("reynolds", "half_height", "length", "width", "settle", "average", "samples"):
            if not getattr(self, name) > 0:
                raise InputError(name, f"is {getattr(self, name)}, must be positive")

    @property
    def case(self) -> FlowCase:
        """The case of the lattice-Boltzmann solver."""
        if self.section == "channel":
            return channel(self.half_height, reynolds=self.reynolds, length=self.length, width=self.width)
        return duct(self.half_height, aspect_ratio=self.width, reynolds=self.reynolds, length=self.length)

    @property
    def parts(self) -> int:
        """Into how many along each axis a cell is cut for the RANS model, so that its first lies in the sublayer."""
        return math.ceil(0.5 * self.reynolds / self.half_height / _LARGEST_FIRST_CELL)

    def rans_section(self, parts: int = 1) -> Section:
        """The half or quarter of the section that its symmetries leave, on the same cells, cut into parts."""
        cells = self.half_height * parts
        y = np.linspace(0.0, 1.0, cells + 1)
        if self.section == "channel":
            return Section(y, np.array([0.0, 1.0]), frozenset({"high_y"}))
        return Section(y, np.arange(round(self.width * self.half_height) * parts + 1) / cells)


def generate_turbulence(recipe: TurbulenceRecipe, directory: Path) -> Path:
    """Run the flow and write its file, unless it is there; a killed run goes on at its last checkpoint.

    Args:
        recipe: What to run.
        directory: Where the file `NAME.nc` goes.

    Returns:
        The file.

    Raises:
        InputError: The directory holds a run of another recipe.
        RunError: The run diverged, or the RANS model's flow did not converge.
    """
    out = directory / f"{recipe.name}.nc"
    if out.exists():
        log.info("%s is there", out)
        return out
    prepare_output(directory)
    mean, second = _statistics(recipe, directory / f"{recipe.name}.partial")
    velocity = _folded(recipe, mean)
    stress = _folded(recipe, second - mean[..., :, None] * mean[..., None, :])
    _write(recipe, out, velocity, stress)
    shutil.rmtree(directory / f"{recipe.name}.partial")
    return out


def _statistics(recipe: TurbulenceRecipe, partial: Path) -> tuple[Mean, Second]:
    """Means over x and time (and z of a channel) of the velocity and of its products, at all cells of the section."""
    case, identity = recipe.case, digest(recipe)
    steps = max(1, round(recipe.average * case.steps_per_time / recipe.samples))
    # Intervals until the start is forgotten; after each of the rest a sample is taken.
    settling = math.ceil(recipe.settle * case.steps_per_time / steps)
    total = settling + recipe.samples
    run, done, sums = _resumed(recipe, case, partial, identity)
    saved = time.monotonic()
    with progress(recipe.name, total, "intervals") as tick:
        while done < total:
            run.advance(steps)
            done += 1
            new = [np.asarray(part, np.float64) for part in _moments(run)]
            _check(recipe, *new)
            if done > settling:
                sums = tuple(whole + part for whole, part in zip(sums, new, strict=True))
            if done == total or time.monotonic() - saved >= _SECONDS_BETWEEN_CHECKPOINTS:
                _save(run, partial, identity, done, sums)
                saved = time.monotonic()
            tick(done, "" if done > settling else "until the start is forgotten")
    mean, second = (whole / recipe.samples for whole in sums)
    if recipe.section == "channel":
        mean, second = mean.mean(0, keepdims=True), second.mean(0, keepdims=True)
    return mean, second


def _check(recipe: TurbulenceRecipe, mean: Mean, second: Second) -> None:
    """Refuse to go on with a flow that is not finite, or that has become laminar."""
    energy = 0.5 * (np.trace(second, axis1=-2, axis2=-1) - (mean**2).sum(-1)).max()
    if not np.isfinite(energy):
        raise RunError(f"{recipe.name} diverged: take more cells in the half height")
    if energy < _LEAST_ENERGY:
        raise RunError(f"{recipe.name} has become laminar: raise its Reynolds number, or lengthen its box")


def _resumed(
    recipe: TurbulenceRecipe, case: FlowCase, partial: Path, identity: str
) -> tuple[Run, int, tuple[np.ndarray, ...]]:
    """Where a run stands: at its start, or at its last checkpoint."""
    if (partial / _RECORD).exists():
        found = read_arrays(partial / _RECORD)
        if str(found["identity"]) != identity:
            raise InputError(str(partial), "holds a run of another recipe", "use another directory")
        done = int(found["done"])
        log.info("%s: goes on at interval %d", recipe.name, done)
        return Run.restore(partial / f"run-{done}.npz", [case]), done, (found["mean"], found["second"])
    start = disturbed if recipe.section == "channel" else disturbed_duct
    run = Run([case], velocity=start(case, seed=recipe.seed))
    return run, 0, tuple(np.zeros(part.shape, np.float64) for part in _moments(run))


def _save(run: Run, partial: Path, identity: str, done: int, sums: tuple[np.ndarray, ...]) -> None:
    """The record names the checkpoint of the run, and is written after it."""
    partial.mkdir(parents=True, exist_ok=True)
    run.save(partial / f"run-{done}.npz")
    with atomic_path(partial / _RECORD) as temporary:
        np.savez(temporary, identity=np.array(identity), done=np.array(done), mean=sums[0], second=sums[1])
    for path in partial.glob("run-*.npz"):
        if path.name != f"run-{done}.npz":
            path.unlink()


def _moments(run: Run) -> tuple[Array, Array]:
    return _along(run.velocity()[0])


@jax.jit
def _along(velocity: Float[Array, "z y x 3"]) -> tuple[Float[Array, "z y 3"], Float[Array, "z y 3 3"]]:
    """Means along x of the velocity and of the products of its components."""
    products = jnp.einsum("zyxi,zyxj->zyij", velocity, velocity, precision=jax.lax.Precision.HIGHEST)
    return velocity.mean(2), products / velocity.shape[2]


def _folded(recipe: TurbulenceRecipe, values: Float64[np.ndarray, "z y ..."]) -> Float64[np.ndarray, "z2 y2 ..."]:
    """Mean over the reflections of the section, on the part where y, and z of a duct, are positive.

    Of a square duct that takes in the reflection about the diagonal.
    """
    for axis, component in ((1, 1), (0, 2)):
        if recipe.section == "channel" and component == 2:
            continue
        signs = np.ones(3)
        signs[component] = -1.0
        sign = signs if values.ndim == 3 else np.outer(signs, signs)
        half = values.shape[axis] // 2
        low, high = np.split(values, [half], axis=axis)
        values = 0.5 * (high + sign * np.flip(low, axis))
    if recipe.section == "duct" and values.shape[0] == values.shape[1]:
        mirrored = np.swapaxes(values, 0, 1)[..., _EXCHANGED]
        values = 0.5 * (values + (mirrored if values.ndim == 3 else mirrored[..., _EXCHANGED, :]))
    return values


def _write(recipe: TurbulenceRecipe, out: Path, velocity: Mean, stress: Second) -> None:
    """The truth and the RANS model's flow at the same bulk velocity."""
    section = recipe.rans_section()
    share = section.area / section.area.sum()
    bulk = float((share * velocity[..., 0]).sum())
    mean = _rans_flow(recipe, bulk)
    (z, y), cells = section.centres, section.area.size
    gradient = _gradient(recipe, velocity)
    values = {
        "cell_centre": np.stack([np.zeros_like(y), y, z], axis=-1),
        "volume": section.area,
        "wall_distance": section.wall_distance,
        "rans_velocity": mean.velocity,
        "rans_grad_u": mean.velocity_gradient,
        "rans_k": mean.kinetic_energy,
        "rans_grad_k": mean.kinetic_energy_gradient,
        "rans_omega": np.asarray(mean.dissipation) / (BETA_STAR * np.asarray(mean.kinetic_energy)),
        "rans_nut": mean.eddy_viscosity,
        "dns_velocity": velocity,
        "dns_grad_u": gradient,
        "dns_reynolds_stress": stress,
    }
    flat = {name: np.asarray(value, np.float64).reshape(cells, *np.shape(value)[2:]) for name, value in values.items()}
    attributes = {
        "split": recipe.split,
        "flow_family": recipe.section,
        "structured_shape": section.shape,
        "half_height_y": 1.0,
        "bulk_velocity": bulk,
        "reynolds_friction": recipe.reynolds,
        "samples": recipe.samples,
    }
    write_stress_file(out, flat, viscosity=1.0 / recipe.reynolds, attributes=attributes)


def _rans_flow(recipe: TurbulenceRecipe, bulk: float) -> MeanFlow:
    """The flow of k-omega SST at a bulk velocity: means over the cells of what is solved for on their parts."""
    section = recipe.rans_section(recipe.parts)
    solved = solve(RansCase(section, 1.0 / recipe.reynolds, BulkVelocity(bulk)))
    if not solved.converged:
        raise RunError(f"{recipe.name}: k-omega SST: {solved.reason}")
    shape = recipe.rans_section().shape

    def mean(values: Float[Array, "..."]) -> Float[Array, "..."]:
        if not values.ndim:  # the viscosity
            return values
        parted = values.reshape(shape[0], values.shape[0] // shape[0], shape[1], recipe.parts, *values.shape[2:])
        return parted.mean((1, 3))

    return jax.tree.map(mean, solved.mean)


def _gradient(recipe: TurbulenceRecipe, velocity: Mean) -> Second:
    """DU_i/dx_j by central differences between cells; no slip at walls, even or odd at planes of symmetry."""
    found = np.zeros((*velocity.shape, 3))
    for axis, component in ((1, 1), (0, 2)):
        if velocity.shape[axis] == 1:
            continue
        signs = np.ones(3)
        signs[component] = -1.0
        first, last = (np.take(velocity, [end], axis) for end in (0, -1))
        padded = np.concatenate([signs * first, velocity, -last], axis=axis)
        ahead, behind = (np.take(padded, range(start, start + velocity.shape[axis]), axis) for start in (2, 0))
        found[..., component] = 0.5 * recipe.half_height * (ahead - behind)
    return found
