import dataclasses
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from emulax.datagen import Rerun
from emulax.report.sections import SECTIONS
from emulax.report.sections.summary import summary
from emulax.report.settings import settings_table
from emulax.trust import Sensitivity

METRICS = ("rel_l2", "pointwise", "perturbation", "wall_band", "pressure")


class Tables(HTMLParser):
    """The tables of a piece of HTML as lists of rows of cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._in_cell = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data):
        if self._in_cell:
            self.tables[-1][-1][-1] += data


def tables(title: str, content) -> list[list[list[str]]]:
    return Tables(SECTIONS[title](content)).tables


def text(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html)


@pytest.fixture(scope="module", autouse=True)
def _no_drawing():
    """What the pictures look like is no matter here, and turning figures into bytes takes most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("png_bytes", "svg_bytes"):
            patch.setattr(f"emulax.report.elements.{name}", lambda figure: b"picture")
        yield


@pytest.fixture(scope="module")
def content(make_content):
    return make_content()


@pytest.fixture(scope="module")
def error_rows(content):
    return tables("Errors", content)[0][2:]


@pytest.fixture(scope="module")
def data_tables(content):
    return tables("Data sheet", content)


def test_error_table_has_one_row_per_score_in_order(error_rows):
    assert [row[0] for row in error_rows] == ["unet", "guo", "nearest neighbour null", "POD best null"]


def test_error_table_shows_the_means(content, error_rows):
    shown = [[float(cell) for cell in row[1 : 1 + len(METRICS)]] for row in error_rows]
    means = [[score.errors[metric].mean() for metric in METRICS] for score in content.scores]
    np.testing.assert_allclose(shown, means, rtol=5e-3)


def test_error_table_shows_median_and_95th_percentile_of_rel_l2(content, error_rows):
    shown = [[float(cell) for cell in row[6:8]] for row in error_rows]
    expected = [np.quantile(score.errors["rel_l2"], (0.5, 0.95)) for score in content.scores]
    np.testing.assert_allclose(shown, expected, rtol=5e-3)


def test_error_table_compares_with_best_null_and_nearest_neighbour(error_rows):
    # The scores are 0.04, 0.09, 0.1 and 0.05 times the same numbers.
    assert [row[8:] for row in error_rows] == [
        ["0.80×", "8 of 8", "0.40×"],
        ["1.80×", "0 of 8", "0.90×"],
        ["2.00×", "0 of 8", "–"],
        ["–", "–", "0.50×"],
    ]


def test_error_table_without_nulls_makes_no_comparison(make_content, scored):
    table = tables("Errors", make_content(scores=(scored("unet", 0.1),), nulls=()))[0]
    assert table[1] == ["predictor", *METRICS, "median", "95 %"]


def test_errors_define_every_metric(content):
    terms = re.findall(r"<dt><code>(\w+)</code></dt>", SECTIONS["Errors"](content))
    assert terms == list(METRICS)


@pytest.mark.parametrize(("error", "verdict"), [(0.04, "unet beats POD"), (0.06, "unet loses to POD")])
def test_summary_states_whether_the_model_wins(make_content, scored, error, verdict):
    content = make_content(scores=(scored("unet", error), scored("POD", 0.05)), nulls=("POD",))
    assert verdict in text(summary(content))


def test_summary_shows_the_key_figures(content):
    shown = text(summary(content))
    assert "12 / 15" in shown
    assert "500×" in shown
    assert "NACA 0012, a shape outside the training family, at Re 10.0: rel_l2 0.200 of unet" in shown
    assert "A sentence of the workflow." in shown


def test_sensitivity_passes_only_if_both_ratios_reach_three(content):
    rows = tables("Geometry sensitivity", content)[0][1:]
    assert rows == [
        ["unet", "0.0500", "0.200", "0.160", "4.00×", "3.20×", "passes"],
        ["guo", "0.100", "0.400", "0.200", "4.00×", "2.00×", "fails"],
    ]


def test_summary_says_when_a_model_ignores_the_geometry(make_content):
    shown = text(summary(make_content(sensitivities={"unet": Sensitivity(0.1, 0.11, 0.12)})))
    assert "unet hardly looks at the geometry" in shown


def test_data_sheet_counts_samples_by_split(content, data_tables):
    samples = content.dataset.manifest.samples()
    rows = {row[0]: [int(cell) for cell in row[1:]] for row in data_tables[1][1:]}
    assert rows["all"] == [12, 3, 15]
    for split in ("train", "validation", "test"):
        accepted = [sample.accepted for sample in samples if sample.split == split]
        assert rows[split] == [sum(accepted), len(accepted) - sum(accepted), len(accepted)]


def test_data_sheet_groups_rejected_samples_by_reason(data_tables):
    assert data_tables[2][1:] == [["not steady after 900 steps", "3"]]


def test_data_sheet_without_rejections_says_so(make_content, content):
    shards = content.dataset.manifest.shards
    kept = dataclasses.replace(shards[0], samples=tuple(s for s in shards[0].samples if s.accepted))
    manifest = dataclasses.replace(content.dataset.manifest, shards=(kept,))
    dataset = dataclasses.replace(content.dataset, manifest=manifest)
    assert "No sample was rejected." in SECTIONS["Data sheet"](make_content(dataset=dataset))


