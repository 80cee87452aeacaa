"""Two random solids in one box in space."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jax.tree_util import Partial
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from emulax.core.config import digest
from emulax.core.errors import InputError
from emulax.geometry.body import Body, move_body
from emulax.geometry.combine import turn, union
from emulax.geometry.samplers.placement import Range, check_names, check_range, check_room, generator_of
from emulax.geometry.samplers.primitives import HASHED_DIGITS
from emulax.geometry.solids import cuboid, cylinder, sphere

Kind = Literal["sphere", "cuboid", "cylinder"]


@dataclass(frozen=True)
class SolidSampler:
    """Pairs of spheres, cuboids and cylinders of random size, rotation and position: joined, or apart by a gap.

    Kinds are equally likely, rotations uniform over all rotations; sizes, proportions and positions are uniform in
    their ranges. The second solid lies in a direction from the first that is uniform on the sphere. The distance of
    the two centres is uniform between two ends: at the near one, the centre of one lies on the sphere inscribed in
    the other, so that they are joined; at the far one, the balls around them are `gap` apart. No pair is therefore
    longer than twice the largest diameter and the gap, in any direction.

    Args:
        kinds: Kinds of solid to draw from.
        diameter: Diameter of the smallest ball that holds the solid [D].
        aspect_ratio: The edges of a cuboid are as 1 to two draws, length and diameter of a cylinder as two draws.
        gap: Largest distance between the balls [D].
        centre_x: Centre of the pair's bounding box over the domain's length.
        centre_y: Centre of the pair's bounding box over the domain's height.
        centre_z: Centre of the pair's bounding box over the domain's width.
        domain: Lx, Ly and Lz [D].
        clearance: Distance that every pair keeps from the domain's edges [D].
    """

    kinds: tuple[Kind, ...] = ("sphere", "cuboid", "cylinder")
    diameter: Range = (0.7, 0.9)
    aspect_ratio: Range = (1.0, 1.5)
    gap: float = 0.2
    centre_x: Range = (0.4, 0.5)
    centre_y: Range = (0.4, 0.6)
    centre_z: Range = (0.4, 0.6)
    domain: tuple[float, float, float] = (4.0, 4.0, 4.0)
    clearance: float = 0.6

    def __post_init__(self) -> None:
        check_names("kinds", self.kinds, get_args(Kind))
        check_range("diameter", self.diameter)
        check_range("aspect_ratio", self.aspect_ratio, least=1)
        if not (self.gap >= 0 and math.isfinite(self.gap)):
            raise InputError("gap", f"is {self.gap} D, must be finite and not negative")
        longest = 2 * self.diameter[1] + self.gap
        check_room(self._centres, self.domain, (longest,) * 3, self.clearance)

    def sample(self, seed: int, index: int) -> Body:
        """Pair number `index` of the sequence `seed`; it does not depend on which others are drawn.

        Raises:
            InputError: A negative seed or index.
        """
        generator = generator_of(seed, index)
        (first, inner, outer, numbers), (second, inside, outside, others) = (self._draw(generator) for _ in range(2))
        near, far = max(inner, inside), outer + outside + self.gap
        direction = _on_the_sphere(generator, 3)
        distance = near + float(generator.random()) * (far - near)
        centre = [float(generator.uniform(*ends)) * side for ends, side in zip(self._centres, self.domain, strict=True)]

        second = move_body(second, _triple(distance * direction))
        corners = np.array([first.bounds, second.bounds], np.float64).reshape(2, 2, 3)
        low, high = corners[:, 0].min(axis=0), corners[:, 1].max(axis=0)
        pair = Body(
            name="pair",
            distance=union(first.distance, second.distance),
            bounds=(*low.tolist(), *high.tolist()),
            identifier=digest([numbers, others, *_rounded(distance, *direction)]),
        )
        return move_body(pair, _triple(centre - 0.5 * (low + high)))

    @property
    def _centres(self) -> tuple[Range, Range, Range]:
        return self.centre_x, self.centre_y, self.centre_z

    def _draw(self, generator: np.random.Generator) -> tuple[Body, float, float, list[str | float]]:
        """A random solid at the origin, the radii of its inscribed sphere and of its ball, and what identifies it."""
        # Every solid draws all numbers, in this order, whether its kind uses them or not.
        kind = self.kinds[int(generator.integers(len(self.kinds)))]
        radius = 0.5 * float(generator.uniform(*self.diameter))
        first, second = (float(generator.uniform(*self.aspect_ratio)) for _ in range(2))
        quaternion = _on_the_sphere(generator, 4)

        rotation = Rotation.from_quat(quaternion).as_matrix()
        distance, reach, inner = _solid(kind, radius, (first, second), rotation)
        numbers = [kind, *_rounded(radius, first, second, *quaternion)]
        bounds = (*(-reach).tolist(), *reach.tolist())
        return Body(kind, turn(distance, rotation), bounds, digest(numbers)), inner, radius, numbers


def _solid(
    kind: Kind, radius: float, proportions: tuple[float, float], rotation: Float[np.ndarray, "3 3"]
) -> tuple[Partial, Float[np.ndarray, " 3"], float]:
    """Signed distance of a solid in a ball, its reach along the axes once turned, and its inscribed radius."""
    match kind:
        case "sphere":
            return Partial(sphere, radius=radius), np.full(3, radius), radius
        case "cuboid":
            half = radius * np.array([1.0, *proportions]) / math.hypot(1.0, *proportions)
            return Partial(cuboid, half_size=_triple(half)), np.abs(rotation) @ half, float(half.min())
        case "cylinder":
            half_length, thick = (radius * part / math.hypot(*proportions) for part in proportions)
            axis = np.abs(rotation[:, 0])
            reach = half_length * axis + thick * np.sqrt(np.maximum(1 - axis**2, 0.0))
            return Partial(cylinder, radius=thick, half_length=half_length), reach, min(half_length, thick)


def _on_the_sphere(generator: np.random.Generator, dimensions: int) -> Float[np.ndarray, " d"]:
    """A unit vector in a uniformly random direction; one in four dimensions is a uniformly random rotation."""
    draws = generator.standard_normal(dimensions)
    return draws / np.linalg.norm(draws)


def _rounded(*numbers: float) -> list[float]:
    return [round(float(number), HASHED_DIGITS) for number in numbers]


def _triple(values: Float[np.ndarray, " 3"]) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return x, y, z
