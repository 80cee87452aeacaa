"""The experiments run to their end on a few flows: what takes hours must not fail in its last minute."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from emulax.data.stresses import reference_folder

EXPERIMENTS = Path(__file__).parents[2] / "experiments"

START = """
import sys
from pathlib import Path
folder, out = sys.argv[1], Path(sys.argv[2])
sys.path.insert(0, folder)
import run
from emulax.cli.execute import execute
"""

# A few flows, small networks, one epoch.
FEW = (
    START
    + """
from emulax.models.sdf_flow import GuoConfig, UNetConfig
from emulax.training import TrainingConfig
from emulax.workflows.train import SurrogateConfig

samples = {"flow-primitives-2d": 96, "flow-cars-2d": 24, "flow-primitives-3d": 40}
generate = run.generate
run.generate = lambda name, *, size, out: generate(name, size=size, samples=samples[name], out=out)
training = TrainingConfig(epochs=1, batch_size=8)
unet = SurrogateConfig(UNetConfig(widths=(8, 16), mixing_heads=0), training=training)
guo = SurrogateConfig(GuoConfig(width_scale=0.02), training=training)
"""
)

GUO2016 = """
import config, times
times.BATCHES, times.ROUNDS, times.REQUIRED = (1, 2), 1, {}
times.NETWORKS = {"guo_net": GuoConfig(width_scale=0.02, pressure=False), "guo_net_pressure": guo.network}
factors = {"unet-sdf": unet, "unet-mask": unet, "guo-sdf": guo, "guo-both": guo}
run.PLANS = {"small": config.Plan({"unet": unet, "guo2016": guo}, factors, {"guo2016_3d": guo})}
sys.exit(execute(run.Guo2016(out=out / "runs", json=out / "rows.json", seeds=(0, 1))))
"""

TRUST = """
import active, pictures
from emulax.datagen.active_learning import ActiveLearningConfig
run.MEMBERS, run.PROBES, run.STARTED, pictures.LEVELS = {"small": unet}, 16, 2, (0.5, 0.9)
active.ACTIVE_LEARNING, active.ACTIVE_LEARNING_SEEDS = ActiveLearningConfig(initial=8, batch=4, rounds=1), (0, 1)
sys.exit(execute(run.Trust(out=out / "runs", base=out / "base", json=out / "rows.json")))
"""

# One epoch and two steps through the solver, on all flows of the reference data.
LING2016 = (
    START
    + """
from dataclasses import replace
from functools import partial
import velocities
from emulax.training import TrainingConfig
velocities.closed_loop = partial(velocities.closed_loop, looks=2)
run.TBNN = replace(run.TBNN, training=TrainingConfig(epochs=1, batch_size=4096))
run.MET = replace(run.MET, training=run.TBNN.training)
run.MODELS = {name: replace(config, training=run.TBNN.training) for name, config in run.MODELS.items()}
run.VELOCITY = replace(run.VELOCITY, steps=2)
run.CLOSED = replace(run.CLOSED, steps=2, looks=1)
sys.exit(execute(run.Ling2016(out=out / "runs", json=out / "rows.json", seeds=(0, 1))))
"""
)


def rows_and_pictures(name: str, script: str, out: Path) -> tuple[set[str], set[str]]:
    """Identifiers of the rows and names of the pictures that an experiment ends with."""
    command = [sys.executable, "-c", script, str(EXPERIMENTS / name), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    pictures = {path.stem for path in (out / "runs" / "pictures").glob("*.png")}
    assert done.returncode in (0, 1), done.stderr  # 1: networks of one epoch keep no limit
    assert pictures, done.stderr
    return {row["id"] for row in json.loads((out / "rows.json").read_text())["rows"]}, pictures


def committed(name: str) -> set[str]:
    """Identifiers of the rows that stand in an experiment's `expected.json`."""
    return {row["id"] for row in json.loads((EXPERIMENTS / name / "expected.json").read_text())["rows"]}


@pytest.mark.slow
def test_guo2016_ends_with_its_rows_and_pictures(tmp_path):
    rows, pictures = rows_and_pictures("guo2016", FEW + GUO2016, tmp_path)
    assert {
        "guo2016.best.rel_l2",
        "guo2016.cd.partial_spearman",
        "guo2016.unet.vs_pod_gp_cars",
        "guo2016.equal.unet.speedup",
        "guo2016.factor.unet-mask.vs_base",
        "guo2016.guo_net.speedup_batch2",
        "guo2016.guo2016_3d.rel_l2_solids",
        "guo2016.hours",
    } <= rows
    assert {row for row in rows if "_batch" not in row} <= committed("guo2016")  # other batches are timed here
    assert pictures == {"errors", "drag", "factors", "time", "car"}


@pytest.mark.slow
def test_trust_ends_with_its_rows_and_pictures(tmp_path):
    rows, pictures = rows_and_pictures("trust", FEW + TRUST, tmp_path)
    assert {
        "trust.coverage.pixels",
        "trust.ood.auroc",
        "trust.ood.pairs.auroc",
        "trust.verified_start.time_ratio",
        "trust.width.flows.u",
        "trust.active.spread.gain",
    } <= rows
    assert rows == committed("trust")
    assert pictures == {"coverage", "verdicts", "starts", "active"}


@pytest.mark.slow
def test_ling2016_ends_with_its_rows_and_pictures(tmp_path):
    if reference_folder() is None:
        pytest.skip("needs reference data")
    rows, pictures = rows_and_pictures("ling2016", LING2016, tmp_path)
    assert {
        "ling2016.ar7.rmse_b",
        "ling2016.tbnn_rank",
        "ling2016.ar7.streamwise_vs_sst",
        "ling2016.trained_through_solver",
        "ling2016.closed_loop.trained.ar7.inplane",
        "ling2016.ceiling.dns_b_sst_k.inplane_AR_7_Ret_180",
        "ling2016.ood.hills.flagged_AR_7_Ret_180",
    } <= rows
    assert rows == committed("ling2016")
    assert pictures == {"errors", "barycentric", "secondary-flow", "streamwise"}


@pytest.mark.slow
def test_ling2016_needs_reference_data(tmp_path, monkeypatch):
    monkeypatch.delenv("EMULAX_REFERENCE_DATA", raising=False)
    command = [sys.executable, str(EXPERIMENTS / "ling2016" / "run.py"), "--out", str(tmp_path / "runs")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "EMULAX_REFERENCE_DATA" in done.stderr
