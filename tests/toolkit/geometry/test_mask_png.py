import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from emulax.core.errors import InputError
from emulax.geometry import closed_distance, read_mask


def coverage(radius, centre, size=(40, 48), supersampling=16):
    """Fraction of each pixel that a disc covers; pixel centres at whole numbers, y downwards as in the file."""
    fine = (np.arange(max(size) * supersampling) + 0.5) / supersampling - 0.5
    y, x = fine[: size[0] * supersampling, None], fine[None, : size[1] * supersampling]
    solid = np.hypot(x - centre[0], y - centre[1]) < radius
    return solid.reshape(size[0], supersampling, size[1], supersampling).mean(axis=(1, 3))


def saved(tmp_path, pixels, mode=None):
    path = tmp_path / "mask.png"
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path)
    return path


def grey(solid):
    return np.round(255 * (1 - solid)).astype(np.uint8)


def refusal(path):
    with pytest.raises(InputError) as caught:
        read_mask(path)
    return str(caught.value)


def radius_error(segments, radius, centre):
    return np.abs(np.hypot(*(segments[:, 0] - centre).T) - radius).max()


@pytest.mark.parametrize("radius", [5.3, 9.0, 13.7])
def test_anti_aliased_disc_is_placed_within_a_tenth_of_a_pixel(tmp_path, radius):
    segments = read_mask(saved(tmp_path, grey(coverage(radius, (22.3, 18.6)))))
    assert radius_error(segments, radius, (22.3, 39 - 18.6)) < 0.1


def test_distance_from_an_anti_aliased_disc_is_exact_to_a_tenth_of_a_pixel(tmp_path):
    segments = read_mask(saved(tmp_path, grey(coverage(9.0, (22.3, 18.6)))))
    points = jnp.asarray(np.random.default_rng(0).uniform(0, 39, (200, 2)))
    expected = np.hypot(points[:, 0] - 22.3, points[:, 1] - (39 - 18.6)) - 9.0
    np.testing.assert_allclose(closed_distance(points, segments), expected, atol=0.1)


def test_opaque_pixels_are_solid_in_an_image_with_transparency(tmp_path):
    solid = coverage(9.0, (22.3, 18.6))
    pixels = np.full((*solid.shape, 4), 255, np.uint8)
    pixels[..., 3] = np.round(255 * solid)
    assert radius_error(read_mask(saved(tmp_path, pixels)), 9.0, (22.3, 39 - 18.6)) < 0.1


def test_an_alpha_channel_that_is_opaque_everywhere_is_ignored(tmp_path):
    solid = grey(coverage(9.0, (22.3, 18.6)))
    path = saved(tmp_path, solid, mode="RGBA")
    assert radius_error(read_mask(path), 9.0, (22.3, 39 - 18.6)) < 0.1


def test_sixteen_bit_images(tmp_path):
    pixels = np.round(65535 * (1 - coverage(9.0, (22.3, 18.6)))).astype(np.uint16)
    assert radius_error(read_mask(saved(tmp_path, pixels)), 9.0, (22.3, 39 - 18.6)) < 0.1


def test_one_bit_images(tmp_path):
    path = saved(tmp_path, grey(coverage(9.0, (22.3, 18.6)) > 0.5), mode="1")
    assert radius_error(read_mask(path), 9.0, (22.3, 39 - 18.6)) < 0.8


def test_two_bodies_and_a_hole(tmp_path):
    ring = coverage(8.0, (12.0, 20.0)) - coverage(4.0, (12.0, 20.0))
    segments = read_mask(saved(tmp_path, grey(ring + coverage(5.0, (36.0, 20.0)))))
    points = jnp.array([[12.0, 19.0], [12.0, 25.0], [36.0, 19.0], [25.0, 19.0]])
    np.testing.assert_allclose(closed_distance(points, segments), [4.0, -2.0, -5.0, 5.0], atol=0.15)


def test_no_solid_is_refused(tmp_path):
    assert "no solid" in refusal(saved(tmp_path, np.full((8, 8), 200, np.uint8)))


def test_no_fluid_is_refused(tmp_path):
    assert "no fluid" in refusal(saved(tmp_path, np.zeros((8, 8), np.uint8)))


@pytest.mark.parametrize("edge", [np.s_[0, 3], np.s_[-1, 3], np.s_[3, 0], np.s_[3, -1]])
def test_solid_at_the_border_is_refused(tmp_path, edge):
    pixels = np.full((8, 8), 255, np.uint8)
    pixels[3, 3] = pixels[edge] = 0
    assert "border" in refusal(saved(tmp_path, pixels))


def test_damaged_image_is_refused(tmp_path):
    path = saved(tmp_path, grey(coverage(9.0, (22.0, 18.0))))
    path.write_bytes(path.read_bytes()[:200])
    assert "not a readable PNG" in refusal(path)


def test_other_content_is_refused(tmp_path):
    path = tmp_path / "mask.png"
    path.write_text("x,y\n0,0\n")
    assert "not a readable PNG" in refusal(path)
