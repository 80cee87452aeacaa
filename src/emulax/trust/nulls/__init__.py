"""Null models: what a trained model has to beat before it is worth its training."""

from emulax.trust.nulls.mean_field import MeanField
from emulax.trust.nulls.nearest_neighbour import NearestNeighbour
from emulax.trust.nulls.pod_gaussian_process import PodGaussianProcess

NULL_MODELS = {
    "mean field": MeanField,
    "nearest neighbour": NearestNeighbour,
    "POD + Gaussian process": PodGaussianProcess,
}
"""Null models by the name that tables print; `NULL_MODELS[name].fit(flows).predict` is a predictor."""

__all__ = ["NULL_MODELS", "MeanField", "NearestNeighbour", "PodGaussianProcess"]
