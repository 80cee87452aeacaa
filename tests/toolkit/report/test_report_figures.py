import io

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from emulax.core.errors import RunError
from emulax.report import flow_picture, write_figure
from emulax.report.figures import (
    Scale,
    certificate_histogram,
    comparison_pictures,
    drag_scatter,
    error_distribution,
    field_picture,
    learning_curve,
    png_bytes,
    svg_bytes,
)
from emulax.report.figures.canvas import BODY


@pytest.fixture(scope="module")
def flow(make_flows):
    return make_flows(1)


@pytest.fixture(scope="module")
def compared(flow):
    truth = flow.fields[0]
    predicted = np.where(flow.mask[0][..., None], 1.5 * truth - np.float32(0.1), truth).astype(np.float32)
    u, u_true = predicted[..., 0], truth[..., 0]
    return predicted, truth, comparison_pictures(u, u_true, sdf=flow.sdf[0], cells_per_length=8)


def limits(figure):
    return figure.axes[0].images[0].get_clim()


def test_truth_and_prediction_share_the_colours_of_the_truth(flow, compared):
    _, truth, figures = compared
    u = truth[flow.mask[0], 0]
    assert limits(figures["truth (solver)"]) == limits(figures["prediction"]) == (u.min(), u.max())


def test_error_colours_are_symmetric_about_zero(flow, compared):
    predicted, truth, figures = compared
    reach = np.abs(predicted - truth)[flow.mask[0], 0].max()
    np.testing.assert_allclose(limits(figures["error"]), (-reach, reach), rtol=1e-6)


def test_colour_bar_points_where_the_prediction_leaves_the_scale(compared):
    _, _, figures = compared
    bars = {title: figure.axes[0].images[0].colorbar.extend for title, figure in figures.items()}
    assert bars == {"truth (solver)": "neither", "prediction": "both", "error": "neither"}


def test_axes_are_in_units_of_d(compared):
    axes = compared[2]["truth (solver)"].axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x / D", "y / D")
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 4), (0, 2))


def test_body_is_grey_and_fluid_is_not(flow):
    values = np.full(flow.sdf[0].shape, 0.5, np.float32)
    figure = field_picture(values, sdf=flow.sdf[0], cells_per_length=8, scale=Scale("u", 0.0, 1.0), bare=True)
    pixels = np.asarray(Image.open(io.BytesIO(png_bytes(figure))).convert("RGB")) / 255
    height, width, _ = pixels.shape
    body, fluid = pixels[height // 2, int(width * 1.5 / 4)], pixels[height // 2, int(width * 3 / 4)]
    np.testing.assert_allclose(body, to_rgb(BODY), atol=0.02)
    np.testing.assert_allclose(fluid, matplotlib.colormaps["viridis"](0.5)[:3], atol=0.02)


def test_solid_cells_show_the_nearest_fluid(flow):
    """So that the zeros inside the body do not bleed through its edge."""
    values = np.where(flow.mask[0], np.float32(0.7), np.float32(0.0))
    figure = field_picture(values, sdf=flow.sdf[0], cells_per_length=8, scale=Scale("p", 0.0, 1.0))
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), np.full_like(values, 0.7))


def test_flow_without_a_body_can_be_drawn(flow):
    open_sdf = np.ones_like(flow.sdf[0])
    assert png_bytes(
        field_picture(flow.sdf[0], sdf=open_sdf, cells_per_length=8, scale=Scale("u", 0.0, 1.0), bare=True)
    )


def test_exact_prediction_has_an_error_scale():
    scale = Scale.around_zero("error", np.zeros(3, np.float32))
    assert (scale.low, scale.high) == (-1, 1)


