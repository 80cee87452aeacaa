"""Models on Pope's tensor basis: invariant, bounded, realizable, and of the published formulas."""

from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from emulax.core.errors import InputError
from emulax.models.tensor_basis import (
    TensorBasisConfig,
    TensorBasisNetwork,
    algebraic,
    anisotropy,
    basis,
    bounded_gradient,
    tensor_inputs,
)

POINTS = 40


@dataclass(frozen=True)
class Flow:
    velocity_gradient: Any
    kinetic_energy: Any
    kinetic_energy_gradient: Any
    dissipation: Any
    wall_distance: Any
    viscosity: Any = 0.01
    pressure_gradient: Any = None


@pytest.fixture
def flow(rng):
    gradient = rng.standard_normal((POINTS, 3, 3))
    gradient -= np.trace(gradient, axis1=1, axis2=2)[:, None, None] * np.eye(3) / 3.0
    scalars = (jnp.asarray(rng.uniform(0.5, 2.0, POINTS)) for _ in range(3))
    k, epsilon, distance = scalars
    slopes, push = (jnp.asarray(rng.standard_normal((POINTS, 3))) for _ in range(2))
    return Flow(jnp.asarray(gradient), k, slopes, epsilon, distance, pressure_gradient=push)


@pytest.fixture(params=[1.0, -1.0], ids=["proper", "improper"])
def frame(request, rng):
    q, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    return jnp.asarray(q * np.sign(np.linalg.det(q)) * request.param)


def _turned(flow, q):
    return replace(
        flow,
        velocity_gradient=q @ flow.velocity_gradient @ q.T,
        kinetic_energy_gradient=flow.kinetic_energy_gradient @ q.T,
        pressure_gradient=flow.pressure_gradient @ q.T,
    )


def _inputs(flow):
    """Everything that can be looked at."""
    return tensor_inputs(flow, count=10, energy_gradient=True, pressure_gradient=True)


def _network(**settings):
    return TensorBasisNetwork(TensorBasisConfig(**settings), rngs=nnx.Rngs(0))


def _shear(rate):
    """dU/dy and nothing else."""
    gradient = np.zeros((1, 3, 3))
    gradient[0, 0, 1] = rate
    return jnp.asarray(gradient)


def test_tensors_turn_with_the_frame(flow, frame):
    plain, turned = (_inputs(f) for f in (flow, _turned(flow, frame)))
    np.testing.assert_allclose(turned.tensors, frame @ plain.tensors @ frame.T, atol=1e-14)


def test_invariants_do_not_change_with_the_frame(flow, frame):
    plain, turned = (_inputs(f) for f in (flow, _turned(flow, frame)))
    np.testing.assert_allclose(turned.invariants, plain.invariants, atol=1e-13)


def test_tensors_are_symmetric_and_without_trace(flow):
    tensors = _inputs(flow).tensors
    np.testing.assert_allclose(tensors, jnp.swapaxes(tensors, -1, -2), atol=1e-15)
    np.testing.assert_allclose(jnp.trace(tensors, axis1=-2, axis2=-1), 0.0, atol=1e-15)


def test_units_do_not_matter(flow):
    """Lengths in millimetres and times in minutes."""
    length, time = 1e3, 1.0 / 60.0
    scaled = Flow(
        flow.velocity_gradient / time,
        flow.kinetic_energy * (length / time) ** 2,
        flow.kinetic_energy_gradient * length / time**2,
        flow.dissipation * length**2 / time**3,
        flow.wall_distance * length,
        flow.viscosity * length**2 / time,
        flow.pressure_gradient * length / time**2,
    )
    plain, other = (_inputs(f) for f in (flow, scaled))
    np.testing.assert_allclose(other.invariants, plain.invariants, rtol=1e-12)
    np.testing.assert_allclose(other.tensors, plain.tensors, atol=1e-13)


def test_bounded_gradient_is_bounded_however_large(flow):
    strain, rotation, _ = bounded_gradient(replace(flow, velocity_gradient=1e30 * flow.velocity_gradient))
    np.testing.assert_allclose((strain**2 + rotation**2).sum((-2, -1)), 1.0)


def test_bounded_gradient_is_the_gradient_in_turbulent_times_where_that_is_small(flow):
    k, epsilon, nu = flow.kinetic_energy, flow.dissipation, flow.viscosity
    time = jnp.sqrt((k / epsilon) ** 2 + 36.0 * nu / epsilon)[:, None, None]
    strain, rotation, _ = bounded_gradient(replace(flow, velocity_gradient=1e-6 * flow.velocity_gradient))
    np.testing.assert_allclose(strain + rotation, 1e-6 * time * flow.velocity_gradient, rtol=1e-9)


def test_a_wall_keeps_its_direction(flow):
    """Where k vanishes, a shear is not small in Kolmogorov's time."""
    k, epsilon = jnp.asarray([1e-12]), jnp.asarray([1e-3])
    at_wall = replace(flow, velocity_gradient=_shear(1.0), kinetic_energy=k, dissipation=epsilon)
    strain, _, _ = bounded_gradient(at_wall)
    assert strain[0, 0, 1] > 0.3


