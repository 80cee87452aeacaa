"""Random bodies, each drawn from its own seed."""

from emulax.geometry.samplers.airfoils import AirfoilSampler
from emulax.geometry.samplers.cars import CAR_RANGES, CarSampler
from emulax.geometry.samplers.pairs import PairSampler
from emulax.geometry.samplers.plates import PlateSampler
from emulax.geometry.samplers.primitives import PrimitiveSampler
from emulax.geometry.samplers.sampler import Sampler
from emulax.geometry.samplers.solids import SolidSampler

SAMPLERS: dict[str, type[Sampler]] = {
    "primitives": PrimitiveSampler,
    "cars": CarSampler,
    "airfoils": AirfoilSampler,
    "pairs": PairSampler,
    "plates": PlateSampler,
    "solids": SolidSampler,
}
"""Samplers by the name of their table in a recipe."""

__all__ = [
    "CAR_RANGES",
    "SAMPLERS",
    "AirfoilSampler",
    "CarSampler",
    "PairSampler",
    "PlateSampler",
    "PrimitiveSampler",
    "Sampler",
    "SolidSampler",
]
