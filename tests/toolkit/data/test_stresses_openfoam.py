"""A case that OpenFOAM itself has solved, converted."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from emulax.data.stresses import StressFlow, convert_openfoam, read_stress_flow

CASE = Path(__file__).parent / "openfoam_channel"
NU = 1e-4
TOOLS = (
    ("blockMesh",),
    ("simpleFoam",),
    ("simpleFoam", "-postProcess", "-func", "turbulenceFields(R)", "-time", "20"),
    ("postProcess", "-func", "writeCellCentres", "-time", "20"),
    ("postProcess", "-func", "writeCellVolumes", "-time", "20"),
    ("postProcess", "-funcs", "(grad(U) grad(k))", "-time", "20"),
    ("checkMesh", "-writeFields", "(wallDistance)", "-time", "20"),
)


@pytest.fixture(scope="module")
def flow(tmp_path_factory) -> StressFlow:
    """Twenty iterations in a channel of 30 cells, with the model's own flow as the truth."""
    if shutil.which("simpleFoam") is None:
        if os.environ.get("EMULAX_INSTALL_SYSTEM") != "1":
            pytest.skip("needs OpenFOAM, or EMULAX_INSTALL_SYSTEM=1 to install it")
        for command in ("update", "install -y openfoam"):
            subprocess.run(["apt-get", *command.split()], check=True, capture_output=True)
    folder = tmp_path_factory.mktemp("foam") / "case"
    shutil.copytree(CASE, folder)
    # Debian's package sets no environment.
    environment = {"WM_PROJECT_DIR": "/usr/share/openfoam", **os.environ}
    for command in TOOLS:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    out = folder.with_suffix(".nc")
    stress = "turbulenceProperties:R"
    return read_stress_flow(
        convert_openfoam(folder, out, viscosity=NU, time="20", true_velocity="U", true_stress=stress)
    )


@pytest.mark.system
def test_stress_of_openfoam_is_that_of_its_eddy_viscosity_and_our_gradient(flow):
    isotropic = 2.0 / 3.0 * flow.kinetic_energy[:, None, None] * np.eye(3)
    expected = isotropic - 2.0 * flow.eddy_viscosity[:, None, None] * flow.true_strain_rate
    np.testing.assert_allclose(flow.true_stress, expected, atol=2e-3 * np.abs(flow.true_stress).max())


@pytest.mark.system
def test_gradient_is_by_row_and_column(flow):
    """Along the channel, in the cells next to the lower wall, dU/dy is large and dV/dx is not."""
    near = flow.centre[:, 1] < 0.05
    assert (flow.velocity_gradient[near, 0, 1] > 5.0).all()
    assert (np.abs(flow.velocity_gradient[near, 1, 0]) < 1.0).all()


@pytest.mark.system
def test_mesh_is_that_of_the_case(flow):
    assert len(flow) == 30
    assert flow.volume.sum() == pytest.approx(0.05)
    nearest = np.minimum(flow.centre[:, 1], 0.5 - flow.centre[:, 1])
    np.testing.assert_allclose(flow.wall_distance, nearest, rtol=1e-6)
