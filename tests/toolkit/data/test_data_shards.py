import hashlib
import os
import subprocess
import sys
import textwrap

import h5py
import numpy as np
import pytest
import xarray as xr

from emulax.core.errors import InputError, RunError
from emulax.data import open_shard, read_shard, write_shard
from emulax.data.dataset import to_dataset
from emulax.data.schema import CERTIFICATE, INPUTS, TARGETS, VARIABLES


def _run(script: str, *arguments: str, **environment: str) -> str:
    """Run `script` in a fresh interpreter that knows this folder's fixtures."""
    command = [sys.executable, "-c", textwrap.dedent(script), *arguments]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


LOAD_FIXTURES = """
import runpy, sys
make_flows = runpy.run_path(sys.argv[1])["_make_flows"]
"""


@pytest.fixture
def conftest(request) -> str:
    return str(request.path.parent / "conftest.py")


@pytest.fixture
def shard(tmp_path, make_flows):
    path = tmp_path / "shard-00000.nc"
    write_shard(path, make_flows())
    return path


def test_round_trip_returns_every_array_and_dtype(shard, make_flows):
    written, read = to_dataset(make_flows()), to_dataset(read_shard(shard))
    xr.testing.assert_identical(written, read)


def test_flows_in_space_come_back_with_their_third_axis(tmp_path, make_flows):
    flows = make_flows(2, space=(3, 6, 10))
    write_shard(tmp_path / "shard.nc", flows)
    with open_shard(tmp_path / "shard.nc") as dataset:
        assert dataset["velocity"].dims == ("sample", "z", "y", "x", "component")
        assert dataset["inflow"].dims == ("sample", "z", "y")
        assert dataset["component"].values.tolist() == ["x", "y", "z"]
        np.testing.assert_allclose(dataset["z"].values, [0.125, 0.375, 0.625])
    xr.testing.assert_identical(to_dataset(flows), to_dataset(read_shard(tmp_path / "shard.nc")))


def test_memory_holds_single_precision_and_a_boolean_mask(shard):
    flows = read_shard(shard)
    assert {a.dtype for a in (flows.sdf, flows.velocity, flows.pressure, flows.reynolds)} == {np.dtype("f4")}
    assert flows.mask.dtype == bool


def test_checksum_is_that_of_the_file(tmp_path, make_flows):
    path = tmp_path / "shard.nc"
    assert write_shard(path, make_flows()) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_same_flows_give_same_bytes(tmp_path, make_flows):
    assert write_shard(tmp_path / "a.nc", make_flows()) == write_shard(tmp_path / "b.nc", make_flows())


def test_another_process_writes_the_same_bytes(tmp_path, make_flows, conftest):
    script = LOAD_FIXTURES + "from emulax.data import write_shard; print(write_shard(sys.argv[2], make_flows()))"
    other = _run(script, conftest, str(tmp_path / "other.nc"), PYTHONHASHSEED="12345")
    assert other == write_shard(tmp_path / "here.nc", make_flows())


def test_any_hdf5_tool_reads_names_dtypes_and_attributes(shard):
    with h5py.File(shard) as file:
        for name, variable in (INPUTS | TARGETS | CERTIFICATE).items():
            assert file[name].attrs["long_name"] == variable.long_name
        assert file["mask"].dtype == np.uint8
        assert file["velocity"].dtype == np.float32
        assert file["pressure"].attrs["units"] == "rho U^2"
        assert file.attrs["cells_per_length"] == 4
        assert not any("_FillValue" in file[name].attrs for name in VARIABLES if name != "z")


def test_fields_are_compressed_in_chunks_of_one_sample(shard):
    with h5py.File(shard) as file:
        assert file["velocity"].chunks == (1, 6, 10, 2)
        assert (file["velocity"].compression, file["velocity"].shuffle) == ("gzip", True)


def test_opening_is_lazy_and_labelled(shard):
    with open_shard(shard) as dataset:
        assert not dataset["velocity"].variable._in_memory
        assert dataset["velocity"].dims == ("sample", "y", "x", "component")
        np.testing.assert_allclose(dataset["x"], (np.arange(10) + 0.5) / 4)
        np.testing.assert_allclose(dataset["y"], (np.arange(6) + 0.5) / 4)


def test_reynolds_height_is_stored(shard, make_flows):
    with open_shard(shard) as dataset:
        flows = make_flows()
        np.testing.assert_array_equal(dataset["reynolds_height"], flows.reynolds * flows.height)


def test_diverged_sample_survives_the_round_trip(tmp_path, make_flows):
    flows = make_flows()
    flows.velocity[1] = np.nan
    write_shard(tmp_path / "shard.nc", flows)
    np.testing.assert_array_equal(read_shard(tmp_path / "shard.nc").velocity, flows.velocity)


@pytest.mark.parametrize("kept", [0, 100, 0.5, -1])
def test_truncated_shard_is_named(shard, kept):
    content = shard.read_bytes()
    shard.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    with pytest.raises(InputError, match=r"shard-00000\.nc: is truncated or damaged; delete it and run generate again"):
        open_shard(shard)


def test_flipped_byte_in_a_field_is_found_when_read(shard):
    with h5py.File(shard) as file:
        offset = file["velocity"].id.get_chunk_info(0).byte_offset
    content = bytearray(shard.read_bytes())
    content[offset + 20 : offset + 40] = b"\xff" * 20
    shard.write_bytes(content)
    with pytest.raises(InputError, match="truncated or damaged"):
        read_shard(shard)


def test_checksum_mismatch_is_named(shard):
    with pytest.raises(InputError, match=r"shard-00000\.nc: is truncated or damaged"):
        open_shard(shard, sha256="0" * 64)


def test_matching_checksum_opens(shard):
    with open_shard(shard, sha256=hashlib.sha256(shard.read_bytes()).hexdigest()) as dataset:
        assert dataset.sizes["sample"] == 3


def test_missing_shard_is_named(tmp_path):
    with pytest.raises(InputError, match=r"shard-9\.nc: cannot be read: No such file"):
        open_shard(tmp_path / "shard-9.nc")


def test_shard_of_another_schema_version_is_refused(tmp_path, make_flows):
    dataset = to_dataset(make_flows()).assign_attrs(schema_version=99)
    dataset.to_netcdf(tmp_path / "shard.nc", engine="h5netcdf")
    with pytest.raises(InputError, match="has schema version 99, supported is 3"):
        open_shard(tmp_path / "shard.nc")


def test_full_disk_is_a_run_error_and_leaves_finished_shards_alone(tmp_path, make_flows, conftest):
    script = LOAD_FIXTURES + textwrap.dedent("""
    import resource
    from pathlib import Path
    from emulax.core.errors import RunError
    from emulax.data import write_shard
    folder = Path(sys.argv[2])
    write_shard(folder / "shard-00000.nc", make_flows(2))
    size = (folder / "shard-00000.nc").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))
    try:
        write_shard(folder / "shard-00001.nc", make_flows(2))
    except RunError as error:
        print(error)
    """)
    message = _run(script, conftest, str(tmp_path))
    assert message == f"{tmp_path / 'shard-00001.nc'}: cannot be written: File too large"
    assert [path.name for path in tmp_path.iterdir()] == ["shard-00000.nc"]
    np.testing.assert_array_equal(read_shard(tmp_path / "shard-00000.nc").sdf, make_flows(2).sdf)


def test_failed_write_is_a_run_error(tmp_path, make_flows):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        write_shard(tmp_path / "file" / "shard.nc", make_flows())
