import math
from dataclasses import replace

import numpy as np
import pytest

from emulax_lbm import (
    BGK,
    D3Q27,
    PAST_A_BODY,
    PERIODIC,
    TRT,
    CaseError,
    Cumulant,
    FlowCase,
    Regularised,
    Smagorinsky,
    Wall,
    open_box,
)

NAN, INFINITY = float("nan"), float("inf")


@pytest.fixture
def case():
    return FlowCase(open_box((16, 32)), 10.0, 8)


def _check(case: FlowCase, **changes) -> None:
    """Check a case again after changes that the type checker refuses earlier under test."""
    for name, value in changes.items():
        object.__setattr__(case, name, value)
    case.__post_init__()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reynolds", 0.0),
        ("reynolds", -5.0),
        ("reynolds", NAN),
        ("reynolds", INFINITY),
        ("cells_per_length", 0.0),
        ("lattice_velocity", 0.0),
        ("lattice_velocity", NAN),
        ("lattice_velocity", 0.2),
        ("body_force", (NAN, 0.0)),
        ("sdf", np.ones((2, 8), np.float32)),
        ("sdf", np.full((8, 8), NAN, np.float32)),
        ("sdf", np.full((8, 8), INFINITY, np.float32)),
    ],
)
def test_bad_value_is_refused_and_named(case, field, value):
    with pytest.raises(CaseError, match=rf"^{field}: ") as caught:
        replace(case, **{field: value})
    assert caught.value.field == field


def test_flat_array_is_refused(case):
    with pytest.raises(CaseError, match=r"^sdf: has shape \(9,\)"):
        _check(case, sdf=np.ones(9, np.float32))


def test_unknown_wall_treatment_is_refused(case):
    with pytest.raises(CaseError, match=r"^walls: is 'smooth'"):
        _check(case, walls="smooth")


def _with_a_wall(case: FlowCase, **changes) -> FlowCase:
    sdf = case.sdf.copy()
    sdf[8, 16] = -1.0
    return replace(case, sdf=sdf, **changes)


@pytest.mark.parametrize("value", [np.zeros((16, 32)), np.full((16, 32, 2), NAN)])
def test_bad_wall_velocity_is_refused(case, value):
    with pytest.raises(CaseError, match=r"^wall_velocity: "):
        _check(_with_a_wall(case), wall_velocity=value)


def test_wall_velocity_without_walls_is_refused(case):
    with pytest.raises(CaseError, match=r"^wall_velocity: is given, but there are no walls inside"):
        replace(case, wall_velocity=np.zeros((16, 32, 2)))


@pytest.mark.parametrize("value", [(1.0,), (1.0, NAN), (1.0, 2.0, 3.0)])
def test_bad_moment_centre_is_refused(case, value):
    with pytest.raises(CaseError, match=r"^moment_centre: is \(1.0,"):
        replace(case, moment_centre=value)


def test_inflow_above_mach_0_3_is_refused_with_a_velocity_that_is_not(case):
    inflow = np.full(16, 2.0)
    with pytest.raises(CaseError, match=r"^inflow: .* 2 U, which is Mach 0\.35 .* at most 0\.0866$"):
        replace(case, inflow=inflow)
    replace(case, inflow=inflow, lattice_velocity=0.0866)


def test_edge_above_mach_0_3_is_refused_and_named(case):
    edges = replace(PERIODIC, bottom=Wall(), top=Wall((-2.0, 0.0)))
    with pytest.raises(CaseError, match=r"^edges: the top wall has a speed of 2 U"):
        replace(case, edges=edges)
    replace(case, edges=edges, lattice_velocity=0.0866)


def test_wall_inside_above_mach_0_3_is_refused(case):
    """Only what is next to a wall counts."""
    velocity = np.full((16, 32, 2), 1.3)
    velocity[:4] = 100.0
    with pytest.raises(CaseError, match=r"^wall_velocity: a wall inside has a speed of 1\.838 U"):
        _with_a_wall(case, wall_velocity=velocity)
    _with_a_wall(case, wall_velocity=velocity, lattice_velocity=0.094)


def test_unknown_precision_is_refused(case):
    with pytest.raises(CaseError, match=r"^precision: "):
        _check(case, precision="float16")


def test_box_without_fluid_is_refused(case):
    with pytest.raises(CaseError, match=r"^sdf: has no fluid"):
        replace(case, sdf=-case.sdf)


@pytest.mark.parametrize(
    ("name", "kind", "cell"),
    [
        ("left", "VelocityInlet", (8, 1)),
        ("right", "PressureOutlet", (8, 30)),
    ],
)
def test_body_near_inlet_or_outlet_is_refused_and_the_edge_named(case, name, kind, cell):
    sdf = case.sdf.copy()
    sdf[cell] = -1.0
    with pytest.raises(CaseError, match=rf"within 2 cells of the {name} edge \({kind}\)"):
        replace(case, sdf=sdf)


