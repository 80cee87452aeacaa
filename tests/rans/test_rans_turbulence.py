"""The algebra of the turbulence models where its answer is known."""

import jax.numpy as jnp
import numpy as np
import pytest

from emulax_rans import KOmegaSST, LaunderSharma
from emulax_rans.turbulence import Turbulence


def _shear(k, second, *, strain=0.0, distance=1.0, viscosity=1e-5, curvature=0.0, root=(0.0, 0.0)):
    """Turbulence at a point of a plane shear dU/dy = 2 * strain, uniform along the wall."""
    tensor = np.zeros((3, 3))
    tensor[0, 1] = tensor[1, 0] = strain
    none = jnp.zeros(2)
    scalars = (jnp.asarray(float(value)) for value in (curvature, distance))
    return Turbulence(
        jnp.asarray(float(k)), jnp.asarray(float(second)), none, none, jnp.asarray(root), jnp.asarray(tensor), *scalars,
        viscosity,
    )  # fmt: skip


def test_sst_eddy_viscosity_without_strain_is_k_over_omega():
    assert KOmegaSST().scales(_shear(0.2, 4.0)).eddy_viscosity == pytest.approx(0.05)


def test_sst_shear_stress_near_a_wall_is_limited_to_bradshaws():
    """Where production exceeds dissipation in a boundary layer, the stress is 0.31 k."""
    near = _shear(0.2, 4.0, strain=50.0, distance=0.01)
    assert KOmegaSST().scales(near).eddy_viscosity * 100.0 == pytest.approx(0.31 * 0.2)


def test_sst_keeps_to_the_logarithmic_layer():
    """With k = u^2 / sqrt(0.09) and omega = u / (sqrt(0.09) kappa d) production balances dissipation."""
    u, kappa, d = 1.0, 0.41, 0.05
    at = _shear(u**2 / 0.3, u / (0.3 * kappa * d), strain=0.5 * u / (kappa * d), distance=d)
    scales = KOmegaSST().scales(at)
    made = scales.eddy_viscosity * (u / (kappa * d)) ** 2
    assert made == pytest.approx(float(scales.dissipation), rel=0.04)


def test_sst_production_is_limited_to_ten_times_the_dissipation():
    model, at = KOmegaSST(), _shear(0.2, 4.0)
    scales = model.scales(at)
    gain = model.sources(at, scales, jnp.asarray(1e6))
    assert gain.k == pytest.approx(9.0 * float(scales.dissipation))


def test_sst_decays_freely_as_its_outer_set_says():
    """Without production and away from walls d omega/dt = -0.0828 omega^2, dk/dt = -0.09 k omega."""
    model, at = KOmegaSST(), _shear(0.2, 4.0, distance=1e3)
    gain = model.sources(at, model.scales(at), jnp.asarray(0.0))
    assert (gain.second, gain.k) == (pytest.approx(-0.0828 * 16.0, rel=1e-4), pytest.approx(-0.09 * 0.8))


def test_sst_omega_in_the_viscous_sublayer_is_steady():
    """omega = 6 nu / (0.075 d^2) balances its own diffusion nu omega'' = 6 nu omega / d^2."""
    model, d, nu = KOmegaSST(), 1e-3, 1e-5
    omega = model.at_walls(np.array([[d]]), nu)[0, 0]
    at = _shear(1e-12, omega, distance=d, viscosity=nu)
    gain = model.sources(at, model.scales(at), jnp.asarray(0.0))
    assert gain.second == pytest.approx(-6.0 * nu * omega / d**2, rel=1e-3)


def test_launder_sharma_is_the_standard_model_far_from_walls():
    model, at = LaunderSharma(), _shear(0.2, 4.0, viscosity=1e-9)
    scales = model.scales(at)
    assert scales.eddy_viscosity == pytest.approx(0.09 * 0.04 / 4.0, rel=1e-4)
    gain = model.sources(at, scales, jnp.asarray(3.0))
    assert gain.k == pytest.approx(3.0 - 4.0)
    assert gain.second == pytest.approx((1.44 * 3.0 - 1.92 * 4.0) * 4.0 / 0.2)


def test_launder_sharma_damps_the_eddies_near_walls():
    """At R = k^2 / (nu e) = 50 the damping is exp(-3.4 / 4)."""
    at = _shear(1.0, 1.0, viscosity=1.0 / 50.0)
    assert LaunderSharma().scales(at).eddy_viscosity == pytest.approx(0.09 * np.exp(-0.85))


def test_launder_sharma_dissipation_at_a_wall_comes_from_the_root_of_k():
    at = _shear(1e-9, 1e-9, viscosity=0.1, root=(0.5, 0.0))
    assert LaunderSharma().scales(at).dissipation == pytest.approx(2.0 * 0.1 * 0.25)


def test_launder_sharma_curvature_makes_epsilon():
    model, flat, curved = LaunderSharma(), _shear(0.2, 4.0), _shear(0.2, 4.0, curvature=7.0)
    scales = model.scales(flat)
    more = model.sources(curved, scales, jnp.asarray(0.0)).second - model.sources(flat, scales, jnp.asarray(0.0)).second
    assert more == pytest.approx(2.0 * 1e-5 * float(scales.eddy_viscosity) * 7.0, rel=1e-4)
