import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.geometry import mesh_distance, open_distance, orient, read_stl, section, winding_number


def sphere(rings=12, columns=24):
    """A unit sphere of triangles, counter-clockwise seen from outside."""
    polar = np.linspace(0, np.pi, rings + 1)
    azimuth = 2 * np.pi * (np.arange(columns + 1) % columns) / columns
    grid = np.stack(
        [
            np.sin(polar)[:, None] * np.cos(azimuth),
            np.sin(polar)[:, None] * np.sin(azimuth),
            np.cos(polar)[:, None] * np.ones_like(azimuth),
        ],
        axis=-1,
    )
    a, b, c, d = grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]
    lower, upper = np.stack([a, b, c], axis=2)[:-1], np.stack([a, c, d], axis=2)[1:]
    return np.concatenate([lower.reshape(-1, 3, 3), upper.reshape(-1, 3, 3)])


def damaged(triangles, seed=0):
    """Some triangles flipped, some doubled, some missing, in another order."""
    generator = np.random.default_rng(seed)
    triangles = generator.permutation(triangles)
    triangles[:60] = triangles[:60, ::-1]
    return generator.permutation(np.concatenate([triangles[:-12], triangles[100:140], triangles[20:30, ::-1]]))


def scattered(count=400):
    return jnp.asarray(np.random.default_rng(5).uniform(-1.4, 1.4, (count, 3)))


def ascii_stl(triangles):
    facet = "facet normal 0 0 0\nouter loop\n{}endloop\nendfacet\n"
    corners = ("".join(f"vertex {x:.9e} {y:.9e} {z:.9e}\n" for x, y, z in t) for t in triangles)
    return f"solid ball\n{''.join(map(facet.format, corners))}endsolid ball\n".encode()


def binary_stl(triangles, header=b"solid looks like text"):
    records = np.zeros(len(triangles), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    records["corners"] = triangles
    return header.ljust(80) + len(triangles).to_bytes(4, "little") + records.tobytes()


def written(tmp_path, content):
    path = tmp_path / "body.stl"
    path.write_bytes(content)
    return path


def refusal(tmp_path, content):
    with pytest.raises(InputError) as caught:
        read_stl(written(tmp_path, content))
    return str(caught.value)


def test_ascii_round_trip(tmp_path):
    triangles = sphere(4, 6)
    np.testing.assert_allclose(read_stl(written(tmp_path, ascii_stl(triangles))), triangles, atol=1e-9)


def test_binary_round_trip_even_if_its_header_says_solid(tmp_path):
    triangles = sphere(4, 6)
    np.testing.assert_allclose(read_stl(written(tmp_path, binary_stl(triangles))), triangles, atol=1e-7)


def test_triangles_without_area_are_dropped(tmp_path):
    triangles = sphere(4, 6)
    flat = np.concatenate([triangles, triangles[:3, [0, 0, 1]]])
    assert len(read_stl(written(tmp_path, binary_stl(flat)))) == len(triangles)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"solid nothing\nendsolid nothing\n", "zero triangles"),
        (binary_stl(np.zeros((0, 3, 3))), "zero triangles"),
        (binary_stl(np.zeros((2, 3, 3))), "zero triangles"),
        (binary_stl(sphere(4, 6))[:-30], "truncated"),
        (ascii_stl(sphere(4, 6))[:-20], "truncated"),
        (ascii_stl(sphere(4, 6))[:1000], "truncated"),
        (ascii_stl(sphere(4, 6)).replace(b"vertex", b"vortex", 1), "truncated"),
        (ascii_stl(sphere(4, 6)).replace(b"e+00", b"e+zz", 1), "not a number"),
        (binary_stl(np.full((1, 3, 3), np.nan)), "not finite"),
        (b"\x89PNG\r\n", "not an STL file"),
        (bytes(range(256)), "not an STL file"),
    ],
    ids=[
        "empty", "ascii none", "binary none", "no area", "binary cut", "ascii cut at the end", "ascii cut",
        "ascii without a vertex",
        "word", "nan", "short", "other",
    ],
)  # fmt: skip
def test_bad_files_are_refused(tmp_path, content, problem):
    assert problem in refusal(tmp_path, content)


