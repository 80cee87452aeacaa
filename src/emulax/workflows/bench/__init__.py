"""Speed as ratios, measured side by side in one run, beside what the machine itself can do."""

from emulax.workflows.bench.lbm import bench_lbm
from emulax.workflows.bench.training import bench_training

__all__ = ["bench_lbm", "bench_training"]
