"""Statistics of an unsteady flow, gathered on the device while it runs.

Means and second moments are updated sample by sample (Welford 1962, doi 10.1080/00401706.1962.10490022), so that no
large sums are subtracted from each other,

    m_n = m_(n-1) + (x - m_(n-1)) / n,        M_n = M_(n-1) + (x - m_(n-1)) (x - m_n)^T

and merged by the formulas of Chan, Golub & LeVeque (1983, doi 10.1080/00031305.1983.10483115). What rounding takes from
a sum is kept and given back with the next term (Kahan 1965, doi 10.1145/363707.363723): also in float32 the error does
not grow with the number of samples.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from emulax_lbm.errors import CaseError


class Sum(NamedTuple):
    """A sum, and what rounding has taken from it."""

    value: Array
    lost: Array

    def plus(self, term: Array) -> Sum:
        """The sum with one more term."""
        term = term + self.lost
        value = self.value + term
        return Sum(value, term - (value - self.value))


class Moments(NamedTuple):
    """Mean and second central moments of equally weighted samples of vectors.

    Attributes:
        samples: Their number.
        mean: Mean of each component, `... c`.
        products: Sums over the samples of the products of two components' deviations from the mean; one for each pair
            of components `a <= b`, on the last axis.
    """

    samples: Int[Array, ""]
    mean: Sum
    products: Sum

    @classmethod
    def empty(cls, like: Float[Array | np.ndarray, "... c"]) -> Moments:
        """No samples yet, for samples of this shape and type."""
        nothing = jnp.zeros_like(like)
        pairs = jnp.zeros((*like.shape[:-1], len(_pairs(like.shape[-1]))), like.dtype)
        return cls(jnp.int32(0), Sum(nothing, nothing), Sum(pairs, pairs))

    def add(self, sample: Float[Array | np.ndarray, "... c"]) -> Moments:
        """With one more sample."""
        samples, sample = self.samples + 1, jnp.asarray(sample)
        self._require_shape("sample", sample.shape)
        before = sample - self.mean.value
        mean = self.mean.plus(before / samples.astype(before.dtype))
        after = sample - mean.value
        return Moments(samples, mean, self.products.plus(_products(before, after)))

    def merge(self, other: Moments) -> Moments:
        """The moments of both sets of samples together."""
        self._require_shape("other", other.mean.value.shape)
        samples = self.samples + other.samples
        apart = other.mean.value - self.mean.value
        share = other.samples.astype(apart.dtype) / jnp.maximum(samples, 1).astype(apart.dtype)
        between = _products(apart, apart) * (self.samples.astype(apart.dtype) * share)
        mean = self.mean.plus(apart * share)
        return Moments(samples, mean, self.products.plus(other.products.value).plus(between))

    def _require_shape(self, field: str, shape: tuple[int, ...]) -> None:
        if shape != self.mean.value.shape:
            raise CaseError(field, f"has shape {shape}, must have that of the samples, {self.mean.value.shape}")

    def covariance(self) -> Float[Array, "... c c"]:
        """Mean product of each two components' deviations from their means; zero without samples."""
        mean = self.products.value / jnp.maximum(self.samples, 1).astype(self.products.value.dtype)
        components = self.mean.value.shape[-1]
        pairs = _pairs(components)
        place = [pairs.index((min(a, b), max(a, b))) for a in range(components) for b in range(components)]
        return mean[..., np.array(place)].reshape(*mean.shape[:-1], components, components)


class FlowStatistics(NamedTuple):
    """Means and second moments of velocity and pressure, all samples of equal weight.

        statistics = FlowStatistics.empty(run.velocity())
        for _ in range(1000):
            run.advance(20)
            statistics = statistics.add(run.velocity(), run.pressure())

    Statistics of parts of a run, or of several runs, can be merged.
    """

    velocity: Moments
    pressure: Moments

    @classmethod
    def empty(cls, velocity: Float[Array | np.ndarray, "... d"]) -> FlowStatistics:
        """No samples yet, for a velocity of this shape and type."""
        return cls(Moments.empty(velocity), Moments.empty(velocity[..., :1]))

    def add(
        self, velocity: Float[Array | np.ndarray, "... d"], pressure: Float[Array | np.ndarray, "..."]
    ) -> FlowStatistics:
        """With one more sample of the fields.

        Args:
            velocity: `[batch] [z] y x`, components last.
            pressure: `[batch] [z] y x`.
        """
        return _add(self, velocity, pressure)

    def merge(self, other: FlowStatistics) -> FlowStatistics:
        """The statistics of both sets of samples together."""
        return FlowStatistics(self.velocity.merge(other.velocity), self.pressure.merge(other.pressure))

    @property
    def samples(self) -> int:
        """Number of samples."""
        return int(self.velocity.samples)

    @property
    def mean_velocity(self) -> Float[Array, "... d"]:
        """Mean of the velocity, in its units."""
        return self.velocity.mean.value

    @property
    def mean_pressure(self) -> Float[Array, "..."]:
        """Mean of the pressure, in its units."""
        return self.pressure.mean.value[..., 0]

    @property
    def reynolds_stress(self) -> Float[Array, "... d d"]:
        """`<u_a' u_b'>`, the covariance of the velocity's components."""
        return self.velocity.covariance()

    @property
    def pressure_variance(self) -> Float[Array, "..."]:
        """`<p'^2>`."""
        return self.pressure.covariance()[..., 0, 0]


@jax.jit
def _add(statistics: FlowStatistics, velocity: Array, pressure: Array) -> FlowStatistics:
    return FlowStatistics(statistics.velocity.add(velocity), statistics.pressure.add(pressure[..., None]))


def _pairs(components: int) -> list[tuple[int, int]]:
    return list(combinations_with_replacement(range(components), 2))


def _products(a: Array, b: Array) -> Array:
    """Products of the components of two vectors, one for each pair of components."""
    return jnp.stack([a[..., i] * b[..., j] for i, j in _pairs(a.shape[-1])], axis=-1)