def test_winding_number_is_one_inside_and_zero_outside():
    points = jnp.array([[0.0, 0.0, 0.0], [0.5, -0.3, 0.6], [1.5, 0.0, 0.0], [0.0, -2.0, 1.0]])
    np.testing.assert_allclose(winding_number(points, sphere()), [1, 1, 0, 0], atol=1e-12)


def test_winding_number_of_a_face_of_a_cube_is_a_sixth_at_its_centre():
    corners = np.array([[-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]], np.float64)
    face = np.stack([corners[[0, 1, 2]], corners[[0, 2, 3]]])
    np.testing.assert_allclose(winding_number(jnp.zeros(3), face), 1 / 6, atol=1e-14)


def test_distance_from_a_sphere():
    points = scattered()
    exact = np.linalg.norm(points, axis=1) - 1
    np.testing.assert_allclose(mesh_distance(points, sphere(24, 48)), exact, atol=0.012)


def test_distance_beside_face_edge_and_corner():
    triangle = np.array([[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    points = jnp.array([[0.2, 0.2, -2.0], [0.5, -3.0, 0.0], [-3.0, -4.0, 0.0], [1.0, 1.0, 0.0]])
    np.testing.assert_allclose(mesh_distance(points, triangle), [2.0, 3.0, 5.0, np.sqrt(0.5)], atol=1e-14)


def test_mesh_distance_gradient_has_unit_length_and_is_finite_on_the_surface():
    gradient = jax.jit(jax.vmap(jax.grad(lambda point: mesh_distance(point, sphere()))))
    np.testing.assert_allclose(np.linalg.norm(gradient(scattered(50)), axis=1), 1.0, atol=1e-12)
    assert np.isfinite(gradient(jnp.asarray(sphere()[:50, 0]))).all()


def test_mesh_distance_keeps_single_precision():
    points = jnp.zeros((4, 3), jnp.float32)
    assert jax.eval_shape(mesh_distance, points, sphere()).dtype == jnp.float32


def test_orienting_a_clean_mesh_changes_nothing():
    np.testing.assert_array_equal(orient(sphere()), sphere())


def test_orienting_undoes_flips_and_drops_doubles():
    triangles = orient(damaged(sphere()))
    volume = np.linalg.det(triangles) / 6
    assert len(triangles) == len(sphere()) - 12
    assert (volume > 0).all()


def test_two_equal_triangles_of_opposite_sense_end_in_one_sense():
    square = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    triangles = orient(square[[[0, 1, 2], [0, 3, 2]]])
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    np.testing.assert_array_equal(normals[0], normals[1])


def test_sign_survives_flipped_doubled_and_missing_triangles():
    points = scattered()
    exact = np.linalg.norm(points, axis=1) - 1
    far = np.abs(exact) > 0.15
    solid = np.asarray(mesh_distance(points, orient(damaged(sphere())))) < 0
    np.testing.assert_array_equal(solid[far], (exact < 0)[far])


def test_a_mesh_that_is_inside_out_is_solid_inside():
    points = scattered()
    upright = orient(damaged(sphere()))
    np.testing.assert_allclose(mesh_distance(points, upright[:, ::-1]), mesh_distance(points, upright), atol=1e-12)


@pytest.mark.parametrize("z", [0.0, 0.3, -0.5])
def test_section_of_a_sphere_is_a_circle(z):
    points = jnp.asarray(np.random.default_rng(6).uniform(-1.4, 1.4, (200, 2)))
    exact = np.linalg.norm(points, axis=1) - np.sqrt(1 - z**2)
    np.testing.assert_allclose(open_distance(points, section(sphere(48, 64), z)), exact, atol=0.005)


def test_section_has_its_solid_on_the_left():
    segments = section(sphere(), 0.1)
    turn = segments[:, 0, 0] * segments[:, 1, 1] - segments[:, 0, 1] * segments[:, 1, 0]
    assert (turn > 0).all()


def test_section_of_a_closed_mesh_is_closed_to_the_last_bit():
    segments = section(sphere(), 0.1)
    starts, ends = ({tuple(point) for point in segments[:, side]} for side in (0, 1))
    assert starts == ends


def test_section_beside_the_body_is_empty():
    assert section(sphere(), 2.0).shape == (0, 2, 2)
