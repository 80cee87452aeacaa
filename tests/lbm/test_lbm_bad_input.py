"""What a user may give by mistake: one line that names it, before any work, and nothing is written."""

import math
from dataclasses import replace

import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest

from emulax_lbm import (
    PAST_A_BODY,
    TRT,
    CaseError,
    ConvectiveOutlet,
    Edges,
    FlowCase,
    FlowInputs,
    FreeSlip,
    InflowHistory,
    PhysicalScales,
    Run,
    Smagorinsky,
    Sponge,
    SteadyOptions,
    Wall,
    collision_named,
    differentiable,
    inputs_of,
    open_box,
    parabolic,
    power_law,
    rotation,
    simulate,
    simulate_steady,
    uniform,
)
from emulax_lbm.outputs import FlowStatistics, Probes, Surface, oscillation, record, vorticity
from emulax_lbm.problems import ball

DIMENSIONS = pytest.mark.parametrize("dimensions", [2, 3])
SHAPES = {2: (12, 16), 3: (6, 8, 12)}
CENTRES = {2: (1.5, 1.5), 3: (1.5, 1.0, 0.75)}
CELLS = 4
EDGES = {2: PAST_A_BODY, 3: replace(PAST_A_BODY, back=FreeSlip(), front=FreeSlip())}
NAN, INFINITY = math.nan, math.inf


