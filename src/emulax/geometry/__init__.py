"""Bodies in a flow: signed distances, readers of shape files, random shapes.

A signed distance (`Sdf`) is a function of points, negative in the solid and positive in the fluid, in units
of D.
"""

from emulax.geometry.body import Body, move_body
from emulax.geometry.car import CarProfile
from emulax.geometry.combine import Sdf, intersection, rotate, scale, smooth_union, translate, turn, union
from emulax.geometry.grid import grid_points
from emulax.geometry.load import load_shape
from emulax.geometry.mesh import mesh_distance, winding_number
from emulax.geometry.naca import naca4, naca_section
from emulax.geometry.orientation import orient
from emulax.geometry.outline import check_outline
from emulax.geometry.polygon import closed_distance, open_distance, polygon
from emulax.geometry.primitives import box, circle, ellipse, regular_polygon
from emulax.geometry.readers.airfoil import read_airfoil
from emulax.geometry.readers.curve import read_curve
from emulax.geometry.readers.mask import read_mask
from emulax.geometry.readers.stl import read_stl
from emulax.geometry.samplers import (
    CAR_RANGES,
    SAMPLERS,
    AirfoilSampler,
    CarSampler,
    PairSampler,
    PlateSampler,
    PrimitiveSampler,
    Sampler,
    SolidSampler,
)
from emulax.geometry.section import section
from emulax.geometry.shape import Shape, check_inside, place
from emulax.geometry.solids import cuboid, cylinder, sphere

__all__ = [
    "CAR_RANGES",
    "SAMPLERS",
    "AirfoilSampler",
    "Body",
    "CarProfile",
    "CarSampler",
    "PairSampler",
    "PlateSampler",
    "PrimitiveSampler",
    "Sampler",
    "Sdf",
    "Shape",
    "SolidSampler",
    "box",
    "check_inside",
    "check_outline",
    "circle",
    "closed_distance",
    "cuboid",
    "cylinder",
    "ellipse",
    "grid_points",
    "intersection",
    "load_shape",
    "mesh_distance",
    "move_body",
    "naca4",
    "naca_section",
    "open_distance",
    "orient",
    "place",
    "polygon",
    "read_airfoil",
    "read_curve",
    "read_mask",
    "read_stl",
    "regular_polygon",
    "rotate",
    "scale",
    "section",
    "smooth_union",
    "sphere",
    "translate",
    "turn",
    "union",
    "winding_number",
]
