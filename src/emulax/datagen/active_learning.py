"""Active learning: which flows are worth solving next, and whether choosing them beats drawing them.

From a pool of geometries and Reynolds numbers some flows are drawn at random, solved and trained on. Then, round after
round, a selection picks more of the pool, knowing the trained members and what they were trained on (pool-based active
learning: Settles 2009, Computer Sciences Technical Report 1648, University of Wisconsin-Madison). Random selection is
the null model. A selection is worth its effort only where the confidence interval of its error less the random one's,
paired over seeds, lies below zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int
from scipy.spatial.distance import cdist
from scipy.stats import t as student

from emulax.core.errors import InputError
from emulax.data import FlowData, FlowInputs
from emulax.trust import Ensemble, Predictor
from emulax.trust.nulls.case_space import shape_vectors, with_reynolds

_REYNOLDS_WEIGHT = 0.1


@dataclass(frozen=True)
class Known:
    """What a selection may look at.

    Args:
        members: Predictors trained on what is labelled, that differ in their seed alone.
        labelled: Inputs of the flows that they were trained on.
        candidates: Inputs of the flows that can be asked for.
    """

    members: Sequence[Predictor]
    labelled: FlowInputs
    candidates: FlowInputs


Selection = Callable[[Known, int, np.random.Generator], Int[np.ndarray, " chosen"]]
"""Picks so many candidates, by index and each once."""


def at_random(known: Known, count: int, rng: np.random.Generator) -> Int[np.ndarray, " chosen"]:
    """The null model."""
    return rng.permutation(len(known.candidates))[:count]


def by_spread(known: Known, count: int, rng: np.random.Generator) -> Int[np.ndarray, " chosen"]:
    """The flows on whose velocity the members disagree most, root mean square over the fluid."""
    spread = Ensemble(known.members).predict(known.candidates).spread[..., :-1].astype(np.float64)
    mask = known.candidates.mask
    cells = tuple(range(1, mask.ndim))
    squares = np.where(mask, np.sum(spread**2, axis=-1), 0.0).sum(axis=cells) / mask.sum(axis=cells)
    return np.argsort(-squares, kind="stable")[:count]


def by_distance(known: Known, count: int, rng: np.random.Generator) -> Int[np.ndarray, " chosen"]:
    """The flow farthest from all that are labelled, then the farthest from these and it, and so on.

    Distances are those of nearest neighbours, in shape and Reynolds number (`trust.nulls`). The greedy choice is within
    a factor of two of the best cover of the pool (Gonzalez 1985, doi:10.1016/0304-3975(85)90224-5).
    """
    candidates = _cases(known.candidates)
    nearest = cdist(candidates, _cases(known.labelled)).min(axis=1)
    chosen = []
    for _ in range(min(count, len(candidates))):
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, cdist(candidates, candidates[chosen[-1:]])[:, 0])
        nearest[chosen] = -1.0
    return np.array(chosen, int)


SELECTIONS: Mapping[str, Selection] = {"random": at_random, "spread": by_spread, "distance": by_distance}
"""Selections by the name that tables print."""


@dataclass(frozen=True)
class ActiveLearningConfig:
    """How a pool is worked through.

    Args:
        initial: Flows drawn at random before the first training.
        batch: Flows selected in each round.
        rounds: Number of selections; there is one more training than that.
    """

    initial: int = 32
    batch: int = 32
    rounds: int = 4

    def __post_init__(self) -> None:
        for name in ("initial", "batch", "rounds"):
            if getattr(self, name) < 1:
                raise InputError(name, f"is {getattr(self, name)}, must be at least 1")


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """What was learned from how many flows.

    Args:
        labelled: Flows trained on in each round.
        error: Error after each training.
    """

    labelled: Int[np.ndarray, " round"]
    error: Float64[np.ndarray, " round"]


def learn_actively(
    pool: FlowInputs,
    select: Selection,
    *,
    solve: Callable[[FlowInputs], FlowData],
    train: Callable[[FlowData, int], Sequence[Predictor]],
    error: Callable[[Sequence[Predictor]], float],
    config: ActiveLearningConfig = ActiveLearningConfig(),
    seed: int = 0,
) -> LearningCurve:
    """Solve, train and select in turn.

    Args:
        pool: Inputs of all flows that can be asked for.
        select: Which of them next.
        solve: Solves flows; it may return fewer where some are not accepted, and these are not asked for again.
        train: Trains members on flows, from a seed.
        error: Error of members on held-out flows.
        config: How many flows at a time.
        seed: Of the first draw, of training, and of what a selection draws. The first draw is the same for every
            selection.

    Raises:
        InputError: A pool that is too small.
    """
    needed = config.initial + config.batch * config.rounds
    if needed > len(pool):
        raise InputError("pool", f"holds {len(pool)} flows, {config.rounds} rounds need {needed}")
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(pool))
    asked, left = order[: config.initial], np.sort(order[config.initial :])
    flows = solve(pool.take(asked))
    labelled, errors = [], []
    for step in range(config.rounds + 1):
        members = train(flows, seed)
        labelled.append(len(flows))
        errors.append(error(members))
        if step == config.rounds:
            break
        chosen = select(Known(members, flows.inputs, pool.take(left)), config.batch, rng)
        flows = FlowData.concatenate([flows, solve(pool.take(left[chosen]))])
        left = np.delete(left, chosen)
    return LearningCurve(np.array(labelled), np.array(errors, np.float64))


@dataclass(frozen=True)
class Gain:
    """Error of a selection less that of random selection, mean over rounds of selection and over seeds.

    Attributes:
        mean: Below zero where the selection is better.
        low: Lower end of the confidence interval.
        high: Upper end.
    """

    mean: float
    low: float
    high: float

    @property
    def proven(self) -> bool:
        """Whether the interval lies below zero."""
        return self.high < 0.0


def gain(selected: Sequence[LearningCurve], random: Sequence[LearningCurve], *, confidence: float = 0.95) -> Gain:
    """Compare a selection with random selection, curve by curve of the same seeds.

    The interval is Student's for paired differences over seeds: with as few as one has, a bootstrap is too narrow.

    Args:
        selected: One curve per seed.
        random: The curves of random selection, in the same order of seeds.
        confidence: Of the interval.

    Raises:
        InputError: Fewer than two seeds, or not the same number of both.
    """
    if len(selected) != len(random) or len(selected) < 2:
        raise InputError(
            "curves",
            f"are {len(selected)} and {len(random)}, must be as many of both and at least 2: one for each seed",
        )
    # Before the first selection there is nothing to tell them apart.
    differences = np.array(
        [np.mean(ours.error[1:] - theirs.error[1:]) for ours, theirs in zip(selected, random, strict=True)]
    )
    mean, error = differences.mean(), differences.std(ddof=1) / np.sqrt(len(differences))
    half = error * student.ppf(0.5 + 0.5 * confidence, len(differences) - 1)
    return Gain(float(mean), float(mean - half), float(mean + half))


def _cases(inputs: FlowInputs) -> np.ndarray:
    return with_reynolds(shape_vectors(inputs.sdf), inputs.reynolds, _REYNOLDS_WEIGHT)
