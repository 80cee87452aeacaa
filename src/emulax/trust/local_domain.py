"""Is a point of a flow of the kind a local model was trained on? A distance in what the model looks at.

The score of a point is its distance to the tenth nearest point of the training data, each feature in units of its
standard deviation there. Of a model that looks at invariants alone, it is the same in every frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64
from scipy.spatial import KDTree

from emulax.trust.verdicts import Verdicts, check_rate

_NEIGHBOUR = 10
_LEAST_SCALE = 1e-2


@dataclass(frozen=True, eq=False)
class LocalDomain:
    """What a local model was trained on, in the form that new points are compared with.

    Args:
        tree: The training points, features over their scales.
        scale: Scale of each feature.
        calibration: Scores of points like the training points that were not trained on, ascending.
        false_alarms: Share of points like the training points that may be called out of distribution.
    """

    tree: KDTree
    scale: Float64[np.ndarray, " feature"]
    calibration: Float64[np.ndarray, " known"]
    false_alarms: float

    @staticmethod
    def fit(
        trained: Float[np.ndarray, "point feature"],
        held_out: Float[np.ndarray, "point2 feature"],
        *,
        false_alarms: float = 0.05,
    ) -> LocalDomain:
        """Learn the training points, and how far points like them usually are.

        Args:
            trained: What the model looked at in training.
            held_out: The same of points drawn like them that it was not trained on.
            false_alarms: Share of points drawn like them that may be called out of distribution.

        Raises:
            InputError: The rate is not between 0 and 1, or there are too few held-out points for it.
        """
        check_rate(false_alarms, len(held_out), "points")
        scale = np.maximum(trained.std(0, dtype=np.float64), _LEAST_SCALE)
        tree = KDTree(trained / scale)
        return LocalDomain(tree, scale, np.sort(_score(tree, scale, held_out)), false_alarms)

    def judge(self, features: Float[np.ndarray, "point feature"]) -> Verdicts:
        """Score, p-value and verdict of each point."""
        return Verdicts.of(_score(self.tree, self.scale, features), self.calibration, self.false_alarms)


def _score(
    tree: KDTree, scale: Float64[np.ndarray, " feature"], features: Float[np.ndarray, "point feature"]
) -> Float64[np.ndarray, " point"]:
    distance, _ = tree.query(features / scale, k=_NEIGHBOUR)
    return np.asarray(distance)[:, min(_NEIGHBOUR, tree.n) - 1]
