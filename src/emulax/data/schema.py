"""What a flow dataset holds: every variable's name, dimensions, dtype, unit and meaning."""

from __future__ import annotations

from dataclasses import dataclass

SCHEMA_VERSION = 3

CONVENTIONS = (
    "lengths by D, velocity by U, pressure (p - p_ref) by rho U^2; x is streamwise and fastest, z absent in the plane; "
    "sdf is positive in fluid and negative in solid"
)

COMPONENTS = ("x", "y", "z")


@dataclass(frozen=True)
class Variable:
    """One variable of a shard; `units` is `1` for a pure number and empty for text; flows in the plane have no `z`."""

    dims: tuple[str, ...]
    dtype: str
    units: str
    long_name: str

    @property
    def attributes(self) -> dict[str, str]:
        """NetCDF attributes."""
        return {"long_name": self.long_name} | ({"units": self.units} if self.units else {})


_SAMPLE = ("sample",)
_CELLS = ("sample", "z", "y", "x")

COORDINATES = {
    "sample": Variable(_SAMPLE, "U", "", "sample identifier"),
    "z": Variable(("z",), "f8", "D", "spanwise position of the cell centre"),
    "y": Variable(("y",), "f8", "D", "cross-stream position of the cell centre"),
    "x": Variable(("x",), "f8", "D", "streamwise position of the cell centre"),
    "component": Variable(("component",), "U", "", "vector component"),
}

INPUTS = {
    "geometry_id": Variable(_SAMPLE, "U", "", "identifier of the shape; splits hash it"),
    "geometry": Variable(_SAMPLE, "U", "", "parameters of the shape as JSON"),
    "sdf": Variable(_CELLS, "f4", "D", "signed distance to the wall"),
    "mask": Variable(_CELLS, "u1", "1", "1 in fluid, 0 in solid"),
    "reynolds": Variable(_SAMPLE, "f4", "1", "Reynolds number U D / nu"),
    "inflow": Variable(("sample", "z", "y"), "f4", "U", "streamwise velocity at the left edge"),
    "height": Variable(_SAMPLE, "f4", "D", "frontal height h of the shape"),
    "length": Variable(_SAMPLE, "f4", "D", "extent of the shape along the flow"),
    "reynolds_height": Variable(_SAMPLE, "f4", "1", "Reynolds number of the frontal height U h / nu"),
}

TARGETS = {
    "velocity": Variable((*_CELLS, "component"), "f4", "U", "velocity, zero in solid"),
    "pressure": Variable(_CELLS, "f4", "rho U^2", "pressure above the reference pressure, zero in solid"),
    "drag_coefficient": Variable(_SAMPLE, "f4", "1", "drag coefficient, force over rho U^2 D / 2 (D^2 in space)"),
    "lift_coefficient": Variable(_SAMPLE, "f4", "1", "lift coefficient, force over rho U^2 D / 2 (D^2 in space)"),
}

CERTIFICATE = {
    "mach_max": Variable(_SAMPLE, "f4", "1", "largest lattice Mach number"),
    "mass_drift": Variable(_SAMPLE, "f4", "1", "net mass flow into the box over the inflow"),
    "residual": Variable(_SAMPLE, "f4", "1", "relative change of velocity over the last time D / U"),
    "relaxation_time": Variable(_SAMPLE, "f4", "1", "relaxation time in time steps"),
    "force_imbalance": Variable(
        _SAMPLE, "f4", "1", "difference of wall force and momentum flow into the box over the force"
    ),
    "steps": Variable(_SAMPLE, "i4", "1", "time steps taken"),
    "converged": Variable(_SAMPLE, "bool", "1", "the run met its convergence criterion"),
    "accepted": Variable(_SAMPLE, "bool", "1", "the sample is fit for use"),
    "reason": Variable(_SAMPLE, "U", "", "why a sample was rejected, empty otherwise"),
    "velocity_error": Variable(
        _SAMPLE, "f4", "1", "estimated relative error of the velocity due to the grid, NaN where none was made"
    ),
    "drag_error": Variable(
        _SAMPLE, "f4", "1", "estimated relative error of the drag due to the grid, NaN where none was made"
    ),
}

VARIABLES = COORDINATES | INPUTS | TARGETS | CERTIFICATE