def test_flow_picture_shows_all_channels(flow):
    figure = flow_picture(flow.fields[0], sdf=flow.sdf[0], cells_per_length=8, title="NACA 0012")
    panels = [axes for axes in figure.axes if axes.images]
    labels = [axes.images[0].colorbar.ax.get_xlabel() for axes in panels]
    assert labels == ["u / U", "v / U", "p / ρU²"]
    for axes, channel in zip(panels, range(3), strict=True):
        fluid = flow.mask[0]
        np.testing.assert_array_equal(axes.images[0].get_array()[fluid], flow.fields[0][fluid, channel])


def test_flow_picture_with_truth_shows_truth_prediction_and_error(flow, compared):
    predicted, truth, _ = compared
    figure = flow_picture(predicted, sdf=flow.sdf[0], cells_per_length=8, title="", truth=truth)
    panels = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in panels[:3]] == ["truth (solver)", "prediction", "error"]
    fluid = flow.mask[0]
    for channel in range(3):
        shown = [axes.images[0].get_array()[fluid] for axes in panels[3 * channel : 3 * channel + 3]]
        expected = [array[fluid, channel] for array in (truth, predicted, predicted - truth)]
        np.testing.assert_array_equal(shown, expected)


def test_learning_curve_skips_epochs_without_validation(make_content):
    axes = learning_curve("unet", make_content().models[0].history).axes[0]
    lines = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
    assert lines["validation"] == [[2, 0.9], [4, 0.3], [6, 0.4]]
    assert lines["best validation, epoch 4"] == [[4, 0.3]]
    assert axes.get_yscale() == "log"


def test_error_distribution_reaches_every_error_and_dashes_nulls(scored):
    scores = (scored("unet", 0.04), scored("POD", 0.05))
    lines = error_distribution(scores, "rel_l2", nulls=("POD",)).axes[0].lines
    assert [(line.get_label(), line.get_linestyle()) for line in lines] == [("unet", "-"), ("POD", "--")]
    for line, score in zip(lines, scores, strict=True):
        np.testing.assert_allclose(line.get_xdata()[1:], np.sort(score.errors["rel_l2"]))
        np.testing.assert_allclose(line.get_ydata()[1:], np.arange(1, 9) / 8)


@pytest.mark.parametrize(("decades", "scale"), [(4, "log"), (0.3, "linear")])
def test_certificates_over_decades_get_a_logarithmic_axis(decades, scale):
    axes = certificate_histogram("residual", np.logspace(-6, -6 + decades, 50, dtype=np.float32)).axes[0]
    assert axes.get_xscale() == scale
    assert sum(bar.get_height() for bar in axes.patches) == 50


def test_certificate_of_one_value_alone_can_be_drawn():
    assert svg_bytes(certificate_histogram("mach_max", np.full(5, 0.2, np.float32)))


def test_drag_is_drawn_over_reynolds_number(make_flows):
    flows = make_flows(5)
    points = drag_scatter(flows).axes[0].collections[0]
    np.testing.assert_allclose(points.get_offsets(), np.stack([flows.reynolds, flows.drag_coefficient], axis=1))
    np.testing.assert_array_equal(points.get_array(), flows.height)


def test_equal_figures_are_equal_bytes(make_flows):
    flows = make_flows(5)
    assert svg_bytes(drag_scatter(flows)) == svg_bytes(drag_scatter(flows))


def test_drawing_leaves_the_settings_of_matplotlib_alone(make_flows):
    before = dict(matplotlib.rcParams)
    svg_bytes(drag_scatter(make_flows(3)))
    assert dict(matplotlib.rcParams) == before


def test_write_figure_writes_a_picture(make_flows, tmp_path):
    write_figure(tmp_path / "drag.png", drag_scatter(make_flows(3)))
    with Image.open(tmp_path / "drag.png") as image:
        assert image.format == "PNG"
    assert [path.name for path in tmp_path.iterdir()] == ["drag.png"]


def test_write_figure_to_an_impossible_path_is_a_run_error(make_flows, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        write_figure(tmp_path / "file" / "drag.png", drag_scatter(make_flows(3)))
