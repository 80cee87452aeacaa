"""How far a prediction can be trusted: null models, sensitivity to the geometry, one table of errors."""

from emulax.trust.conformal import ConformalBand, coverage_over_resplits, floored, scores
from emulax.trust.ensembles import Ensemble, EnsemblePrediction
from emulax.trust.forces import SurfacePressure, force_coefficients, surface_pressure
from emulax.trust.nulls import NULL_MODELS, MeanField, NearestNeighbour, PodGaussianProcess
from emulax.trust.out_of_distribution import TrainedDomain, Verdicts
from emulax.trust.protocol import Predictor
from emulax.trust.scoring import Score, field_errors, force_errors, residuals, score
from emulax.trust.sensitivity import Sensitivity, sensitivity
from emulax.trust.verification import StartComparison, Verification, compare_starts, flow_cases, verify

__all__ = [
    "NULL_MODELS",
    "ConformalBand",
    "Ensemble",
    "EnsemblePrediction",
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
    "residuals",
    "score",
    "scores",
    "sensitivity",
    "surface_pressure",
    "verify",
]
