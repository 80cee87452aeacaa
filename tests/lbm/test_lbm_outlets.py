"""What comes back from where the flow leaves."""

import numpy as np

from emulax_lbm import PAST_A_BODY, Edges, FlowCase, open_box, simulate


def _reflected_sound(edges: Edges, **changes) -> float:
    """What comes back of a plane pulse of sound that goes downstream only, over its height."""
    ny, nx, width = 4, 80, 4.0
    case = FlowCase(open_box((ny, nx)), 20.0, 8, edges=edges, precision="float64", **changes)
    # Mass and momentum, r_t + u_x = 0 and u_t + (u^2 + r / 3)_x = 0, carry it at this speed in a stream U.
    speed = case.velocity_scale + np.sqrt(case.velocity_scale**2 + 1.0 / 3.0)
    r = 1e-3 * np.exp(-((np.arange(nx) + 0.5 - 50.0) ** 2) / width**2)
    velocity, pressure = np.zeros((2, ny, nx, 2)), np.zeros((2, ny, nx))
    velocity[..., 0] = 1.0
    velocity[0, ..., 0] += speed * r / case.velocity_scale
    pressure[0] = r / (3.0 * case.velocity_scale**2)
    pulse, silence = simulate([case, case], 80, velocity=velocity, pressure=pressure, engine="xla")
    return float(np.abs(pulse.pressure - silence.pressure).max() / pressure.max())


def test_plane_sound_wave_leaves():
    assert _reflected_sound(PAST_A_BODY) < 0.04
