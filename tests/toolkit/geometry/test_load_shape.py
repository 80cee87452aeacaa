import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from emulax.core.errors import InputError
from emulax.core.resources import folder
from emulax.geometry import load_shape, place

WEDGE = "0,0\n3,0\n3,1\n0,0\n"


def csv(tmp_path, content=WEDGE, name="wedge.csv"):
    path = tmp_path / name
    path.write_text(content)
    return path


def png(tmp_path):
    pixels = np.full((20, 30), 255, np.uint8)
    pixels[5:15, 5:25] = 0
    Image.fromarray(pixels).save(tmp_path / "brick.png")
    return tmp_path / "brick.png"


def stl(tmp_path, triangles, name="body.stl"):
    facet = "facet normal 0 0 0\nouter loop\n{}endloop\nendfacet\n"
    corners = ("".join("vertex {} {} {}\n".format(*corner) for corner in t) for t in triangles)
    path = tmp_path / name
    path.write_text(f"solid\n{''.join(map(facet.format, corners))}endsolid\n")
    return path


def tetrahedron():
    a, b, c, d = [0, 0, 0], [4, 0, 0], [0, 2, 0], [0, 0, 2]
    return [[a, c, b], [a, b, d], [b, c, d], [a, d, c]]


def refusal(path, **size):
    with pytest.raises(InputError) as caught:
        load_shape(path, **size)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_airfoil_is_two_lengths_long_by_default():
    assert load_shape(folder("shapes") / "naca0012.dat").length == pytest.approx(2.0, abs=1e-12)


def test_other_bodies_are_one_length_high_by_default():
    assert load_shape(folder("shapes") / "car.csv").height == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("extent", ["height", "length"])
def test_size_asked_for(tmp_path, extent):
    assert getattr(load_shape(csv(tmp_path), **{extent: 1.5}), extent) == pytest.approx(1.5, abs=1e-12)


def test_bounding_box_is_centred(tmp_path):
    left, bottom, right, top = load_shape(csv(tmp_path)).bounds
    np.testing.assert_allclose([left + right, bottom + top], 0.0, atol=1e-14)


def test_name_is_the_file_s(tmp_path):
    assert load_shape(str(csv(tmp_path))).name == "wedge"


def test_upper_case_suffix(tmp_path):
    assert load_shape(csv(tmp_path, name="WEDGE.CSV")).height == 1.0


def test_distance_vanishes_on_the_outline(tmp_path):
    shape = load_shape(csv(tmp_path))
    np.testing.assert_allclose(shape.sdf(jnp.asarray(shape.outline)), 0.0, atol=1e-15)


def test_mask_is_a_body(tmp_path):
    shape = load_shape(png(tmp_path))
    assert shape.length == pytest.approx(2.0, abs=1e-12)
    np.testing.assert_allclose(shape.sdf(jnp.array([[0.0, 0.0], [0.0, 1.0]])), [-0.5, 0.5], atol=1e-6)


def test_mesh_is_cut_half_way_up(tmp_path):
    # At half its height the tetrahedron's base, 4 by 2, has shrunk to 2 by 1.
    shape = load_shape(stl(tmp_path, tetrahedron()))
    assert shape.height == pytest.approx(1.0, abs=1e-12)
    assert shape.length == pytest.approx(2.0, abs=1e-12)
    np.testing.assert_allclose(shape.sdf(jnp.array([[-0.9, -0.4], [0.9, 0.4]])) < 0, [True, False])


def test_mesh_that_is_flat_in_z_is_refused(tmp_path):
    flat = [[[0, 0, 1], [1, 0, 1], [0, 1, 1]]]
    assert "flat in z" in refusal(stl(tmp_path, flat))


def test_mesh_that_encloses_nothing_is_refused(tmp_path):
    sheet = [[[0, 0, 0], [1, 0, 0], [1, 1, 1]], [[0, 0, 0], [1, 1, 1], [0, 1, 1]]]
    assert "encloses no solid" in refusal(stl(tmp_path, sheet))


def test_identifier_does_not_depend_on_the_file_s_units_or_place(tmp_path):
    moved = "\n".join(f"{2 * x + 10},{2 * y - 4}" for x, y in [(0, 0), (3, 0), (3, 1), (0, 0)])
    same = load_shape(csv(tmp_path)).identifier == load_shape(csv(tmp_path, moved, "moved.csv")).identifier
    assert same


def test_identifier_depends_on_the_shape(tmp_path):
    other = csv(tmp_path, WEDGE.replace("3,1", "2.999,1"), "other.csv")
    assert load_shape(csv(tmp_path)).identifier != load_shape(other).identifier


def test_identifier_is_stable_across_releases(tmp_path):
    assert load_shape(csv(tmp_path)).identifier.startswith("6e5236c110392c65")


def test_outlines_of_similar_size_share_one_compile(tmp_path):
    from emulax.geometry.combine import _evaluate

    points = jnp.zeros((5, 2), jnp.float32)
    before = _evaluate._cache_size()
    place(load_shape(csv(tmp_path)), (1.0, 2.0)).sdf(points)
    place(load_shape(csv(tmp_path, "0,0\n1,0\n1,1\n0,1\n0,0", "box.csv"), height=0.4), (2.0, 3.0), 0.1).sdf(points)
    assert _evaluate._cache_size() == before + 1


@pytest.mark.parametrize("size", [0.0, -1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("extent", ["height", "length"])
def test_sizes_that_are_not_positive_are_refused(tmp_path, extent, size):
    assert refusal(csv(tmp_path), **{extent: size}).startswith(f"{extent}: is {size}")


def test_two_sizes_are_refused(tmp_path):
    assert "both" in refusal(csv(tmp_path), height=1.0, length=1.0)


def test_unknown_suffix_is_refused_with_the_near_match(tmp_path):
    assert "did you mean '.csv'?" in refusal(csv(tmp_path, name="wedge.cvs"))


def test_missing_suffix_is_refused(tmp_path):
    assert "known are .csv, .dat, .png, .stl" in refusal(csv(tmp_path, name="wedge"))


@pytest.mark.parametrize("suffix", [".csv", ".dat", ".png", ".stl"])
def test_missing_file_is_refused(tmp_path, suffix):
    assert "no such file" in refusal(tmp_path / f"absent{suffix}")


@pytest.mark.parametrize("suffix", [".csv", ".dat", ".png", ".stl"])
def test_empty_file_is_refused(tmp_path, suffix):
    assert "is empty" in refusal(csv(tmp_path, "", f"empty{suffix}"))