def test_what_was_taken_off_is_an_invariant(flow):
    k, epsilon, nu = flow.kinetic_energy, flow.dissipation, flow.viscosity
    time = jnp.sqrt((k / epsilon) ** 2 + 36.0 * nu / epsilon)
    size = time * jnp.sqrt((flow.velocity_gradient**2).sum((-2, -1)))
    np.testing.assert_allclose(bounded_gradient(flow).log_magnitude, jnp.log1p(size))


def test_ten_tensors_span_all_symmetric_ones_in_space(flow):
    strain, rotation, _ = bounded_gradient(flow)
    assert basis.rank(np.asarray(basis.tensors(strain, rotation))) == 5


def test_three_tensors_span_what_ten_do_in_the_plane(flow):
    gradient = np.array(flow.velocity_gradient)
    gradient[:, 2] = gradient[:, :, 2] = 0.0
    gradient[:, 1, 1] = -gradient[:, 0, 0]
    strain, rotation, _ = bounded_gradient(replace(flow, velocity_gradient=jnp.asarray(gradient)))
    whole = np.asarray(basis.tensors(strain, rotation))
    assert (basis.rank(whole), basis.needed(whole)) == (3, 3)


def test_coefficients_reach_any_realizable_anisotropy(flow, rng):
    """The root of b + I/3 is a sum of the unit tensor and five independent tensors."""
    strain, rotation, _ = bounded_gradient(flow)
    tensors = basis.tensors(strain, rotation)
    root = rng.standard_normal((POINTS, 3, 3))
    stress = root @ np.swapaxes(root, -1, -2)
    b = stress / np.trace(stress, axis1=1, axis2=2)[:, None, None] - np.eye(3) / 3.0
    values, axes = np.linalg.eigh(b + np.eye(3) / 3.0)
    square_root = axes @ (np.sqrt(values)[:, :, None] * np.swapaxes(axes, -1, -2))
    square_root *= 3.0 / np.trace(square_root, axis1=1, axis2=2)[:, None, None]
    rest = (square_root - np.eye(3)).reshape(POINTS, 9)
    coefficients = np.stack(
        [np.linalg.lstsq(t.reshape(10, 9).T, r, rcond=None)[0] for t, r in zip(np.asarray(tensors), rest, strict=True)]
    )
    np.testing.assert_allclose(anisotropy(jnp.asarray(coefficients), tensors), b, atol=1e-10)


def test_small_coefficients_are_a_linear_model(flow):
    strain, rotation, _ = bounded_gradient(flow)
    tensors = basis.tensors(strain, rotation, count=1)
    b = anisotropy(jnp.full((POINTS, 1), -1e-6), tensors)
    np.testing.assert_allclose(b, -2e-6 / 3.0 * strain, atol=1e-11)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1.0, 1e6, 1e18])
def test_any_coefficients_are_realizable(flow, rng, dtype, size):
    strain, rotation, _ = bounded_gradient(flow)
    tensors = jnp.asarray(basis.tensors(strain, rotation), dtype)
    b = anisotropy(jnp.asarray(size * rng.standard_normal((POINTS, 10)), dtype), tensors)
    assert b.dtype == dtype
    values = np.linalg.eigvalsh(np.asarray(b, np.float64))
    assert values.min() >= -1.0 / 3.0
    assert values.max() <= 2.0 / 3.0


def test_no_gradient_is_isotropic(flow):
    at_rest = replace(flow, velocity_gradient=jnp.zeros((POINTS, 3, 3)))
    np.testing.assert_array_equal(_network().of(at_rest).anisotropy, 0.0)


def test_network_is_differentiable_at_rest(flow):
    def total(gradient):
        network = _network(tensors=10, energy_gradient=True, pressure_gradient=True)
        return network.of(replace(flow, velocity_gradient=gradient)).anisotropy.sum()

    assert np.isfinite(jax.grad(total)(jnp.zeros((POINTS, 3, 3)))).all()


@pytest.mark.parametrize(
    ("option", "field"),
    [
        ("walls", "wall_distance"),
        ("energy_gradient", "kinetic_energy_gradient"),
        ("pressure_gradient", "pressure_gradient"),
    ],
)
def test_network_looks_at_a_field_only_where_it_is_told(flow, option, field):
    other = replace(flow, **{field: 2.0 * getattr(flow, field)})
    for looks in (True, False):
        network = _network(**{option: looks})
        same = np.allclose(network.of(flow).anisotropy, network.of(other).anisotropy, atol=1e-12)
        assert same is not looks


def test_a_model_of_the_pressure_refuses_a_flow_without(flow):
    with pytest.raises(InputError, match="pressure_gradient: is not known of this flow"):
        _network(pressure_gradient=True).of(replace(flow, pressure_gradient=None))


