import dataclasses

import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.data import FlowInputs
from emulax.trust import TrainedDomain

N = 8
SHAPE = (24, 40)


def _inputs(*cases):
    """Flows past circles, each `(x, y, radius, reynolds)` or with several, `([(x, y, radius), ...], reynolds)`."""
    y, x = (np.indices(SHAPE) + 0.5) / N
    sdf, reynolds = [], []
    for case in cases:
        circles = case[0] if isinstance(case[0], list) else [case[:3]]
        sdf.append(np.min([np.hypot(x - cx, y - cy) - radius for cx, cy, radius in circles], axis=0))
        reynolds.append(case[-1])
    return FlowInputs.of(np.stack(sdf).astype(np.float32), np.array(reynolds, np.float32))


def _family(count, seed):
    rng = np.random.default_rng(seed)
    draws = zip(
        rng.uniform(1.5, 3.0, count), rng.uniform(1.2, 1.8, count), rng.uniform(0.3, 0.6, count),
        rng.uniform(5, 30, count), strict=True,
    )  # fmt: skip
    return _inputs(*draws)


@pytest.fixture(scope="module")
def domain():
    return TrainedDomain.fit(_family(80, 0), _family(399, 1), cells_per_length=N)


def _outside(domain, *cases):
    return domain.judge(_inputs(*cases)).out_of_distribution.tolist()


def test_training_flows_are_no_distance_away(domain):
    np.testing.assert_allclose(domain.score(_family(80, 0)), 0.0, atol=1e-3)


def test_false_alarms_are_as_rare_as_stated(domain):
    found = domain.judge(_family(300, 2))
    assert found.out_of_distribution.mean() == pytest.approx(0.05, abs=0.03)
    np.testing.assert_allclose(np.mean(found.p_value < 0.5), 0.5, atol=0.12)


def test_p_values_are_shares_of_the_held_out_flows(domain):
    held_out = _family(399, 1)
    scores = domain.score(held_out)
    as_far = np.array([np.sum(scores >= score) for score in scores])
    np.testing.assert_allclose(domain.judge(held_out).p_value, (1 + as_far) / 400)


def test_place_within_the_trained_range_does_not_matter():
    """Circles at the ends of a range, by whole cells: one in the middle is none other than they."""
    ends = _inputs((1.5, 1.25, 0.45, 10), (3.0, 1.75, 0.45, 20), (2.0, 1.25, 0.3, 20))
    domain = TrainedDomain.fit(ends, _family(19, 1), cells_per_length=N)
    score = domain.score(_inputs((2.25, 1.5, 0.45, 15), (2.25, 1.5, 0.6, 15)))
    assert score[0] < 1e-3
    assert score[1] > 0.1


def test_place_beyond_the_trained_range_does(domain):
    assert _outside(domain, (2.5, 1.5, 0.45, 10), (4.2, 1.5, 0.45, 10)) == [False, True]


def test_reynolds_numbers_beyond_the_trained_range_are_found(domain):
    shape = (2.0, 1.5, 0.45)
    assert _outside(domain, (*shape, 6), (*shape, 29), (*shape, 50), (*shape, 2)) == [False, False, True, True]


def test_two_bodies_and_other_sizes_are_found(domain):
    pair = [(1.7, 1.0, 0.35), (2.3, 2.0, 0.35)]
    assert _outside(domain, (pair, 10), (2.0, 1.5, 1.0, 10), (2.0, 1.5, 0.45, 10)) == [True, True, False]


def test_sheared_inflow_is_found(domain):
    inputs = _inputs((2.0, 1.5, 0.45, 10), (2.0, 1.5, 0.45, 10))
    inflow = inputs.inflow.copy()
    inflow[1] = np.linspace(0.6, 1.4, SHAPE[0])
    assert domain.judge(dataclasses.replace(inputs, inflow=inflow)).out_of_distribution.tolist() == [False, True]


def test_box_without_a_body_is_out_of_distribution(domain):
    inputs = FlowInputs.of(np.full((1, *SHAPE), 9.0, np.float32), np.array([10.0], np.float32))
    assert domain.judge(inputs).out_of_distribution.tolist() == [True]


def test_training_flows_without_a_body_are_refused():
    nothing = FlowInputs.of(np.full((30, *SHAPE), 9.0, np.float32), np.full(30, 10.0, np.float32))
    with pytest.raises(InputError, match=r"^trained: holds no flow with a body"):
        TrainedDomain.fit(nothing, nothing, cells_per_length=N)


def test_rate_that_the_held_out_flows_cannot_show_is_refused():
    with pytest.raises(InputError, match=r"^held_out: are 18 flows, .* needs at least 19"):
        TrainedDomain.fit(_family(5, 0), _family(18, 1), cells_per_length=N)
    with pytest.raises(InputError, match=r"^false_alarms: is 1, must be between"):
        TrainedDomain.fit(_family(5, 0), _family(18, 1), cells_per_length=N, false_alarms=1.0)
