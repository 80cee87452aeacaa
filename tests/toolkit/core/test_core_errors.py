import pytest

from emulax.core.errors import EmulaxError, InputError, RunError, unknown_name


def test_input_error_is_one_line_of_field_problem_and_hint():
    error = InputError("reynolds", "is -1,\n must be positive", "give  another")
    assert str(error) == "reynolds: is -1, must be positive; give another"
    assert error.field == "reynolds"


def test_hint_may_be_absent():
    assert str(InputError("size", "is 0")) == "size: is 0"


@pytest.mark.parametrize(("error", "status"), [(InputError("a", "b"), 2), (RunError("disk full"), 1)])
def test_exit_status_tells_bad_input_from_failure(error, status):
    assert isinstance(error, EmulaxError)
    assert error.exit_status == status


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("smal", "size: unknown name 'smal', known are gpu, small; did you mean 'small'?"),
        ("xyzzy", "size: unknown name 'xyzzy', known are gpu, small"),
    ],
)
def test_unknown_name_lists_the_known_and_names_a_near_one(given, expected):
    assert str(unknown_name("size", given, iter(["small", "gpu"]))) == expected


def test_names_that_differ_in_case_alone_are_near():
    assert "did you mean 'UNet'?" in str(unknown_name("model", "unet", ["UNet", "Guo"]))


def test_unknown_name_where_none_is_known_says_so():
    assert "known are" not in str(unknown_name("size", "small", []))
