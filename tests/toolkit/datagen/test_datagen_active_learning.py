import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.data import Certificates, FlowData, FlowInputs
from emulax.datagen import ActiveLearningConfig, Known, LearningCurve, gain, learn_actively
from emulax.datagen.active_learning import at_random, by_distance, by_spread

CONFIG = ActiveLearningConfig(initial=3, batch=2, rounds=4)


def _inputs(radii):
    y, x = np.indices((8, 8)) - 3.5
    sdf = (np.hypot(x, y) / 4 - np.asarray(radii)[:, None, None]).astype(np.float32)
    return FlowInputs.of(sdf, np.full(len(radii), 10.0, np.float32))


def _solve(inputs):
    """Flows whose velocity is the radius of the circle, twice as steep beyond 0.6."""
    radius = -inputs.sdf[:, 3:5, 3:5].min(axis=(1, 2)) + np.float32(0.5**0.5 / 4)
    speed = radius + np.maximum(radius - np.float32(0.6), 0)
    number, truth, count = speed, np.ones(len(speed), bool), len(speed)
    names = np.array([f"{value:.4f}" for value in radius])
    certificate = Certificates(*[number] * 5, np.ones(count, np.int32), truth, truth, names, number, number)
    fields = np.broadcast_to(speed[:, None, None, None], (count, 8, 8, 2)).copy()
    return FlowData(
        names, names, names, inputs.sdf, inputs.mask, inputs.reynolds, inputs.inflow, number, number,
        fields, fields[..., 0], number, number, certificate, 4,
    )  # fmt: skip


def _train(flows, seed):
    """Two members that agree where flows were seen and drift apart with the distance from them."""
    known = flows.drag_coefficient

    def member(sign):
        def predict(inputs):
            asked = _solve(inputs).drag_coefficient
            far = np.abs(asked[:, None] - known).min(axis=1)
            return np.broadcast_to((asked + sign * far)[:, None, None, None], (len(asked), 8, 8, 3))

        return predict

    return [member(1), member(-1)]


@pytest.fixture(scope="module")
def pool():
    """Many small circles and few large ones."""
    return _inputs(np.concatenate([np.linspace(0.1, 0.3, 40), np.linspace(0.4, 0.8, 10)]))


def _error(pool):
    truth = _solve(pool).velocity[:, 0, 0, 0]
    return lambda members: float(np.abs(members[0](pool)[:, 0, 0, 0] - truth).max())


def _learn(pool, select, seed=0, **changes):
    options = {"solve": _solve, "train": _train, "error": _error(pool), "config": CONFIG} | changes
    return learn_actively(pool, select, seed=seed, **options)


@pytest.fixture(scope="module")
def curves(pool):
    chosen = {"random": at_random, "spread": by_spread, "distance": by_distance}
    return {name: [_learn(pool, select, seed) for seed in range(4)] for name, select in chosen.items()}


def test_every_selection_begins_with_the_same_flows(curves):
    for random, spread, distance in zip(*curves.values(), strict=True):
        assert random.labelled.tolist() == [3, 5, 7, 9, 11]
        assert random.error[0] == spread.error[0] == distance.error[0]


@pytest.mark.parametrize("name", ["spread", "distance"])
def test_looking_for_what_is_unknown_beats_chance(curves, name):
    found = gain(curves[name], curves["random"])
    assert found.low <= found.mean <= found.high < 0.0
    assert found.proven


def test_chance_does_not_beat_itself(curves, pool):
    again = [_learn(pool, at_random, seed) for seed in range(4)]
    found = gain(again, curves["random"])
    assert (found.mean, found.low, found.high, found.proven) == (0.0, 0.0, 0.0, False)


def test_gain_is_the_mean_difference_after_the_first_selection():
    def curve(*errors):
        return LearningCurve(np.arange(3), np.array(errors, np.float64))

    found = gain([curve(9.0, 1.0, 2.0), curve(9.0, 3.0, 4.0)], [curve(0.0, 2.0, 3.0), curve(0.0, 5.0, 6.0)])
    assert found.mean == pytest.approx(-1.5)
    # Student's 97.5th percentile of one degree of freedom is 12.706; the standard error is 0.5.
    assert (found.low, found.high) == (pytest.approx(-1.5 - 6.353, abs=1e-3), pytest.approx(-1.5 + 6.353, abs=1e-3))
    assert not found.proven


def test_no_flow_is_asked_for_twice(pool):
    asked = []

    def solve(inputs):
        flows = _solve(inputs)
        asked.extend(flows.sample_id.tolist())
        return flows

    for select in (at_random, by_spread, by_distance):
        asked.clear()
        _learn(pool, select, solve=solve)
        assert len(asked) == len(set(asked)) == 11


def test_rejected_flows_are_left_out(pool):
    curve = _learn(pool, at_random, solve=lambda inputs: _solve(inputs).take(slice(1, None)))
    assert curve.labelled.tolist() == [2, 3, 4, 5, 6]


def test_spread_picks_where_members_disagree_in_the_fluid(rng):
    inputs = _inputs([0.3, 0.4, 0.5])
    fields = np.ones((3, 8, 8, 3), np.float32)
    other = fields.copy()
    other[1][inputs.mask[1]] += 0.5
    other[2][~inputs.mask[2]] += 9.0
    other[0, ..., 2] += 9.0
    known = Known([lambda _: fields, lambda _: other], inputs, inputs)
    assert by_spread(known, 1, rng).tolist() == [1]


def test_distance_does_not_pick_twins(rng):
    known = Known([], _inputs([0.1]), _inputs([0.12, 0.8, 0.79, 0.5]))
    assert by_distance(known, 2, rng).tolist() == [1, 3]


def test_pool_that_runs_out_is_refused(pool):
    with pytest.raises(InputError, match=r"^pool: holds 10 flows, 4 rounds need 11"):
        _learn(pool.take(slice(0, 10)), at_random)


def test_one_seed_proves_nothing(curves):
    with pytest.raises(InputError, match=r"^curves: are 1 and 1"):
        gain(curves["spread"][:1], curves["random"][:1])
