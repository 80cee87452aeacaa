"""Speed as ratios, measured side by side in one run, beside what the machine itself can do."""

from emulax.workflows.bench.lbm import bench_lbm

__all__ = ["bench_lbm"]
