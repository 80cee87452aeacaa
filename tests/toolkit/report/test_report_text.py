import pytest

from emulax.report.elements import Html, element, join, table
from emulax.report.numbers import duration, integer, number, plural, times
from emulax.report.rejections import group_reasons


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.13, "0.130"),
        (0.04818, "0.0482"),
        (12.0, "12.0"),
        (123.4, "123"),
        (4.666e-8, "4.67 × 10⁻⁸"),
        (-0.25, "-0.250"),
        (0.0, "0.00"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_number(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.369, "0.37×"), (1.104, "1.10×"), (12.21, "12.2×"), (1240, "1\u202f240×"), (float("nan"), "–")],
)
def test_times(value, text):
    assert times(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2.5e-5, "25.0 µs"),
        (0.0041, "4.10 ms"),
        (92.13, "92.1 s"),
        (283.4, "4 min 43 s"),
        (7384, "2 h 3 min"),
        (float("nan"), "–"),
    ],
)
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_integer_sets_thousands_apart():
    assert integer(3104887.4) == "3\u202f104\u202f887"


@pytest.mark.parametrize(("count", "text"), [(0, "0 flows"), (1, "1 flow"), (24, "24 flows")])
def test_plural(count, text):
    assert plural(count, "flow") == text


def test_plain_text_is_escaped_and_html_is_not():
    assert join("<&>", Html("<br>")) == "&lt;&amp;&gt;<br>"


def test_text_added_to_html_is_no_longer_trusted():
    assert join(Html("<b>") + "<i>") == "&lt;b&gt;&lt;i&gt;"


def test_attributes_are_escaped_and_empty_ones_left_out():
    assert element("p", "x", title='"<', class_="") == '<p title="&quot;&lt;">x</p>'


def test_table_groups_span_their_columns():
    html = table(("a", "b", "c"), [("1", "2", "3")], align="lrr", groups=(("", 1), ("both", 2)))
    assert '<tr><th colspan="1"></th><th colspan="2" class="group">both</th></tr>' in html


def test_table_with_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="zip"):
        table(("a", "b"), [("1", "2", "3", "4")], align="lr")


def test_reasons_that_differ_in_numbers_are_one_kind():
    reasons = ["mach_max 0.41 above 0.4", "mach_max 0.45 above 0.4", "diverged before step 9600"]
    assert group_reasons(reasons) == {"mach_max … above 0.4": 2, "diverged before step 9600": 1}


def test_most_frequent_reason_comes_first():
    assert list(group_reasons(["diverged", "not steady", "not steady"])) == ["not steady", "diverged"]


def test_reason_counts_by_its_first_clause_without_parentheses():
    reasons = ["not steady after 9600 steps (residual 0.17); mass_drift 0.0012 above 0.001"]
    assert group_reasons(reasons) == {"not steady after 9600 steps": 1}
