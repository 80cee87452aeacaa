"""Your own shape: one body as CSV, DAT, PNG and STL, its flow predicted from each file, one verified by the solver.

python examples/own_shape.py runs/first/unet
"""

# ruff: noqa: T201 - an example shows what it found

from __future__ import annotations

from pathlib import Path

import numpy as np
import tyro
from PIL import Image, ImageDraw

from emulax.workflows.predict import Prediction, predict


# --8<-- [start:outline]
def teardrop(points: int = 120) -> np.ndarray:
    """Corners of a body with a blunt nose on the left and a slender tail on the right, in any unit of length."""
    t = 2 * np.pi * np.arange(points) / points
    return np.stack([np.cos(t), 0.5 * np.sin(t) * (1 - 0.5 * np.cos(t))], axis=1)


# --8<-- [end:outline]


# --8<-- [start:files]
def write_csv(path: Path, corners: np.ndarray) -> None:
    """One `x,y` a line; the first point is repeated at the end."""
    np.savetxt(path, np.concatenate([corners, corners[:1]]), delimiter=",", header="x,y")


def write_dat(path: Path, corners: np.ndarray) -> None:
    """Airfoil coordinates: a title, then the points from the trailing edge round to it again."""
    np.savetxt(path, np.concatenate([corners, corners[:1]]), header="teardrop", comments="")


def write_png(path: Path, corners: np.ndarray, pixels: int = 1024) -> None:
    """Black body on white, with a margin; drawn four times as large and shrunk, so that edges are smooth."""
    scale = 4 * pixels / 2.5
    dots = np.array([1.25, 1.25]) * scale + corners * [scale, -scale]
    image = Image.new("L", (4 * pixels, 4 * pixels), 255)
    ImageDraw.Draw(image).polygon([(float(x), float(y)) for x, y in dots], fill=0)
    image.resize((pixels, pixels), Image.Resampling.BOX).save(path)


def write_stl(path: Path, corners: np.ndarray) -> None:
    """The outline extruded along z, as ASCII; only its section half-way up counts, so it needs no lids."""
    facets = []
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        low_a, low_b, high_a, high_b = (f"vertex {x} {y} {z}" for z in (0, 1) for x, y in ((ax, ay), (bx, by)))
        for triangle in ((low_a, low_b, high_b), (low_a, high_b, high_a)):
            facets += ["facet normal 0 0 0", "outer loop", *triangle, "endloop", "endfacet"]
    path.write_text("\n".join(["solid teardrop", *facets, "endsolid teardrop", ""]))


WRITERS = {".csv": write_csv, ".dat": write_dat, ".png": write_png, ".stl": write_stl}
# --8<-- [end:files]


def main(run: Path, /, *, out: Path = Path("runs/teardrop"), reynolds: float = 20.0) -> dict[str, Prediction]:
    """Write the body in each format, predict its flow from each file and verify the last by the solver.

    Args:
        run: Directory of a run, such as `runs/first/unet`.
        out: Directory of everything.
        reynolds: Reynolds number.
    """
    out.mkdir(parents=True, exist_ok=True)
    # --8<-- [start:predict]
    predictions = {}
    for suffix, write in WRITERS.items():
        path = out / f"teardrop{suffix}"
        write(path, teardrop())
        predictions[suffix] = predict(run, path, reynolds, height=1.0, out=out / suffix.lstrip("."))
        print(f"{suffix}: {predictions[suffix].shape.length:.3f} D long")
    # --8<-- [end:predict]

    # --8<-- [start:verify]
    verified = predict(run, out / "teardrop.csv", reynolds, height=1.0, out=out / "verified", verify=True)
    for metric, error in verified.errors.items():
        print(f"{metric:14} {error:.4f}")
    accepted = bool(verified.truth.certificate.accepted[0])
    print(f"the solver's drag {verified.truth.drag_coefficient[0]:.3f}, accepted {accepted}")
    # --8<-- [end:verify]
    return predictions | {"verified": verified}


if __name__ == "__main__":
    tyro.cli(main)
