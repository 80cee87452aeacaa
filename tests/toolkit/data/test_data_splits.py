import pytest

from emulax.core.errors import InputError
from emulax.data import SPLITS, SplitFractions, split_of

IDS = [f"shape-{i}" for i in range(4000)]


# The leading digits of `printf shape-0 | sha256sum`, as a share of 0xffff: 0.658, 0.865 and 0.984.
@pytest.mark.parametrize(
    ("geometry_id", "split"), [("shape-0", "train"), ("shape-32", "validation"), ("shape-5", "test")]
)
def test_assignment_never_changes(geometry_id, split):
    assert split_of(geometry_id, SplitFractions(0.8, 0.1, 0.1)) == split


def test_shares_are_as_asked():
    fractions = SplitFractions(0.7, 0.2, 0.1)
    found = [split_of(geometry_id, fractions) for geometry_id in IDS]
    assert [found.count(split) / len(IDS) for split in SPLITS] == pytest.approx([0.7, 0.2, 0.1], abs=0.02)


def test_a_larger_training_share_keeps_the_training_geometries():
    small = {i for i in IDS if split_of(i, SplitFractions(0.5, 0.3, 0.2)) == "train"}
    large = {i for i in IDS if split_of(i, SplitFractions(0.8, 0.1, 0.1)) == "train"}
    assert small < large


def test_empty_split_gets_nothing():
    assert {split_of(i, SplitFractions(0.0, 0.0, 1.0)) for i in IDS} == {"test"}


@pytest.mark.parametrize("shares", [(0.5, 0.5, 0.5), (1.2, -0.1, -0.1), (0.0, 0.0, 0.0)])
def test_bad_shares_are_refused(shares):
    with pytest.raises(InputError, match="must sum to 1"):
        SplitFractions(*shares)
