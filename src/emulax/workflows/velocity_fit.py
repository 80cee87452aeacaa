"""Training through the solver: a model's weights so that its stress makes the true velocity.

A model sees the turbulence model's own flow of each duct; the velocity that its stress balances is held against the
truth. Derivatives go through the solve by the implicit function theorem. A model that is to look at what it makes
itself sees that as well, as it is after each step: no derivative goes through more than one look (the pushforward trick
of Brandstetter, Worrall & Welling 2022, arXiv:2202.03376).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import PyTree

from emulax.core.config import digest, to_dict
from emulax.core.errors import InputError, RunError
from emulax.core.progress import log
from emulax.models.tensor_basis import TensorBasisNetwork
from emulax.training import EpochMetrics, OptimiserConfig, checkpoints, restore_best, run
from emulax.training.optimisers import optimiser, schedule
from emulax.workflows.closures import closure_of
from emulax.workflows.ducts import Duct, DuctErrors, duct_errors
from emulax.workflows.stresses import describe
from emulax.workflows.velocities import RELAXATION, in_double_precision, mixed, stress_in
from emulax_rans import (
    Guess,
    MeanFlow,
    MeanVelocity,
    NewtonOptions,
    ReynoldsStress,
    Solved,
    solve_turbulence,
    solve_velocity,
)

# Solves start near their end, or fail.
_OPTIONS = NewtonOptions(time_step=1.0, max_steps=30)


@dataclass(frozen=True)
class VelocityFitConfig:
    """How a model is trained through the solver.

    Args:
        steps: Steps of the optimiser; each solves all ducts.
        optimiser: Optimiser and schedule.
        checkpoint_every: Steps between checkpoints.
        looks: Flows that the model looks at in turn, a step each, as in `closed_loop`: the turbulence model's first,
            then each time the one that its stress has made in the step before. They grow from one to this many over the
            first half of the steps.
    """

    steps: int = 100
    optimiser: OptimiserConfig = field(default_factory=lambda: OptimiserConfig(learning_rate=1e-3, weight_decay=0.0))
    checkpoint_every: int = 10
    looks: int = 1

    def __post_init__(self) -> None:
        for name in ("steps", "checkpoint_every", "looks"):
            if getattr(self, name) < 1:
                raise InputError(name, f"is {getattr(self, name)}, must be at least 1")
        if self.looks > 1 and self.steps < 2 * self.looks:
            raise InputError("steps", f"are {self.steps}, must be at least twice the {self.looks} looks")


def fit_velocity(
    network: TensorBasisNetwork, ducts: Mapping[str, Duct], config: VelocityFitConfig, *, out: Path
) -> None:
    """Train a model in place on the velocity of ducts; a killed training goes on where it stopped.

    The loss is the sum over ducts of the squared streamwise error over the turbulence model's, and of the squared
    in-plane error over the truth's. The model ends with the weights of the least loss, on the mean of all looks in turn
    where there are several. Where a solve fails for what the model has made itself, the looks begin anew.

    Args:
        network: The model, warm from a training on stresses.
        ducts: What to train on, by name.
        config: How to train.
        out: Directory of the run.

    Raises:
        InputError: There are no ducts, or `out` holds another run.
        RunError: The solve of a duct did not converge, or its loss is not finite; or not once did all looks in turn
            come to their end.
    """
    if not ducts:
        raise InputError("ducts", "are none, must be at least one")
    trainer = _VelocityTrainer(network, ducts, config)
    describe(network, out)
    run(trainer, out, trainer.identity, epochs=config.steps, checkpoint_every=config.checkpoint_every)
    if not trainer.has_best:
        raise RunError(
            f"{out}: not once did all {config.looks} looks in turn come to their end: lower the learning rate"
        )
    restore_best(out, network)


class _Stand(NamedTuple):
    """Where the training stands in one duct.

    Attributes:
        start: Where solves start.
        seen: The flow that is looked at next.
        stress: What has made it.
    """

    start: Guess
    seen: MeanFlow
    stress: ReynoldsStress


class _VelocityTrainer:
    """A training through the solver; an epoch is one step of the optimiser, which solves all ducts."""

    def __init__(self, network: TensorBasisNetwork, ducts: Mapping[str, Duct], config: VelocityFitConfig) -> None:
        self._structure, weights = nnx.split(in_double_precision(network))
        self._ducts, self._steps, self._looks = ducts, config.steps, config.looks
        self._gradients = {name: _gradient_of(self._structure, duct) for name, duct in ducts.items()}
        self._optimiser = optimiser(config.optimiser, config.steps)
        self._rate = schedule(config.optimiser, config.steps)
        self._parameters = nnx.as_pure(weights)
        self._optimiser_state = self._optimiser.init(self._parameters)
        fields = 2 if config.looks == 1 else 4
        self._stands = {
            name: _Stand(_nowhere(duct, fields), self._given(name), _nothing(duct)) for name, duct in ducts.items()
        }
        self._look, self._losses, self._failed = 0, 0.0, False
        self._best, self._best_loss, self._best_epoch = _weights(self._parameters), math.inf, 0
        self.identity = {"configuration": to_dict(config), "ducts": list(ducts), "start": _digest(weights)}
        self.epoch = 0

    @property
    def finished(self) -> bool:
        return self.epoch >= self._steps

    @property
    def has_best(self) -> bool:
        """Whether all looks in turn have come to their end once."""
        return math.isfinite(self._best_loss)

    def run_epoch(self) -> EpochMetrics:
        if self.epoch == 0:
            self._stands = {name: self._begun(name) for name in self._ducts}
        self.epoch += 1
        before, loss = self._parameters, self._advance()
        self._losses += math.inf if self._failed else loss
        if self._look + 1 == self._looks and self._losses < self._best_loss:
            self._best, self._best_loss, self._best_epoch = _weights(before), self._losses, self.epoch
        self._look += 1
        if self._look >= self._in_turn or self._failed:
            self._begin_anew()
        return EpochMetrics(self.epoch, loss, math.nan, float(np.asarray(self._rate(self.epoch))))

    def save(self, directory: Path, identity: dict[str, Any]) -> None:
        trees = {"last": (self.epoch, self._state), "best": (self._best_epoch, self._best)}
        # JSON knows no infinity.
        best_loss = self._best_loss if math.isfinite(self._best_loss) else None
        facts = {"identity": identity, "best_loss": best_loss, "look": self._look, "losses": self._losses}
        checkpoints.save(directory, trees, facts)

    def resume(self, directory: Path, identity: dict[str, Any]) -> None:
        record = checkpoints.read_same(directory, identity)
        self._parameters, self._optimiser_state, self._stands = checkpoints.restore(directory, "last", self._state)
        self._best = checkpoints.restore(directory, "best", self._best)
        self.epoch, self._best_epoch = record.trees["last"].epoch, record.trees["best"].epoch
        best_loss = record.facts["best_loss"]
        self._best_loss = math.inf if best_loss is None else best_loss
        self._look, self._losses = record.facts["look"], record.facts["losses"]

    @property
    def _state(self) -> Any:
        return self._parameters, self._optimiser_state, self._stands

    @property
    def _in_turn(self) -> int:
        """How many looks there are at present before the turbulence model's flow comes next.

        A model that is new to what it makes is led astray by a few of its own looks, and would learn from flows that
        it never meets later.
        """
        return 1 + round((self._looks - 1) * min(1.0, 2.0 * self.epoch / self._steps))

    def _advance(self) -> float:
        """One step of the optimiser; the loss before it, or NaN where a velocity failed and no step was taken."""
        total, slopes, stands = 0.0, [], {}
        for name, gradient_of in self._gradients.items():
            stand = self._stands[name]
            (loss, (flow, stress)), slope = gradient_of(self._parameters, stand)
            if not (flow.converged and jnp.isfinite(loss)):
                if self._look == 0:
                    raise RunError(f"{name} in step {self.epoch}: {flow.reason}: lower the learning rate")
                self._fail(name, flow)
                return math.nan
            total += float(loss)
            slopes.append(slope)
            start = Guess(stand.start.unknowns.at[..., :2].set(flow.unknowns), flow.driving_force)
            stands[name] = stand._replace(start=start)
            # What the last look makes is not looked at.
            if self._look + 1 < self._in_turn:
                stands[name] = self._looked_at(name, stands[name], flow, stress)
        slope = jax.tree.map(lambda *parts: sum(parts), *slopes)
        updates, self._optimiser_state = self._optimiser.update(slope, self._optimiser_state, self._parameters)
        self._parameters = optax.apply_updates(self._parameters, updates)
        self._stands = stands
        return total

    def _looked_at(self, name: str, stand: _Stand, flow: MeanVelocity, stress: ReynoldsStress) -> _Stand:
        """Where the training stands once the flow of a stress, or of its mixture with the last, is looked at next."""
        case = self._ducts[name].case
        if self._look > 0:
            stress = mixed(stress, stand.stress, RELAXATION)
            flow = solve_velocity(case, stress, start=flow, options=_OPTIONS)
        whole = solve_turbulence(case, flow, stress, start=stand.start, options=_OPTIONS)
        for solved in (flow, whole):
            if not solved.converged:
                self._fail(name, solved)
                return stand
        unknowns = stand.start.unknowns.at[..., 2:].set(whole.unknowns[..., 2:])
        return _Stand(stand.start._replace(unknowns=unknowns), _plain(whole.mean), stress)

    def _fail(self, name: str, flow: Solved) -> None:
        log.info("%s in step %d, look %d: %s", name, self.epoch, self._look + 1, flow.reason)
        self._failed = True

    def _begun(self, name: str) -> _Stand:
        """Where solves start in a duct: at what the model makes of the turbulence model's flow."""
        duct, network = self._ducts[name], nnx.merge(self._structure, self._parameters)
        stress = stress_in(network, duct.model_flow)
        flow = solve_velocity(duct.case, stress)
        if self._looks > 1:
            flow = solve_turbulence(duct.case, flow, stress)
        return _Stand(Guess(flow.unknowns, flow.driving_force), self._given(name), stress)

    def _given(self, name: str) -> MeanFlow:
        """The turbulence model's flow in a duct; what the solver makes itself has no pressure."""
        flow = self._ducts[name].model_flow
        return _plain(flow if self._looks == 1 else flow._replace(pressure_gradient=None))

    def _begin_anew(self) -> None:
        """Look at the turbulence model's flows next."""
        self._look, self._losses, self._failed = 0, 0.0, False
        self._stands = {name: stand._replace(seen=self._given(name)) for name, stand in self._stands.items()}


