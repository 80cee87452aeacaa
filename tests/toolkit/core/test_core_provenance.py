import os
import subprocess

import jax
import pytest

from emulax.core import provenance


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A repository whose one committed file poses as the module."""
    module = tmp_path / "module.py"
    module.write_text("one\n")
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    for arguments in (("init", "-q"), ("add", "."), (*identity, "commit", "-q", "-m", "first")):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True)
    monkeypatch.setattr(provenance, "__file__", str(module))
    return tmp_path


def test_commit_is_that_of_the_checkout(checkout):
    commit = provenance.git_commit()
    assert commit is not None
    assert len(commit) == 40
    (checkout / "untracked").write_text("")
    assert provenance.git_commit() == commit


def test_local_changes_are_marked(checkout):
    clean = provenance.git_commit()
    (checkout / "module.py").write_text("two\n")
    assert provenance.git_commit() == f"{clean}+"


def test_there_is_no_commit_outside_a_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "module.py"))
    assert provenance.git_commit() is None


def test_a_checkout_that_only_holds_the_installation_is_not_ours(checkout, monkeypatch):
    """As when the package is installed in a virtual environment inside another repository."""
    (checkout / "installed.py").write_text("")
    monkeypatch.setattr(provenance, "__file__", str(checkout / "installed.py"))
    assert provenance.git_commit() is None


def test_there_is_no_commit_without_git(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert provenance.git_commit() is None


def test_versions_name_every_package():
    versions = provenance.versions()
    assert set(versions) == {"python", *provenance.PACKAGES}
    assert versions["jax"] == jax.__version__


def test_absent_package_is_said_to_be_absent(monkeypatch):
    monkeypatch.setattr(provenance, "PACKAGES", ("jax", "no-such-package"))
    assert provenance.versions()["no-such-package"] == "absent"


def test_device_is_described():
    device = provenance.device()
    assert device["platform"] == jax.devices()[0].platform
    assert device["count"] == jax.device_count()
    assert device["threads"] == len(os.sched_getaffinity(0))
    assert device["kind"]


@pytest.mark.parametrize(
    ("device", "line"),
    [
        ({"platform": "cpu", "kind": "A chip", "count": 1, "threads": 4}, "A chip (4 threads)"),
        ({"platform": "gpu", "kind": "B card", "count": 2, "threads": 4}, "2 x B card"),
    ],
)
def test_device_fits_on_a_line(monkeypatch, device, line):
    monkeypatch.setattr(provenance, "device", lambda: device)
    assert provenance.device_name() == line
