"""What comes back from where the flow leaves."""

import math
from dataclasses import replace

import numpy as np
import pytest

from emulax_lbm import (
    D3Q19,
    PAST_A_BODY,
    TRT,
    CaseError,
    ConvectiveOutlet,
    Cumulant,
    Edges,
    FlowCase,
    FreeSlip,
    InflowHistory,
    Periodic,
    PressureOutlet,
    Run,
    Sponge,
    VelocityInlet,
    Wall,
    open_box,
)
from emulax_lbm.engines import native
from emulax_lbm.setup import common_setup, parameters_of, relaxation_time_of

OUTLETS = pytest.mark.parametrize("outlet", [PressureOutlet(), ConvectiveOutlet()], ids=lambda e: type(e).__name__)


def _reflected_sound(**changes) -> float:
    """What comes back of a plane pulse of sound that goes downstream only, over its height."""
    ny, nx, width = 4, 80, 4.0
    case = FlowCase(open_box((ny, nx)), 20.0, 8, precision="float64", **changes)
    # Mass and momentum, r_t + u_x = 0 and u_t + (u^2 + r / 3)_x = 0, carry it at this speed in a stream U.
    speed = case.velocity_scale + np.sqrt(case.velocity_scale**2 + 1.0 / 3.0)
    r = 1e-3 * np.exp(-((np.arange(nx) + 0.5 - 30.0) ** 2) / width**2)
    velocity, pressure = np.zeros((2, ny, nx, 2)), np.zeros((2, ny, nx))
    velocity[..., 0] = 1.0
    velocity[0, ..., 0] += speed * r / case.velocity_scale
    pressure[0] = r / (3.0 * case.velocity_scale**2)
    run = Run([case, case], velocity=velocity, pressure=pressure, engine="xla")
    run.advance(155)
    pulse, silence = np.asarray(run.pressure())[..., : nx // 2]
    return float(np.abs(pulse - silence).max() / pressure.max())


@OUTLETS
def test_plane_sound_leaves(outlet):
    assert _reflected_sound(edges=replace(PAST_A_BODY, right=outlet)) < 0.03


def test_sponge_halves_the_sound_that_comes_back():
    assert 0.0 < _reflected_sound(sponge=Sponge(width=2.0, strength=10.0)) < 0.5 * _reflected_sound()


SIDES = {"bottom": Periodic(), "top": Periodic()}
CELLS, SHAPE = 8, (32, 48)


def _vortex(nx: int) -> tuple[np.ndarray, np.ndarray]:
    """A vortex of radius D without circulation, two D in front of the end of a box of `SHAPE`, and its pressure."""
    y, x = (np.indices((SHAPE[0], nx)) + 0.5) / CELLS
    dx, dy = x - 4.0, y - 2.0
    swirl = 0.3 * np.exp(0.5 * (1.0 - dx**2 - dy**2))
    return np.stack([1.0 - swirl * dy, swirl * dx], axis=-1)[None], -0.5 * (swirl**2)[None]


def _vortex_leaves(outlet, nx: int = SHAPE[1], **changes) -> np.ndarray:
    """The velocity while the vortex crosses the outlet, at four times."""
    edges = replace(PAST_A_BODY, right=outlet, **SIDES)
    case = FlowCase(open_box((SHAPE[0], nx)), 60.0, CELLS, edges=edges, precision="float64", **changes)
    velocity, pressure = _vortex(nx)
    run = Run([case], velocity=velocity, pressure=pressure, engine="xla")
    seen = []
    for _ in range(4):
        run.advance(80)
        seen.append(np.asarray(run.velocity())[0, :, : SHAPE[1]])
    return np.stack(seen)


@pytest.fixture(scope="module")
def undisturbed() -> np.ndarray:
    return _vortex_leaves(PressureOutlet(), 2 * SHAPE[1])


def _distortion(found: np.ndarray, undisturbed: np.ndarray) -> float:
    """Largest error of the velocity over the size of the vortex."""
    vortex = np.linalg.norm(_vortex(SHAPE[1])[0] - [1.0, 0.0])
    return max(float(np.linalg.norm(error)) for error in found - undisturbed) / float(vortex)


def test_vortex_leaves_through_the_convective_outlet_with_half_the_distortion(undisturbed):
    held, carried = (_distortion(_vortex_leaves(e), undisturbed) for e in (PressureOutlet(), ConvectiveOutlet()))
    assert carried < 0.05
    assert carried < 0.6 * held


@OUTLETS
def test_pressure_comes_back_to_the_reference(outlet):
    case = FlowCase(open_box((8, 24)), 20.0, 8, edges=replace(PAST_A_BODY, right=outlet), precision="float64")
    run = Run([case], pressure=np.full((1, 8, 24), 0.5), engine="xla")
    run.advance(800)
    np.testing.assert_allclose(run.pressure(), 0.0, atol=1e-3)


def test_wake_leaves_through_the_pressure_outlet_without_pressure():
    """Differences of velocity along the outlet, without any of the mean, meet no resistance."""
    ny, nx = 16, 48
    case = FlowCase(open_box((ny, nx)), 20.0, 8, edges=PAST_A_BODY, precision="float64")
    velocity = np.zeros((1, ny, nx, 2))
    velocity[..., 0] = 1.0 + 0.2 * np.cos(2.0 * np.pi * (np.arange(ny) + 0.5) / ny)[:, None]
    run = Run([case], velocity=velocity, engine="xla")
    run.advance(20)
    np.testing.assert_allclose(run.pressure()[..., nx // 2 :], 0.0, atol=1e-12)


def test_viscosity_in_a_sponge_rises_to_its_strength():
    factor = Sponge(width=2.0, strength=5.0).viscosity_factor(64, 16)
    np.testing.assert_array_equal(factor[:32], 1.0)
    assert np.all(np.diff(factor[32:]) > 0.0)
    assert factor[47:49].mean() == pytest.approx(1.0 + 5.0 / 2.0, rel=1e-12)
    assert factor[-1] == pytest.approx(6.0, rel=2e-3)


_PERIODIC_SIDES = replace(PAST_A_BODY, **SIDES)


@pytest.mark.parametrize("collision", [TRT(), Cumulant()], ids=lambda collision: type(collision).__name__)
def test_shear_decays_in_a_sponge_as_its_viscosity_says(collision):
    """Far from the ends of a long layer, where the viscosity hardly changes along x."""
    ny, nx, cells = 16, 48, 16
    sponge = Sponge(width=2.9, strength=4.0)
    case = FlowCase(open_box((ny, nx)), 30.0, cells, edges=_PERIODIC_SIDES, sponge=sponge, collision=collision)
    velocity = case.inflow_velocity()[None]
    wave = 0.1 * np.cos(2.0 * np.pi * (np.arange(ny) + 0.5) / ny)[:, None]
    velocity[..., 0] += wave
    run = Run([replace(case, precision="float64")], velocity=velocity, engine="xla")
    run.advance(40)
    middle = float(((run.velocity()[0, ..., 0] - 1.0) / wave)[0, 30])
    rate = (2.0 * np.pi / ny) ** 2 * case.viscosity * 40
    travelled = 40 * case.velocity_scale  # the fluid came from where the layer is thinner
    factor = np.interp(30.0 - np.linspace(0.0, travelled, 50), np.arange(nx), case.viscosity_factor()).mean()
    assert -math.log(middle) == pytest.approx(rate * factor, rel=0.05)


@pytest.mark.parametrize("shape", [(8, 32), (4, 8, 32)], ids=["flat", "deep"])
def test_case_without_a_sponge_keeps_its_viscosity_beside_one_with(shape):
    case = FlowCase(open_box(shape), 10.0, 8)
    cases = [case, replace(case, sponge=Sponge(width=2.0, strength=5.0))]
    found = np.asarray(relaxation_time_of(parameters_of(cases, common_setup(cases)), len(shape)))
    assert found.shape == (2, *[1] * (len(shape) - 1), 34)
    np.testing.assert_allclose(found[0], case.relaxation_time, rtol=1e-6)
    np.testing.assert_allclose(found[1].ravel()[:17], case.relaxation_time, rtol=1e-6)
    assert found[1].max() == pytest.approx(0.5 + 6.0 * (case.relaxation_time - 0.5), rel=0.01)


def test_box_without_a_sponge_does_not_pay_for_one():
    case = FlowCase(open_box((8, 32)), 10.0, 8)
    assert parameters_of([case], common_setup([case])).viscosity_factor == ()


def test_sponge_is_for_the_reference_engine():
    setup = common_setup([FlowCase(open_box((8, 32)), 10.0, 8, sponge=Sponge(width=2.0, strength=5.0))])
    assert native.unsupported(setup) == "it does not know sponges"


@pytest.mark.parametrize(
    ("sponge", "problem"),
    [
        ({"width": 0.0, "strength": 5.0}, r"width: is 0.0, must be a positive number"),
        ({"width": 2.0, "strength": math.inf}, r"strength: is inf, must be a positive number"),
    ],
)
def test_bad_sponge_is_refused(sponge, problem):
    with pytest.raises(CaseError, match=rf"^sponge\.{problem}"):
        Sponge(**sponge)


def test_sponge_that_does_not_fit_is_refused(cylinder):
    case = cylinder()  # at x = 2 D in a box of 6 D
    replace(case, sponge=Sponge(width=3.4, strength=5.0))
    for sponge, problem in (
        (Sponge(width=3.6, strength=5.0), "of 3.6 D overlaps a body"),
        (Sponge(width=6.0, strength=5.0), "is 6 D wide, must be at least two cells and less than the box of 6 D"),
        (Sponge(width=0.2, strength=5.0), "is 0.2 D wide, must be at least two cells"),
        (
            Sponge(width=2.0, strength=100.0),
            "of strength 100 gives the relaxation time .* at the outlet, above 3: use at most",
        ),
    ):
        with pytest.raises(CaseError, match=f"^sponge: {problem}"):
            replace(case, sponge=sponge)


@pytest.mark.parametrize("share", [-0.1, 1.5, math.nan])
def test_share_of_the_pressure_must_be_one(share):
    with pytest.raises(CaseError, match=r"^pressure_relaxation: is .*, must be between 0 and 1"):
        ConvectiveOutlet(share)


def test_body_must_keep_three_cells_from_a_convective_outlet():
    sdf = open_box((16, 32))
    sdf[8, 29] = -1.0
    FlowCase(sdf, 10.0, 8)
    with pytest.raises(CaseError, match=r"within 3 cells of the right edge \(ConvectiveOutlet\)"):
        FlowCase(sdf, 10.0, 8, edges=replace(PAST_A_BODY, right=ConvectiveOutlet()))


_SWELL = InflowHistory(np.array([0.0, 0.3, 1.0]), np.array([0.3, 1.2, 0.8]))
_LEAVE = {
    "walls": Edges(VelocityInlet(), ConvectiveOutlet(), Wall(), Wall((0.3, 0.0))),
    "free slip": replace(PAST_A_BODY, right=ConvectiveOutlet()),
    "periodic": replace(_PERIODIC_SIDES, right=ConvectiveOutlet()),
    "duct": Edges(VelocityInlet(), ConvectiveOutlet(0.3), FreeSlip(), Wall(), Periodic(), Periodic()),
}


@pytest.mark.native
@pytest.mark.parametrize("edges", _LEAVE.values(), ids=_LEAVE)
def test_engines_agree_on_what_leaves(edges, rng):
    deep = edges is _LEAVE["duct"]
    shape = (7, 9, 20) if deep else (13, 37)
    case = FlowCase(open_box(shape), 10.0, 8, edges=edges, inflow_history=_SWELL, precision="float64")
    if deep:
        case = replace(case, lattice=D3Q19)
    velocity = case.inflow_velocity()[None] + 0.02 * rng.normal(size=(1, *shape, case.dimensions))
    runs = [Run([case], velocity=velocity, engine=engine) for engine in ("xla", "native")]
    for run in runs:
        run.advance(60)
    for expected, found in zip(*([run.velocity(), run.pressure()] for run in runs), strict=True):
        assert float(abs(found - expected).max()) <= 1e-12 * float(abs(expected).max())