def _gradient_of(structure: nnx.GraphDef[TensorBasisNetwork], duct: Duct) -> Callable[..., Any]:
    """`(parameters, stand) -> ((loss, (velocity, stress)), gradient)` of one duct."""

    def loss(parameters: PyTree, stand: _Stand) -> tuple[Any, tuple[MeanVelocity, ReynoldsStress]]:
        stress = closure_of(structure, parameters)(stand.seen)
        flow = solve_velocity(duct.case, stress, start=stand.start, options=_OPTIONS)
        errors: DuctErrors = duct_errors(duct, flow.velocity)
        return errors.streamwise_ratio**2 + errors.in_plane**2, (flow, stress)

    return jax.jit(jax.value_and_grad(loss, has_aux=True))


def _plain(flow: MeanFlow) -> MeanFlow:
    """A flow of arrays alone, which a checkpoint holds."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), flow)


def _nowhere(duct: Duct, fields: int) -> Guess:
    """In place of a start, until there is one."""
    return Guess(jnp.zeros((*duct.case.section.shape, fields)), jnp.zeros(()))


def _nothing(duct: Duct) -> ReynoldsStress:
    """In place of a stress, until there is one."""
    shape = duct.case.section.shape
    return ReynoldsStress(jnp.zeros(shape), jnp.zeros((*shape, 3, 3)))


def _weights(parameters: PyTree) -> tuple[PyTree, PyTree]:
    """Parameters in the model's own precision, and no variables: what `restore_best` takes."""
    return jax.tree.map(lambda value: value.astype(jnp.float32), parameters), {}


def _digest(weights: nnx.State) -> str:
    return digest([float(np.abs(np.asarray(leaf)).sum()) for leaf in jax.tree.leaves(weights)])