@pytest.fixture(autouse=True)
def as_a_user_sees_it():
    """Without the type checker of the tests, which comes first."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def _sdf(dimensions: int) -> np.ndarray:
    return ball(SHAPES[dimensions], CENTRES[dimensions], CELLS)


def _case(dimensions: int, **changes) -> FlowCase:
    given = {"sdf": _sdf(dimensions), "reynolds": 10.0, "cells_per_length": CELLS, "edges": EDGES[dimensions]}
    return FlowCase(**{**given, **changes})


def _assert_refused(field: str, build, *arguments, says: str = "") -> None:
    with pytest.raises(CaseError) as caught:
        build(*arguments)
    assert caught.value.field == field
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


ARRAYS = {
    "list": lambda a: a.tolist(),
    "whole numbers": lambda a: np.ones(a.shape, int),
    "truth values": lambda a: a > 0.0,
    "complex": lambda a: a.astype(complex),
    "objects": lambda a: a.astype(object),
    "text": lambda a: a.astype(str),
    "half precision": lambda a: a.astype(np.float16),
    "masked": np.ma.masked_array,
    "not finite": lambda a: np.where(a == a.flat[0], NAN, a),
    "one axis more": lambda a: a[None],
    "fewer": lambda a: a[..., :1],
    "number": lambda a: 1.0,
}
ARRAY = pytest.mark.parametrize("spoil", ARRAYS.values(), ids=ARRAYS)


@ARRAY
@DIMENSIONS
@pytest.mark.parametrize("field", ["sdf", "inflow", "wall_velocity", "velocity", "pressure"])
def test_array(field, spoil, dimensions):
    shape = SHAPES[dimensions]
    whole = {
        "sdf": _sdf(dimensions),
        "inflow": np.ones(shape[:-1]),
        "wall_velocity": np.zeros((*shape, dimensions)),
        "velocity": np.zeros((1, *shape, dimensions)),
        "pressure": np.zeros((1, *shape)),
    }
    if field in ("velocity", "pressure"):
        fields = {"velocity": whole["velocity"], field: spoil(whole[field])}
        _assert_refused(field, lambda: Run([_case(dimensions)], **fields))
        _assert_refused(field, lambda: simulate([_case(dimensions)], 2, **fields))
        _assert_refused(field, lambda: simulate_steady([_case(dimensions)], **fields))
    else:
        _assert_refused(field, lambda: _case(dimensions, **{field: spoil(whole[field])}))


NUMBERS = [0.0, -1.0, NAN, INFINITY, "20", None, [20.0], np.array([20.0, 30.0]), np.array(20.0), 20j, True, 10**400]


@pytest.mark.parametrize("value", NUMBERS, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize(
    ("field", "build"),
    [
        ("reynolds", lambda value: _case(2, reynolds=value)),
        ("reynolds", lambda value: _case(3, reynolds=value)),
        ("cells_per_length", lambda value: _case(2, cells_per_length=value)),
        ("cells_per_length", lambda value: _case(3, cells_per_length=value)),
        ("sponge.width", lambda value: Sponge(value, 2.0)),
        ("sponge.strength", lambda value: Sponge(1.0, value)),
        ("inflow_history.end", lambda value: InflowHistory.sampled(math.sin, value, 5)),
        ("magic", TRT),
        ("constant", lambda value: Smagorinsky(constant=value)),
        ("density", lambda value: PhysicalScales(1.0, 1.0, value)),
        ("tolerance", lambda value: SteadyOptions(tolerance=value)),
        ("max_time", lambda value: SteadyOptions(max_time=value)),
        ("reynolds", lambda value: Surface(_sdf(2), reynolds=value, cells_per_length=CELLS)),
        ("cells_per_length", lambda value: Surface(_sdf(3), reynolds=10.0, cells_per_length=value)),
        ("cells_per_length", lambda value: Probes(_sdf(2), [(0.5, 0.5)], cells_per_length=value)),
        ("cells_per_length", lambda value: vorticity(np.zeros((4, 5, 2)), open_box((4, 5)), cells_per_length=value)),
        ("cells", lambda value: rotation((4, 5), (0.5, 0.5), value, 1.0)),
        ("interval", lambda value: oscillation(np.ones(9), interval=value)),
    ],
)
def test_number(field, build, value):
    _assert_refused(field, build, value, says="must be a positive number")


@pytest.mark.parametrize("value", ["20", True, NAN, 0.0, -0.05, 20j], ids=str)
@DIMENSIONS
def test_lattice_velocity(dimensions, value):
    _assert_refused("lattice_velocity", lambda: _case(dimensions, lattice_velocity=value))


@pytest.mark.parametrize("value", [-1, 2.0, 2.5, "3", None, NAN, True, np.array(3), np.array([3, 4]), 2**31], ids=repr)
@pytest.mark.parametrize(
    ("field", "build"),
    [
        ("steps", lambda value: Run([_case(2)]).advance(value)),
        ("steps", lambda value: Run([_case(3)]).look(value)),
        ("steps", lambda value: simulate([_case(2)], value)),
        ("steps", lambda value: simulate([_case(3)], value)),
        ("steps", lambda value: differentiable([_case(2)], value)),
        ("steps", lambda value: record(Run([_case(2)]), value, every=1)),
        ("every", lambda value: record(Run([_case(2)]), 10, every=value)),
        ("batch", lambda value: SteadyOptions(batch=value)),
        ("inflow_history.count", lambda value: InflowHistory.sampled(math.sin, 1.0, value)),
        ("periods", lambda value: oscillation(np.ones(9), interval=1.0, periods=value)),
    ],
)
def test_whole_number(field, build, value):
    _assert_refused(field, build, value)


@pytest.mark.parametrize(
    "value", [(1.0,), (NAN,) * 3, ("1",) * 3, (1j,) * 3, ((1.0,),) * 3, 1.0, None, "xyz", [1.0] * 3]
)
@pytest.mark.parametrize("field", ["body_force", "moment_centre"])
@DIMENSIONS
def test_vector(field, value, dimensions):
    value = value[:dimensions] if isinstance(value, tuple | list) else value
    _assert_refused(field, lambda: _case(dimensions, **{field: value}), says="finite components")
    _assert_refused(field, lambda: _case(dimensions, **{field: np.ones(dimensions)}), says="finite components")


@pytest.mark.parametrize("value", [1.0, (1.0,), ("a", "b"), [1.0, 0.0], np.zeros(2), None, (NAN, 0.0)], ids=repr)
def test_velocity_of_a_wall(value):
    _assert_refused("wall.velocity", Wall, value)


@pytest.mark.parametrize("value", ["0.1", None, NAN, -0.1, 1.5, True], ids=str)
def test_pressure_relaxation(value):
    _assert_refused("pressure_relaxation", ConvectiveOutlet, value)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("edges", [None, "periodic", (FreeSlip(),) * 4, Edges]),
        ("collision", [None, "trt", TRT, 3]),
        ("lattice", ["D2Q9", 3, TRT()]),
        ("inflow_history", [2.0, math.sin, (0.0, 1.0)]),
        ("sponge", [(1.0, 2.0), Sponge]),
        ("walls", [None, "smooth", ["bouzidi"], np.array(["bouzidi", "half-way"])]),
        ("precision", [None, "float16", np.float32]),
    ],
)
@DIMENSIONS
def test_kind(field, values, dimensions):
    for value in values:
        _assert_refused(field, lambda value=value: _case(dimensions, **{field: value}), says="must be ")


@pytest.mark.parametrize("edge", ["wall", Wall, None], ids=repr)
def test_edge(edge):
    _assert_refused("edges.bottom", lambda: replace(PAST_A_BODY, bottom=edge), says="such as Wall()")


@pytest.mark.parametrize("base", ["trt", TRT, None], ids=repr)
def test_base_of_smagorinskys_model(base):
    _assert_refused("base", Smagorinsky, base)


@pytest.mark.parametrize("name", [None, 3, TRT()], ids=repr)
def test_name_of_a_collision(name):
    _assert_refused("collision", collision_named, name)


@pytest.mark.parametrize(
    "spoil", [list, lambda a: a.astype(int), lambda a: a.astype(object), lambda a: 1.0, lambda a: None]
)
@pytest.mark.parametrize("field", ["times", "factors"])
def test_history(field, spoil):
    given = {"times": np.array([0.0, 1.0]), "factors": np.array([1.0, 1.0])}
    _assert_refused(f"inflow_history.{field}", lambda: InflowHistory(**{**given, field: spoil(given[field])}))


@DIMENSIONS
def test_inflow_that_becomes_too_fast(dimensions):
    def build(*factors: float, **changes) -> FlowCase:
        history = InflowHistory(np.arange(float(len(factors))) - 1.0, np.array(factors))
        return _case(dimensions, inflow_history=history, **changes)

    _assert_refused("inflow_history", build, 0.0, 1.0, -2.0, says="the inflow has a speed of 2 U, which is Mach 0.35")
    build(5.0, 1.0, 1.7)  # before the start it may have been anything
    build(0.1, 0.1, inflow=np.full(SHAPES[dimensions][:-1], 5.0))


@DIMENSIONS
def test_body_that_touches_the_inlet(dimensions):
    sdf = ball(SHAPES[dimensions], (0.5, *CENTRES[dimensions][1:]), CELLS)
    _assert_refused("sdf", lambda: _case(dimensions, sdf=sdf), says="within 2 cells of the left edge (VelocityInlet)")


@DIMENSIONS
@pytest.mark.parametrize(
    "function",
    [Run, lambda cases: simulate(cases, 2), simulate_steady, inputs_of, lambda cases: differentiable(cases, 2)],
    ids=["Run", "simulate", "simulate_steady", "inputs_of", "differentiable"],
)
def test_cases(function, dimensions):
    case = _case(dimensions)
    for cases in (None, case, "cases", [case, "case"], (one for one in [case])):
        _assert_refused("cases", function, cases, says="must be a list of FlowCase")
    larger = _case(dimensions, sdf=np.pad(case.sdf, 1, mode="edge"))
    _assert_refused("sdf", function, [case, larger], says="differs in shape within an ensemble")
    flat, deep = (_case(count, edges=EDGES[2]) for count in (2, 3))
    _assert_refused("lattice", function, [flat, deep], says="differs within an ensemble")


@pytest.mark.parametrize("name", [None, 3, "XLA", ["xla"]], ids=repr)
@DIMENSIONS
def test_engine(name, dimensions):
    _assert_refused("engine", lambda: Run([_case(dimensions)], engine=name), says="'auto', 'xla' or 'native'")


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("options", {"options": {"batch": 2}}),
        ("on_finished", {"on_finished": 3}),
    ],
)
def test_arguments_of_steady_runs(field, arguments):
    _assert_refused(field, lambda: simulate_steady([_case(2)], **arguments))


@pytest.mark.parametrize("field", ["coarse_start", "grid_pair"])
def test_switch(field):
    _assert_refused(field, lambda: SteadyOptions(**{field: "no"}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reynolds", None),
        ("reynolds", 10.0),
        ("reynolds", -jnp.ones(1, jnp.float32)),
        ("reynolds", jnp.ones(1, int)),
        ("velocity", [[0.0]]),
        ("velocity", jnp.full((1, *SHAPES[2], 2), NAN, jnp.float32)),
        ("body_force", jnp.full((1, 2), INFINITY, jnp.float32)),
    ],
)
def test_input_of_a_differentiable_flow(field, value):
    inputs = inputs_of([_case(2)])
    _assert_refused(field, differentiable([_case(2)], 2), inputs._replace(**{field: value}))


@pytest.mark.parametrize("inputs", [3.0, (1, 2), FlowInputs])
def test_inputs_of_a_differentiable_flow(inputs):
    _assert_refused("inputs", differentiable([_case(2)], 2), inputs)


@pytest.mark.parametrize("path", [None, 3, "", ".", "/", "zero\0", "x" * 300, "file/run", "/proc/none/run"])
def test_path_of_a_checkpoint(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    run = Run([_case(2)], engine="xla")
    _assert_refused("checkpoint", run.save, path)
    _assert_refused("checkpoint", Run.restore, path, run.cases)
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


POINTS = [[(NAN, 1.0)], [("a", "b")], [(1j, 1.0)], [(1.0, 1.0), (1.0,)], (1.0, 1.0), 1.0, None, [(1.0, 1.0, 1.0)]]


@pytest.mark.parametrize("points", POINTS, ids=repr)
def test_points(points):
    _assert_refused("points", lambda: Probes(_sdf(2), points, cells_per_length=CELLS))
    _assert_refused("points", lambda: record(Run([_case(2)], engine="xla"), 2, every=1, points=points))


def test_points_may_be_an_array():
    run = Run([_case(2)], engine="xla")
    assert record(run, 2, every=1, points=np.array([[0.5, 0.5]])).pressure.shape == (2, 1, 1)


@DIMENSIONS
def test_field_of_other_cells(dimensions):
    """It would be read at the wrong places."""
    sdf, other = _sdf(dimensions), (20,) * dimensions
    probes = Probes(sdf, [(0.5,) * dimensions], cells_per_length=CELLS)
    surface = Surface(sdf, reynolds=10.0, cells_per_length=CELLS)
    for look in (probes.scalar, surface.pressure_coefficient):
        for shape in (other, (5,)):
            _assert_refused("field", look, np.zeros(shape), says="must end in the cells of the sdf")
    for look in (probes.vector, surface.friction_coefficient):
        _assert_refused("field", look, np.zeros((*other, dimensions)))
    _assert_refused("velocity", surface.friction_coefficient, np.zeros((*sdf.shape, 5 - dimensions)))


@pytest.mark.parametrize("shape", [(4, 5, 1), (4, 5, 4), (5, 3), (2,)])
def test_components_of_a_velocity(shape):
    with pytest.raises(CaseError, match=r"^(velocity|sdf): has shape"):
        vorticity(np.zeros(shape), np.ones(shape[:-1]), cells_per_length=CELLS)


@pytest.mark.parametrize("periodic", [0, None, "x", (2,)], ids=repr)
def test_periodic_axes(periodic):
    flow = np.zeros((4, 5, 2)), open_box((4, 5))
    _assert_refused("periodic", lambda: vorticity(*flow, cells_per_length=CELLS, periodic=periodic))


@pytest.mark.parametrize(("velocity", "pressure"), [((4, 5, 3), (4, 5)), ((5, 4, 2), (4, 5)), ((4, 5, 2), (5,))])
def test_sample_of_another_flow(velocity, pressure):
    statistics = FlowStatistics.empty(np.zeros((4, 5, 2)))
    _assert_refused("sample", lambda: statistics.add(np.zeros(velocity), np.zeros(pressure)))


def test_statistics_of_another_flow():
    one, other = (FlowStatistics.empty(np.zeros((*shape, 2))) for shape in ((4, 5), (5, 5)))
    _assert_refused("other", one.merge, other)


@pytest.mark.parametrize(
    ("field", "shape", "centre", "rate"),
    [
        ("centre", (4, 5), (0.5, 0.5, 0.5), 1.0),
        ("centre", (4, 5, 6), (0.5, 0.5), (0.0, 0.0, 1.0)),
        ("centre", (4, 5), None, 1.0),
        ("rate", (4, 5), (0.5, 0.5), (1.0, 2.0)),
        ("rate", (4, 5, 6), (0.5, 0.5, 0.5), 1.0),
        ("rate", (4, 5, 6), (0.5, 0.5, 0.5), (1.0, 2.0)),
        ("rate", (4, 5), (0.5, 0.5), NAN),
    ],
)
def test_rotation(field, shape, centre, rate):
    _assert_refused(field, rotation, shape, centre, CELLS, rate)


@pytest.mark.parametrize("shape", [5, (), (4, 5, 6, 7), (0, 4), (4, 2.5), (4, "5"), [4, 5], None], ids=repr)
@pytest.mark.parametrize(
    "build", [open_box, uniform, parabolic, power_law, lambda shape: rotation(shape, (0.5, 0.5), CELLS, 1.0)]
)
def test_shape(build, shape):
    _assert_refused("shape", build, shape)


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("shape", (5, (0.5, 0.5), CELLS)),
        ("centre", ((4, 5), (0.5, 0.5, 0.5), CELLS)),
        ("centre", ((4, 5), "ab", CELLS)),
        ("cells", ((4, 5), (0.5, 0.5), 0)),
    ],
)
def test_ball(field, arguments):
    _assert_refused(field, ball, *arguments)


@pytest.mark.parametrize("history", [["a"], [[1.0, 2.0]], 1.0, [1j, 2j], [NAN, 1.0], None], ids=repr)
def test_history_of_a_number(history):
    _assert_refused("history", lambda: oscillation(history, interval=1.0))
    if history is not None:
        _assert_refused("timed_by", lambda: oscillation([1.0, 2.0], interval=1.0, timed_by=history))
