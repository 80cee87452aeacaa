"""The turbulence model's two equations in a mean flow that is known: k and the second quantity are the unknowns."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from emulax_rans.case import RansCase
from emulax_rans.equations import Equations, OfEach, Unknowns


class TurbulenceEquations(Equations):
    """The turbulence of one case, with a Reynolds stress that is known; there are two unknowns.

    Args:
        case: The case.
        momentum: The unknowns of the mean flow.
    """

    def __init__(self, case: RansCase, momentum: Unknowns) -> None:
        super().__init__(case)
        self._momentum_unknowns = momentum

    def with_momentum(self, unknowns: OfEach) -> Unknowns:
        """All unknowns of the flow."""
        return jnp.concatenate([self._momentum_unknowns, unknowns], axis=-1)

    def reach(self, stress: Any) -> int:
        """See `MomentumEquations.reach`."""
        del stress
        return 2

    def start(self) -> tuple[Unknowns, Float[Array, ""]]:
        """See `MomentumEquations.start`."""
        unknowns, force = super().start()
        return unknowns[..., 2:], force

    def balance(self, unknowns: Unknowns, force: Float[Array, ""], stress: Any) -> Unknowns:
        """See `Equations.balance`."""
        del force
        return self.turbulence_balance(self.state(self.with_momentum(unknowns)), stress)

    def content(self, unknowns: Unknowns) -> OfEach:
        """What of every cell changes in time: the logarithms."""
        return super().content(self.with_momentum(unknowns))[..., 2:]

    def largest_relative_change(self, change: Unknowns) -> Float[Array, ""]:
        """Largest change of the logarithms."""
        return jnp.abs(change).max()

    def by_force(self, unknowns: Unknowns) -> Unknowns:
        """The driving force has no part in it."""
        return jnp.zeros_like(unknowns)

    def constraint(self, unknowns: Unknowns, force: Float[Array, ""]) -> Float[Array, ""]:
        """The driving force stays as it is."""
        del unknowns
        return jnp.zeros_like(force)

    def constraint_slopes(self, unknowns: Unknowns) -> tuple[Unknowns, float]:
        """See `MomentumEquations.constraint_slopes`."""
        return jnp.zeros_like(unknowns), 1.0

    def _units(self, unknowns: Unknowns, force: Float[Array, ""]) -> OfEach:
        return super()._units(self.with_momentum(unknowns), force)[..., 2:]
