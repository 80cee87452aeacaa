"""What a row says about its value."""

from __future__ import annotations

import json
import math

import pytest

from emulax.workflows.rows import Limit, Row, all_passed, write_rows


@pytest.mark.parametrize(
    ("limit", "value", "passed"),
    [
        (Limit("<=", 1.0), 1.0, True),
        (Limit("<=", 1.0), 1.1, False),
        (Limit(">=", 1.0), 0.9, False),
        (Limit("within", 2.0, 0.1), 2.05, True),
        (Limit("within", 2.0, 0.1), 1.8, False),
        (None, 5.0, None),
    ],
)
def test_a_limit_judges_the_value(limit, value, passed):
    assert Row("id", value, limit=limit).passed is passed


def test_a_value_that_is_not_finite_fails_and_is_written_as_null():
    row = Row("id", math.nan, limit=Limit("<=", 1.0))
    assert row.passed is False
    assert row.as_json()["value"] is None


def test_a_value_that_could_not_be_measured_is_not_judged():
    assert Row("id", None, limit=Limit("<=", 1.0), reason="needs a GPU").passed is None


def test_nothing_judged_is_not_a_pass():
    assert not all_passed([Row("id", 1.0)])


def test_the_document_has_the_stated_fields(tmp_path):
    write_rows(tmp_path / "rows.json", "test", [Row("id", 1.0, "s", Limit("<=", 2.0), "why", "doi")])
    document = json.loads((tmp_path / "rows.json").read_text())
    assert document["pass"] is True
    assert set(document) == {"command", "version", "device", "rows", "pass"}
    (row,) = document["rows"]
    assert row["limit"] == {"op": "<=", "value": 2.0, "tolerance": None}
    assert {"id", "value", "unit", "reference", "source", "pass", "reason"} < set(row)
