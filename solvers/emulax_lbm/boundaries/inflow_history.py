"""How the inflow changes with time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from emulax_lbm.boundaries.edges import Incoming
from emulax_lbm.checks import require_array, require_count, require_positive
from emulax_lbm.errors import CaseError

_KNOTS_MULTIPLE = 16  # padding to a common multiple lets different histories share one compiled program


@dataclass(frozen=True, eq=False)
class InflowHistory:
    """A factor of time on the inflow: linear between knots, constant before the first and after the last.

    Args:
        times: Times of the knots in units of D / U, ascending; a run starts at zero.
        factors: What the inflow is multiplied by at those times.

    Raises:
        CaseError: Times that do not ascend, or values that are missing or not finite.
    """

    times: Float[np.ndarray, " knot"]
    factors: Float[np.ndarray, " knot"]

    def __post_init__(self) -> None:
        for name in ("times", "factors"):
            require_array(f"inflow_history.{name}", getattr(self, name))
        if not (self.times.ndim == 1 and self.times.shape == self.factors.shape != (0,)):
            shapes = f"times of shape {self.times.shape} and factors of shape {self.factors.shape}"
            raise CaseError("inflow_history", f"has {shapes}, must have as many of both in a row, and at least one")
        if np.any(np.diff(self.times) <= 0.0):
            raise CaseError("inflow_history", "has times that do not ascend")

    @classmethod
    def sampled(cls, function: Callable[[float], float], end: float, count: int) -> InflowHistory:
        """The history of a function of time, sampled at equal distances from zero to `end`.

        Args:
            function: The factor at a time in units of D / U.
            end: Last time; the factor stays as it is then.
            count: Number of knots, at least 2. The error of linear interpolation is at most
                `(end / (count - 1))^2 / 8` times the largest second derivative.

        Raises:
            CaseError: An end that is not a positive number, or fewer than two knots.
        """
        require_positive("inflow_history.end", end)
        require_count("inflow_history.count", count, 2)
        times = np.linspace(0.0, end, count)
        return cls(times, np.array([function(float(time)) for time in times], np.float64))

    @property
    def end(self) -> float:
        """Time from which on the inflow stays as it is, in units of D / U; not before the start."""
        return max(0.0, float(self.times[-1]))

    @property
    def peak(self) -> float:
        """Largest size of the factor from the start on."""
        return float(np.max(np.abs([self.at(0.0), *self.factors[self.times > 0.0]])))

    def at(self, time: float) -> float:
        """The factor at a time in units of D / U."""
        return float(np.interp(time, self.times, self.factors))


STEADY_INFLOW = InflowHistory(np.zeros(1), np.ones(1))
"""The inflow as it is, at all times."""


class InflowKnots(NamedTuple):
    """The histories of a batch, padded to a common number of knots by repeating the last.

    Attributes:
        steps: Times of the knots in steps, ascending.
        factors: What the inflow is multiplied by then.
    """

    steps: Float[Array, "batch knot"]
    factors: Float[Array, "batch knot"]

    def at(self, time: Float[Array, " batch"]) -> Float[Array, " batch"]:
        """The factors at a time in steps, one for each case."""
        before = jnp.sum(self.steps[:, 1:-1] <= time[:, None], axis=1)
        (start, end), (first, last) = ([_pick(values, before + k) for k in (0, 1)] for values in self)
        # Padding has knots at the same time: their factors are the same, too.
        length = jnp.maximum(end - start, jnp.finfo(time.dtype).tiny)
        return first + jnp.clip((time - start) / length, 0.0, 1.0) * (last - first)


def _pick(values: Float[Array, "batch knot"], knot: Int[Array, " batch"]) -> Float[Array, " batch"]:
    return jnp.take_along_axis(values, knot[:, None], axis=1)[:, 0]


class Inflow(NamedTuple):
    """The inflow of each case at all times, in lattice units.

    Attributes:
        velocity_scale: U.
        inflow: See `Incoming`; times the factors where there are knots.
        knots: One `InflowKnots`, or nothing where no case has a history.
    """

    velocity_scale: Float[Array, " batch"]
    inflow: Float[Array, "batch ..."]
    knots: tuple[InflowKnots, ...] = ()

    def at(self, step: Int[Array, " batch"]) -> Incoming:
        """What edges are told in the step that comes after so many.

        Populations cross an edge in the middle between two cell centres, and in the middle of the step.
        """
        if not self.knots:
            return Incoming(self.velocity_scale, self.inflow)
        factor = self.knots[0].at(step.astype(self.inflow.dtype) + 0.5)
        return Incoming(self.velocity_scale, self.inflow * factor.reshape(-1, *[1] * (self.inflow.ndim - 1)))


def knots_needed(histories: Sequence[InflowHistory | None]) -> int:
    """Number of knots to pad to; none where no case has a history."""
    most = max((len(history.times) for history in histories if history is not None), default=0)
    return -(-most // _KNOTS_MULTIPLE) * _KNOTS_MULTIPLE


def knots_of(
    histories: Sequence[InflowHistory | None],
    *,
    steps_per_time: Float[np.ndarray, " batch"],
    count: int,
    dtype: np.dtype,
) -> tuple[InflowKnots, ...]:
    """The histories as arrays with `count` knots each; a case without one keeps its inflow.

    Args:
        histories: One per case.
        steps_per_time: Steps in D / U, as they are and not rounded, of each case.
        count: See `knots_needed`; nothing comes back when it is zero.
        dtype: Type of the arrays.
    """
    if not count:
        return ()
    given = [history or STEADY_INFLOW for history in histories]
    steps = [_padded(history.times * scale, count) for history, scale in zip(given, steps_per_time, strict=True)]
    factors = [_padded(history.factors, count) for history in given]
    return (InflowKnots(jnp.asarray(np.stack(steps), dtype), jnp.asarray(np.stack(factors), dtype)),)


def _padded(values: Float[np.ndarray, " knot"], count: int) -> Float[np.ndarray, " count"]:
    return np.pad(values, (0, count - len(values)), mode="edge")
