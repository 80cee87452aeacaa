"""How far a prediction can be trusted, cell by cell: the spread of an ensemble, and cells unlike the training cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float
from predictors import of_network
from scipy.stats import spearmanr
from tables import rmse, volume_rmse

from emulax.data.stresses import StressFlow
from emulax.models.tensor_basis import TensorBasisNetwork
from emulax.trust import Ensemble, LocalDomain
from emulax.workflows.rows import Row
from emulax.workflows.stresses import local_flow

_HELD_OUT = 0.1
_RATE = 0.05

Masks = Sequence[Bool[np.ndarray, " cell"]]


def ensemble_rows(networks: Sequence[TensorBasisNetwork], held_out: Sequence[StressFlow]) -> list[Row]:
    """Errors of the mean of all seeds, and whether their spread ranks cells by their error."""
    if len(networks) < 2:
        return []
    ensemble, rows = Ensemble([of_network(network) for network in networks]), []
    for flow in held_out:
        found = ensemble.predict(flow)
        error = np.sqrt(((found.mean - flow.true_anisotropy) ** 2).mean((1, 2)))[flow.valid]
        spread = np.sqrt((found.spread**2).mean((1, 2)))[flow.valid]
        rows += [
            Row(f"ling2016.ensemble.rmse_b_{flow.name}", rmse(ensemble.mean, flow), "1"),
            Row(f"ling2016.ensemble.rmse_b_volume_{flow.name}", volume_rmse(ensemble.mean, flow), "1"),
            Row(
                f"ling2016.ensemble.spread_rank_{flow.name}",
                float(np.asarray(spearmanr(spread, error))[0]),
                "1",
                reason=f"rank correlation of spread and error over cells, {len(networks)} seeds",
            ),
        ]
    return rows


def domain_rows(
    network: TensorBasisNetwork,
    known: Mapping[str, tuple[Sequence[StressFlow], Masks]],
    held_out: Sequence[StressFlow],
) -> list[Row]:
    """Share of cells of each held-out flow that are called unlike the training cells, for several training sets."""
    rows = []
    for name, (flows, masks) in known.items():
        cells = np.concatenate([_invariants(network, flow)[mask] for flow, mask in zip(flows, masks, strict=True)])
        apart = np.random.default_rng(0).random(len(cells)) < _HELD_OUT
        domain = LocalDomain.fit(cells[~apart], cells[apart], false_alarms=_RATE)
        rows += [
            Row(
                f"ling2016.ood.{name}.flagged_{flow.name}",
                float(domain.judge(_invariants(network, flow)[flow.valid]).out_of_distribution.mean()),
                "1",
                reason=f"share of cells, {_RATE:g} of those trained on",
            )
            for flow in held_out
        ]
    return rows


def _invariants(network: TensorBasisNetwork, flow: StressFlow) -> Float[np.ndarray, "cell invariant"]:
    return np.asarray(network.inputs(local_flow(flow)).invariants, np.float64)