@pytest.mark.parametrize("cell", [(0, 16), (15, 16), (8, 2), (8, 29)])
def test_body_on_a_side_or_two_cells_from_inlet_and_outlet_is_allowed(case, cell):
    sdf = case.sdf.copy()
    sdf[cell] = -1.0
    replace(case, sdf=sdf)


@pytest.mark.parametrize("reynolds", [101.0, 1234.0])
def test_too_high_reynolds_number_is_refused_with_a_resolution_that_is_enough(case, reynolds):
    with pytest.raises(CaseError, match=r"^reynolds: .* too high for 8 cells") as caught:
        replace(case, reynolds=reynolds)
    words = caught.value.problem.split()
    enough = int(words[words.index("cells", words.index("use")) - 1])
    replace(case, reynolds=reynolds, cells_per_length=enough)
    with pytest.raises(CaseError):
        replace(case, reynolds=reynolds, cells_per_length=enough - 1)


def test_named_highest_reynolds_number_is_allowed(case):
    with pytest.raises(CaseError, match="resolve up to 64:"):
        replace(case, reynolds=100.0)
    replace(case, reynolds=64.0)


@pytest.mark.parametrize(("velocity", "reynolds"), [(0.15, 0.2), (0.001, 60.0)])
def test_velocity_that_gives_an_unstable_relaxation_time_is_refused(case, velocity, reynolds):
    with pytest.raises(CaseError, match=r"gives the relaxation time [\d.]+, outside \[0.505, 3.0\] for TRT"):
        replace(case, reynolds=reynolds, lattice_velocity=velocity)


LIMITS = [
    (BGK(), 0.505),
    (TRT(), 0.505),
    (Regularised(), 0.505),
    (Cumulant(), 0.5001),
    (Smagorinsky(), 0.5005),
    (Smagorinsky(Cumulant()), 0.5001),
    (Smagorinsky(constant=0.05), 0.505),
    (Smagorinsky(BGK()), 0.505),
]


@pytest.mark.parametrize(("collision", "limit"), LIMITS, ids=str)
def test_least_relaxation_time_is_the_collisions(case, collision, limit):
    def velocity(relaxation_time: float) -> float:
        return (relaxation_time - 0.5) / 3.0 * case.reynolds / case.cells_per_length

    replace(case, collision=collision, lattice_velocity=velocity(limit + 1e-6))
    with pytest.raises(CaseError, match=r"gives the relaxation time"):
        replace(case, collision=collision, lattice_velocity=velocity(limit - 1e-6))


@pytest.mark.parametrize("collision", [Cumulant(), Smagorinsky(), Smagorinsky(Regularised(), 0.1)], ids=str)
def test_turbulent_flow_that_is_not_resolved_needs_a_collision_that_carries_it(collision):
    """A Taylor-Green vortex at Reynolds number 1600 on 128 cells along the box."""
    vortex = {"sdf": open_box((4, 4, 4)), "reynolds": 1600.0, "cells_per_length": 128 / (2 * math.pi), "lattice": D3Q27}
    FlowCase(**vortex, edges=PERIODIC, collision=collision)
    for other in (BGK(), TRT(), Smagorinsky(constant=0.05)):
        with pytest.raises(CaseError, match=r"^reynolds: 1600 is too high .* collision that also carries"):
            FlowCase(**vortex, edges=PERIODIC, collision=other)


def test_velocity_is_a_tenth_unless_the_relaxation_time_would_grow_too_long(case):
    assert case.velocity_scale == 0.1
    slow = replace(case, reynolds=0.5)
    assert slow.velocity_scale < 0.1
    assert slow.relaxation_time == pytest.approx(3.0)


@pytest.mark.parametrize("cells", [7, 8, 20])
def test_every_low_reynolds_number_finds_its_velocity(cells):
    for reynolds in np.geomspace(1e-4, 1.0, 200):
        FlowCase(open_box((8, 8)), float(reynolds), cells)


def test_given_velocity_is_kept(case):
    assert replace(case, lattice_velocity=0.05).velocity_scale == 0.05


def test_reynolds_number_is_that_of_the_lattice(case):
    viscosity = (case.relaxation_time - 0.5) / 3.0
    assert case.velocity_scale * case.cells_per_length / viscosity == pytest.approx(case.reynolds)


def test_units_of_time_and_force(case):
    assert case.steps_per_time == 80
    assert case.force_scale == pytest.approx(0.5 * 0.1**2 * 8)


def test_open_box_has_no_wall():
    assert (open_box((4, 5)) > 0.0).all()
    assert open_box((4, 5)).shape == (4, 5)


def test_default_edges_are_those_of_flow_past_a_body(case):
    assert case.edges == PAST_A_BODY
    assert case.edges != PERIODIC


def test_limits_named_in_errors_are_consistent(case):
    """The highest lattice velocity that the text recommends is itself allowed."""
    with pytest.raises(CaseError, match=r"use at most 0\.17$"):
        replace(case, lattice_velocity=0.3 / math.sqrt(3.0) + 1e-6)
    replace(case, lattice_velocity=0.17)