def test_data_sheet_summarises_the_certificates(data_tables):
    rows = {row[0]: row[2:] for row in data_tables[3][1:]}
    assert rows["mach_max"] == ["0.200", "0.300", "0.390", "0.400"]
    assert rows["mass_drift"] == ["1.00 × 10⁻⁶", "1.02 × 10⁻⁵", "8.12 × 10⁻⁵", "0.000100"]
    assert rows["steps"] == ["1\u202f000", "6\u202f500", "11\u202f450", "12\u202f000"]


def test_data_sheet_shows_estimated_errors_where_there_are_any(make_content, content, data_tables):
    assert not {row[0] for row in data_tables[3]} & {"velocity_error", "drag_error"}
    flows = content.dataset.flows
    errors = np.where(np.arange(len(flows)) < 9, np.float32(0.02), np.float32(np.nan))
    certificate = dataclasses.replace(flows.certificate, velocity_error=errors)
    dataset = dataclasses.replace(content.dataset, flows=dataclasses.replace(flows, certificate=certificate))
    rows = {row[0]: row[2:] for row in tables("Data sheet", make_content(dataset=dataset))[3][1:]}
    assert rows["velocity_error"] == ["0.0200"] * 4
    assert "drag_error" not in rows


def test_data_sheet_shows_the_flows_that_ran_longer(make_content, content):
    dataset = dataclasses.replace(content.dataset, reruns=(Rerun("toy/a004", 2e-4, 0.0015),))
    found = tables("Data sheet", make_content(dataset=dataset))
    assert len(found) == len(tables("Data sheet", content)) + 1
    assert found[4][1:] == [["toy/a004", "0.000200", "0.00150"]]


def test_data_sheet_shows_box_grid_and_reynolds_range(data_tables):
    facts = dict(data_tables[0])
    assert facts["box"] == "4 D × 2 D"
    assert facts["grid"] == "32 × 16 cells, 8 in D"
    assert facts["Re = U D / ν"] == "10.0 to 20.0"
    assert facts["shapes"] == "circle 12"


def test_data_sheet_shows_eight_samples(content):
    assert SECTIONS["Data sheet"](content).count('alt="Speed of ') == 8


def test_training_shows_the_epoch_that_was_kept(content):
    row = tables("Training", content)[0][1]
    assert row == ["unet", "1\u202f234\u202f567", "6", "90.0 s", "15.0 s", "4", "0.300"]


def test_training_that_was_never_validated_has_no_best_epoch(make_content, content):
    history = dict(content.models[0].history) | {"validation_loss": np.full(6, np.nan)}
    models = (dataclasses.replace(content.models[0], history=history),)
    assert tables("Training", make_content(models=models))[0][1][-2:] == ["–", "–"]


def test_predictions_show_worst_median_and_best(content):
    html = SECTIONS["Predictions"](content)
    assert re.findall(r"<strong>(\w+)</strong> · (\S+) ·", html) == [
        ("Worst", "toy/a000"),
        ("Median", "toy/a005"),
        ("Best", "toy/a011"),
    ]


def test_predictions_state_the_error_of_each_flow(content):
    # The prediction is the truth times 1.2 to 1.01.
    shown = re.findall(r"rel_l2 ([\d.]+)", text(SECTIONS["Predictions"](content)))
    np.testing.assert_allclose([float(number) for number in shown], [0.2, 0.1136, 0.01], rtol=5e-3)


def test_verified_shape_shows_error_forces_and_speed_up(content):
    row = tables("Verified shapes", content)[0][1]
    assert row[:4] == ["NACA 0012", "10.0", "8.00", "0.200"]
    assert row[6:] == ["3.00", "-0.250", "2.50 s", "5.00 ms", "500×", "accepted"]


def test_verified_shape_that_the_solver_rejected_shows_why(make_content, content, make_flows):
    truth = make_flows(1, accepted=False)
    shape = dataclasses.replace(content.verified[0], truth=truth)
    row = tables("Verified shapes", make_content(verified=(shape,)))[0][1]
    assert row[-1] == "not steady after 900 steps (residual 0.2)"


def test_timing_shows_rates_where_flows_were_computed(content):
    rows = tables("Timing", content)[0][1:]
    assert rows[0][:5] == ["predict, batch 32", "640 ms", "32", "20.0 ms", "50.0"]
    assert rows[1][:5] == ["train unet", "90.0 s", "–", "–", "–"]


def test_settings_in_settings_are_named_by_their_path():
    html = settings_table({"a": {"x": 1, "b": {"c": {"y": (2, 3), "z": None}}}})
    assert Tables(html).tables == [[["a", "x 1"], ["a.b.c", "y 2, 3z none"]]]


def test_provenance_shows_nested_settings_and_command_lines(content):
    rows = dict(tables("Provenance", content)[0])
    assert rows["commit"] == "abc"
    assert rows["commands"] == "emulax generate toyemulax train unet"
    assert rows["dataset environment"] == "threads 2"
    assert content.dataset.manifest.recipe_hash in rows["dataset"]
