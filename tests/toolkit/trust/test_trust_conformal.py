import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.trust import ConformalBand, coverage_over_resplits, floored, scores


@pytest.fixture
def errors(rng):
    """Errors of 400 exchangeable flows, whose cells go together, on masks of very different size."""
    size = np.exp(rng.normal(size=(400, 1, 1, 1)))
    mask = rng.random((400, 6, 10)) < rng.uniform(0.1, 1.0, (400, 1, 1))
    mask[:, 0, 0] = True
    # Small bodies of fluid have large errors, so that cells must not be pooled as if they were flows.
    size = size / mask.mean(axis=(1, 2), keepdims=True)[..., None]
    return (size * rng.normal(size=(400, 6, 10, 3))).astype(np.float32), mask


def _scores(errors, scale=1.0, **options):
    found, mask = errors
    return scores(found, np.zeros_like(found), np.full((1, 1, 1, 1), scale), mask, **options)


@pytest.mark.parametrize("simultaneous", [False, True])
def test_bands_hold_what_they_say_over_many_splits(errors, simultaneous):
    found = coverage_over_resplits(_scores(errors, simultaneous=simultaneous), resplits=400)
    np.testing.assert_allclose(found.mean(axis=0), 0.9, atol=0.01)


def test_pooling_cells_as_if_they_were_flows_would_miss(errors):
    """What makes the test above a test: an ordinary quantile of all cells is off by more than its tolerance."""
    found = _scores(errors)
    band = ConformalBand(0.9, 400, np.nanquantile(found, 0.9, axis=(0, 1, 2)).astype(np.float32))
    assert np.all(np.abs(band.covers(found).mean(axis=0) - 0.9) > 0.015)


def test_flows_of_another_kind_are_not_held(errors):
    found = _scores(errors)
    band = ConformalBand.calibrate(found[:200])
    assert np.all(band.covers(4 * found[200:]).mean(axis=0) < 0.8)


def test_quantile_of_numbers_is_the_order_statistic(rng):
    values = rng.permutation(np.arange(1.0, 20.0, dtype=np.float32))[:, None]
    assert ConformalBand.calibrate(values).quantile.tolist() == [18.0]
    assert ConformalBand.calibrate(values, coverage=0.95).quantile.tolist() == [19.0]
    assert ConformalBand.calibrate(values[:9], coverage=0.9).quantile.tolist() == [values[:9].max()]


def test_every_flow_counts_alike_whatever_its_cells(rng):
    """Nine flows of one cell at 1 and one of many cells at 2: 90 % of eleven flows need all ten."""
    values = np.full((10, 50, 1), np.nan, np.float32)
    values[:9, 0], values[9] = 1.0, 2.0
    assert ConformalBand.calibrate(values).quantile.tolist() == [2.0]
    assert ConformalBand.calibrate(values, coverage=0.8).quantile.tolist() == [1.0]


def test_resplits_agree_with_bands_made_one_by_one(errors):
    found = _scores(errors)[:40]
    order = np.random.default_rng(3).permutation(40)
    expected = ConformalBand.calibrate(found[order[:20]]).covers(found[order[20:]]).mean(axis=0)
    measured = coverage_over_resplits(found, resplits=1, seed=3)
    np.testing.assert_allclose(measured, [expected], atol=2e-3)


def test_channels_have_bands_of_their_own(errors):
    found = _scores(errors) * np.array([1.0, 10.0, 100.0], np.float32)
    band = ConformalBand.calibrate(found)
    np.testing.assert_allclose(band.quantile / band.quantile[0], [1.0, 10.0, 100.0], rtol=0.1)
    assert band.half_width(np.ones((2, 6, 10, 3), np.float32)).shape == (2, 6, 10, 3)


def test_scale_and_quantile_make_the_width(errors):
    wide, narrow = (ConformalBand.calibrate(_scores(errors, scale)) for scale in (0.5, 2.0))
    np.testing.assert_allclose(wide.half_width(np.full(1, 0.5)), narrow.half_width(np.full(1, 2.0)), rtol=1e-5)


def test_cells_that_do_not_count_may_hold_anything(errors):
    found, mask = errors
    spoilt = np.where(mask[..., None], found, np.nan)
    expected = ConformalBand.calibrate(_scores((found, mask)))
    np.testing.assert_array_equal(ConformalBand.calibrate(_scores((spoilt, mask))).quantile, expected.quantile)


def test_floor_keeps_a_scale_from_vanishing(errors):
    spread, mask = np.abs(errors[0]), errors[1]
    spread[:, 0, 0] = 0.0
    scale = floored(spread, mask, share=0.1)
    rms = np.sqrt(np.mean(spread[0][mask[0]].astype(np.float64) ** 2, axis=0))
    np.testing.assert_allclose(scale[0, 0, 0], 0.1 * rms, rtol=1e-5)
    assert (scale > 0.0).all()
    assert scale.dtype == np.float32


def test_too_few_flows_for_a_finite_band_are_refused(errors):
    with pytest.raises(InputError, match=r"^flows: are 8, .*90 % needs at least 9"):
        ConformalBand.calibrate(_scores(errors)[:8])


@pytest.mark.parametrize("coverage", [0.0, 1.0])
def test_impossible_coverage_is_refused(errors, coverage):
    with pytest.raises(InputError, match=r"^coverage: is [01], must be between"):
        ConformalBand.calibrate(_scores(errors), coverage=coverage)


def test_scale_that_vanishes_in_the_fluid_is_refused(errors):
    with pytest.raises(InputError, match=r"^scale: must be positive"):
        _scores(errors, 0.0)


def test_what_is_not_finite_lies_in_no_band(errors):
    found, mask = errors
    band = ConformalBand.calibrate(_scores(errors))
    assert np.all(band.covers(_scores((np.full_like(found, np.nan), mask))) == 0.0)
    found[:, 0, 0] = np.nan
    assert np.isinf(_scores((found, mask), simultaneous=True)).all()


def test_flow_in_which_nothing_counts_is_refused(errors):
    found, mask = errors
    mask[7] = False
    with pytest.raises(InputError, match=r"^mask: leaves nothing"):
        _scores((found, mask))