def test_single_precision_stays_single(flow):
    single = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), vars(flow))
    said = _network(energy_gradient=True).of(Flow(**single))
    assert {part.dtype for part in said} == {jnp.dtype("float32")}


@pytest.mark.parametrize("largest", [3.0, 10.0])
def test_ratios_are_bounded_whatever_the_network_says(flow, largest):
    network = _network(largest_log_ratio=largest)
    network.perceptron.head.bias[...] = jnp.full(5, 1e6)
    said = network.of(flow)
    np.testing.assert_allclose([said.log_energy_ratio, said.log_viscosity_ratio], largest)


def test_an_invariant_that_hardly_varied_in_training_is_not_looked_at(flow):
    """Five invariants of the gradient, of which the third is tr s^3, zero in plane flows."""
    means, scales = (0.0,) * 8, (1.0, 1.0, 1.0, 1e-3, 1.0, 1.0, 1.0, 1.0)
    network = _network(invariant_means=means, invariant_scales=scales)
    inputs = network.inputs(flow)
    for index, same in ((3, True), (4, False)):
        moved = inputs._replace(invariants=inputs.invariants.at[:, index].add(0.5))
        assert np.array_equal(network(moved).anisotropy, network(inputs).anisotropy) is same


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"tensors": 0}, "tensors: is 0"),
        ({"tensors": 11}, "tensors: is 11"),
        ({"width": 0}, "width: is 0"),
        ({"largest_log_ratio": 0.0}, "largest_log_ratio: is 0.0, must be positive"),
        ({"invariant_means": (1.0,)}, "invariant_means: has 1 entries, must have 8"),
        ({"invariant_means": (1.0,), "energy_gradient": True, "pressure_gradient": True}, "must have 17"),
    ],
)
def test_bad_settings_are_refused(settings, named):
    with pytest.raises(InputError, match=named):
        TensorBasisConfig(**settings)


def _in_shear(rate):
    """A plane shear dU/dy with k = epsilon = 1."""
    one = jnp.ones(1)
    return Flow(_shear(rate), one, jnp.zeros((1, 3)), one, one)


def test_linear_model_in_shear():
    b = algebraic.linear(_in_shear(3.0))
    assert b[0, 0, 1] == pytest.approx(-0.09 * 1.5)
    np.testing.assert_array_equal(b[0].diagonal(), 0.0)


def test_quadratic_model_in_shear():
    """With eta = S the terms of second order give 2 b_11 = (0.1/3 + 0.4 + 0.26/3) C S^2 / 2 for c1, c2, c3."""
    eta = 3.0
    factor = 0.3 / (1.0 + 0.35 * eta**1.5) * (1.0 - np.exp(-0.36 * np.exp(0.75 * eta)))
    b = algebraic.quadratic(_in_shear(eta))[0]
    assert b[0, 1] == pytest.approx(-factor * eta / 2.0)
    second = eta**2 / 4.0
    expected = (
        2.0
        * factor
        * second
        * np.array([-0.1 / 3.0 + 0.2 + 0.26 / 3.0, -0.1 / 3.0 - 0.2 + 0.26 / 3.0, 0.2 / 3.0 - 0.52 / 3.0])
    )
    np.testing.assert_allclose(b.diagonal(), expected)


@pytest.mark.parametrize("rate", [0.5, 3.0, 20.0])
@pytest.mark.parametrize("spin", [0.0, 1.0, 3.0])
def test_explicit_algebraic_model_solves_its_cubic(rate, spin):
    """2 b = beta_1 S + beta_4 (S R - R S) with N^3 - c N^2 - (27/10 S:S + 2 tr R^2) N + 2 c tr R^2 = 0, c = 9/4 0.8."""
    gradient = np.zeros((1, 3, 3))
    gradient[0, 0, 1], gradient[0, 1, 0] = rate * (1.0 + spin) / 2.0, rate * (1.0 - spin) / 2.0
    flow = replace(_in_shear(1.0), velocity_gradient=jnp.asarray(gradient))
    strain = 0.5 * (gradient + np.swapaxes(gradient, 1, 2))[0]
    rotation = gradient[0] - strain
    beta_1 = 2.0 * algebraic.explicit_algebraic(flow)[0, 0, 1] / strain[0, 1]
    squared, turning = (strain**2).sum(), -(rotation**2).sum()
    c = 9.0 / 4.0 * 0.8
    roots = np.roots([1.0, -c, -(2.7 * squared + 2.0 * turning), 2.0 * c * turning])
    n = max(root.real for root in roots if abs(root.imag) < 1e-6)
    assert beta_1 == pytest.approx(-1.2 * n / (n**2 - 2.0 * turning), rel=1e-6)


def test_explicit_algebraic_model_gives_the_stress_of_a_logarithmic_layer():
    """In a boundary layer in equilibrium, S = 3.3, it has -<uv>/k near 0.3 by itself."""
    b = algebraic.explicit_algebraic(_in_shear(3.33))
    assert -2.0 * b[0, 0, 1] == pytest.approx(0.3, rel=0.05)
