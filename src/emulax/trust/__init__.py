"""How far a prediction can be trusted.

Null models and one table of errors, forces and residuals of fields, sensitivity to the geometry, error bars, verdicts
on flows unlike the training flows, and the solver as the judge.
"""

from emulax.trust.conformal import ConformalBand, coverage_over_resplits, floored, scores
from emulax.trust.ensembles import Ensemble, EnsemblePrediction
from emulax.trust.forces import SurfacePressure, force_coefficients, surface_pressure
from emulax.trust.local_domain import LocalDomain
from emulax.trust.nulls import NULL_MODELS, MeanField, NearestNeighbour, PodGaussianProcess
from emulax.trust.out_of_distribution import TrainedDomain
from emulax.trust.protocol import Predictor
from emulax.trust.scoring import Score, field_errors, force_errors, force_scores, residuals, score
from emulax.trust.sensitivity import Sensitivity, sensitivity
from emulax.trust.verdicts import Verdicts
from emulax.trust.verification import StartComparison, Verification, compare_starts, flow_cases, verify

__all__ = [
    "NULL_MODELS",
    "ConformalBand",
    "Ensemble",
    "EnsemblePrediction",
    "LocalDomain",
    "MeanField",
    "NearestNeighbour",
    "PodGaussianProcess",
    "Predictor",
    "Score",
    "Sensitivity",
    "StartComparison",
    "SurfacePressure",
    "TrainedDomain",
    "Verdicts",
    "Verification",
    "compare_starts",
    "coverage_over_resplits",
    "field_errors",
    "floored",
    "flow_cases",
    "force_coefficients",
    "force_errors",
    "force_scores",
    "residuals",
    "score",
    "scores",
    "sensitivity",
    "surface_pressure",
    "verify",
]
