import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.core.resources import folder
from emulax.geometry import read_curve

TRIANGLE = "0,0\n1,0\n0,1\n0,0\n"
CORNERS = [[0, 0], [1, 0], [0, 1]]


def written(tmp_path, content):
    path = tmp_path / "curve.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path):
    with pytest.raises(InputError) as caught:
        read_curve(path)
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        TRIANGLE,
        "x,y\n" + TRIANGLE,
        "# drawn by hand\n\nx,y\n" + TRIANGLE.replace("1,0", "1,0  # nose"),
        TRIANGLE.replace(",", " ; "),
        TRIANGLE.replace(",", "\t").replace("\n", "\r\n"),
        "\ufeff" + TRIANGLE,
    ],
    ids=["plain", "header", "comments", "semicolons", "tabs", "byte order mark"],
)
def test_accepted_layouts(tmp_path, content):
    np.testing.assert_array_equal(read_curve(written(tmp_path, content)), CORNERS)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("x,y\n", "at least 3"),
        ("x,y\n0,0\n1,zero\n0,1\n", "line 3 is '1,zero'"),
        ("0,0\n1,0,5\n0,1\n", "line 2"),
        ("0,0\n1,nan\n0,1\n0,0\n", "not finite"),
        (b"\xff\xfe\x00\x01\x80", "not a text file"),
        ("0,0\n1,0\n1,1\n0,1\n", "open"),
        ("0,0\n1,1\n1,0\n0,1\n0,0\n", "self-intersecting"),
    ],
    ids=["empty", "blank", "header only", "word", "three columns", "nan", "binary", "open", "bow tie"],
)
def test_bad_files_are_refused_in_one_line(tmp_path, content, problem):
    assert problem in refusal(written(tmp_path, content))


def test_missing_file_is_refused(tmp_path):
    assert "no such file" in refusal(tmp_path / "absent.csv")


def test_directory_is_refused(tmp_path):
    assert "cannot be read" in refusal(tmp_path)


def test_shipped_car_is_a_car():
    car = read_curve(folder("shapes") / "car.csv")
    length, height = np.ptp(car, axis=0)
    assert 80 <= len(car) <= 120
    assert 2 < length / height < 4
