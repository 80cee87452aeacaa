import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.report.ranking import best_model, best_null, flows_won, looks_at_geometry
from emulax.trust import NULL_MODELS, Score, Sensitivity


def test_null_without_a_score_is_refused(make_content):
    with pytest.raises(InputError, match=r"nulls: unknown name 'PODs'.*did you mean 'POD'"):
        make_content(nulls=("PODs",))


def test_scores_of_different_flows_are_refused(make_content, scored):
    with pytest.raises(InputError, match="scores: differ in metrics or number of flows"):
        make_content(scores=(scored("unet", 0.1, 8), scored("POD", 0.1, 9)), nulls=())


def test_scores_of_different_metrics_are_refused(make_content):
    scores = tuple(Score(name, {name: np.ones(3, np.float32)}) for name in ("rel_l2", "pointwise"))
    with pytest.raises(InputError, match="scores: differ in metrics"):
        make_content(scores=scores, nulls=())


def test_best_model_and_best_null_are_those_of_least_mean(make_content):
    content = make_content()
    assert (best_model(content).name, best_null(content).name) == ("unet", "POD")


def test_without_scores_nobody_is_best(make_content):
    content = make_content(scores=(), nulls=())
    assert (best_model(content), best_null(content)) == (None, None)


def test_flows_won_counts_flows_of_smaller_error():
    ours, theirs = (
        Score(name, {"rel_l2": np.array(errors, np.float32)}) for name, errors in (("a", [1, 5, 2]), ("b", [2, 4, 2]))
    )
    assert flows_won(ours, theirs) == 1


@pytest.mark.parametrize(("blank", "shuffled", "looks"), [(0.75, 0.75, True), (0.74, 2.0, False), (2.0, 0.74, False)])
def test_both_ratios_must_reach_three(blank, shuffled, looks):
    assert looks_at_geometry(Sensitivity(0.25, blank, shuffled)) is looks


def test_neighbour_column_has_the_name_of_the_null_model():
    from emulax.report.sections.errors import _NEIGHBOUR

    assert _NEIGHBOUR in NULL_MODELS
