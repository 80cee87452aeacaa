"""One predicted flow as a file for other tools: NetCDF and VTU (ParaView)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32

from emulax.core.files import atomic_path
from emulax.data.dataset import label
from emulax.data.shards import write_netcdf


def write_prediction(
    path: Path,
    fields: Float32[np.ndarray, "y x 3"],
    *,
    sdf: Float32[np.ndarray, "y x"],
    mask: Bool[np.ndarray, "y x"],
    reynolds: float,
    cells_per_length: int,
    source: str,
) -> None:
    """Write one flow as NetCDF4 with coordinates and units.

    Args:
        path: File to write.
        fields: Channels u, v in units of U and p in units of rho U^2.
        sdf: Signed distance in units of D.
        mask: True in fluid.
        reynolds: Reynolds number U D / nu.
        cells_per_length: Cells in D.
        source: What computed the flow, kept as the file's `source` attribute.

    Raises:
        RunError: The file could not be written.
    """
    values = {
        "sdf": sdf,
        "mask": mask,
        "reynolds": np.float32(reynolds),
        "velocity": fields[..., :2],
        "pressure": fields[..., 2],
    }
    write_netcdf(path, label(values, cells_per_length, source=source))


def write_vtu(
    path: Path,
    fields: Float32[np.ndarray, "y x 3"],
    *,
    sdf: Float32[np.ndarray, "y x"],
    mask: Bool[np.ndarray, "y x"],
    cells_per_length: int,
) -> None:
    """Write one flow as a VTK unstructured grid of quadrilaterals with cell data, lengths in units of D.

    Args:
        path: File to write; its suffix is `.vtu`.
        fields: Channels u, v in units of U and p in units of rho U^2.
        sdf: Signed distance in units of D.
        mask: True in fluid.
        cells_per_length: Cells in D.

    Raises:
        RunError: The file could not be written.
    """
    import meshio

    rows, columns = sdf.shape
    points, quads = _grid(rows, columns, cells_per_length)
    velocity = np.concatenate([fields[..., :2], np.zeros_like(fields[..., :1])], axis=-1)
    cell_data = {
        "velocity": [velocity.reshape(-1, 3)],
        "pressure": [fields[..., 2].ravel()],
        "sdf": [sdf.ravel()],
        "mask": [mask.ravel().astype(np.uint8)],
    }
    mesh = meshio.Mesh(points, [("quad", quads)], cell_data=cell_data)
    with atomic_path(path) as temporary:
        meshio.write(temporary, mesh, file_format="vtu")


def _grid(rows: int, columns: int, cells_per_length: int) -> tuple[np.ndarray, np.ndarray]:
    """Corners of all cells as 3-D points; the four of each cell counter-clockwise, cells in (y, x) order."""
    y, x = np.meshgrid(np.arange(rows + 1), np.arange(columns + 1), indexing="ij")
    points = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=-1) / cells_per_length
    corner = np.arange(x.size).reshape(x.shape)
    quads = np.stack([corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]], axis=-1)
    return points, quads.reshape(-1, 4)
