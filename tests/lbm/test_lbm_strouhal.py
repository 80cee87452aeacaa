from __future__ import annotations

import numpy as np
import pytest

from emulax_lbm import CaseError
from emulax_lbm.outputs import oscillation

PERIOD, INTERVAL = 3.3137, 0.1
TIME = INTERVAL * np.arange(240)
PHASE = 2.0 * np.pi * TIME / PERIOD + 0.3


def test_sine_of_a_period_between_samples_is_measured():
    found = oscillation(2.0 + 1.5 * np.sin(PHASE), interval=INTERVAL)
    assert found.periods == 6
    assert found.period == pytest.approx(PERIOD, rel=1e-5)
    assert found.strouhal_number == pytest.approx(1.0 / PERIOD, rel=1e-5)
    assert found.mean == pytest.approx(2.0, abs=1e-4)
    assert (found.maximum, found.minimum) == pytest.approx((3.5, 0.5), abs=1e-4)
    assert found.amplitude == pytest.approx(1.5, abs=1e-4)
    assert found.remainder < 1e-4


def test_harmonics_count_in_the_extremes():
    found = oscillation(np.sin(PHASE) + 0.3 * np.cos(2.0 * PHASE), interval=INTERVAL)
    assert found.period == pytest.approx(PERIOD, rel=1e-4)
    assert found.mean == pytest.approx(0.0, abs=1e-4)
    # sin a + 0.3 (1 - 2 sin^2 a) turns where sin a = 1 / 1.2, and where it is -1.
    assert (found.maximum, found.minimum) == pytest.approx((0.3 + 0.5 / 1.2, -1.3), abs=2e-4)


def test_sound_is_left_to_the_remainder():
    """A tone with a frequency of its own, 9.3 periods in one: no period is missed, and no crest raised by much."""
    found = oscillation(np.sin(PHASE) + 0.25 * np.sin(9.3 * PHASE), interval=INTERVAL)
    assert found.periods == 6
    assert found.period == pytest.approx(PERIOD, rel=0.01)
    assert found.maximum == pytest.approx(1.0, abs=0.02)
    assert found.remainder == pytest.approx(0.25, rel=0.1)


def test_growth_shows_as_remainder():
    assert oscillation(np.exp(0.05 * TIME) * np.sin(PHASE), interval=INTERVAL).remainder > 0.2


def test_parts_of_periods_at_the_ends_do_not_count():
    """What comes before the first rise and after the last one does not move the mean."""
    sine = np.sin(2.0 * np.pi * np.arange(75) / 10.0 - 1.0)
    found = oscillation(np.concatenate([np.full(4, 0.9), sine]), interval=1.0)
    assert found.mean == pytest.approx(0.0, abs=1e-3)


def test_drag_is_timed_by_the_lift():
    """Its two crests in a period differ: by its own clock they would be one."""
    drag = 3.0 + 0.1 * np.cos(2.0 * PHASE) + 0.02 * np.cos(PHASE)
    found = oscillation(drag, interval=INTERVAL, timed_by=np.sin(PHASE))
    assert found.period == pytest.approx(PERIOD, rel=1e-5)
    assert found.maximum == pytest.approx(3.12, abs=1e-4)
    assert found.remainder < 1e-3


@pytest.mark.parametrize("count", [0, 1, 5, 60])
def test_too_short_a_history_is_refused(count):
    with pytest.raises(CaseError, match=r"^history: of .* holds [01] whole periods, must hold 3"):
        oscillation(np.sin(PHASE[:count]), interval=INTERVAL)


def test_constant_history_has_no_periods():
    with pytest.raises(CaseError, match="holds 0 whole periods, must hold 1"):
        oscillation(np.full(50, 2.0), interval=INTERVAL, periods=1)


@pytest.mark.parametrize(
    ("history", "changes", "field"),
    [
        (np.sin(PHASE), {"interval": 0.0}, "interval"),
        (np.sin(PHASE), {"interval": 0.1, "periods": 0}, "periods"),
        (np.append(np.sin(PHASE), np.nan), {"interval": 0.1}, "history"),
        (np.sin(PHASE), {"interval": 0.1, "timed_by": np.zeros(3)}, "timed_by"),
    ],
)
def test_bad_input_is_refused(history, changes, field):
    with pytest.raises(CaseError, match=f"^{field}: "):
        oscillation(history, **changes)
