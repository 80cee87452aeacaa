"""POD of the flows with a Gaussian process on the coefficients: the null model to beat."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Kernel, Matern, WhiteKernel
from threadpoolctl import threadpool_limits

from emulax.core.errors import InputError
from emulax.data import FlowData, FlowInputs
from emulax.trust.nulls.case_space import REYNOLDS_WEIGHTS, shape_vectors, with_reynolds
from emulax.trust.nulls.pod import Pod

_FIELD_ENERGY = 0.999
_SHAPE_MODES = 64
# The kernel is learned from this many of the leading coefficients and of the flows: a fit takes seconds.
_LEARNING_MODES = 8
_LEARNING_FLOWS = 256


@dataclass(frozen=True)
class PodGaussianProcess:
    """Flow fields by POD, their coefficients by a Gaussian process on the shape's POD coefficients and ln Re.

    All coefficients, each divided by its standard deviation, share one kernel: isotropic Matern 5/2 plus
    white noise (Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, eq. 4.17). Its
    hyperparameters and the weight of the Reynolds number have the greatest marginal likelihood. A length
    scale per input gains nothing on 256 flows and fails on fewer. Predictions are cut by the query's mask.
    """

    shape_pod: Pod
    field_pod: Pod
    scale: Float32[np.ndarray, " modes"]
    reynolds_weight: float
    process: GaussianProcessRegressor

    @staticmethod
    def fit(flows: FlowData) -> PodGaussianProcess:
        """Decompose the training flows and condition the Gaussian process on them.

        Raises:
            InputError: The training flows do not differ from each other.
        """
        fields = flows.fields.reshape(len(flows), -1)
        field_pod = Pod.fit(fields, energy=_FIELD_ENERGY)
        if len(field_pod.modes) == 0:
            raise InputError("flows", "do not differ from each other, POD needs at least 2 different ones")
        shapes = shape_vectors(flows.sdf)
        shape_pod = Pod.fit(shapes, max_modes=_SHAPE_MODES)
        coefficients = field_pod.project(fields)
        scale = coefficients.std(axis=0)
        x, y = shape_pod.project(shapes), coefficients / scale
        weight, kernel = _learn(x, flows.reynolds, y)
        process = GaussianProcessRegressor(kernel, optimizer=None)  # pyright: ignore[reportArgumentType]
        process.fit(with_reynolds(x, flows.reynolds, weight), y)
        return PodGaussianProcess(shape_pod, field_pod, scale, weight, process)

    def predict(self, inputs: FlowInputs) -> Float32[np.ndarray, "sample *space channel"]:
        """The flow of every sample, zero in its solid."""
        x = self.shape_pod.project(shape_vectors(inputs.sdf))
        y = self.process.predict(with_reynolds(x, inputs.reynolds, self.reynolds_weight))
        coefficients = np.asarray(y, dtype=np.float32).reshape(len(inputs), -1) * self.scale
        fields = self.field_pod.reconstruct(coefficients)
        return fields.reshape(*inputs.mask.shape, inputs.mask.ndim) * inputs.mask[..., None]


def _learn(
    shapes: Float32[np.ndarray, "sample shape_modes"],
    reynolds: Float32[np.ndarray, " sample"],
    y: Float32[np.ndarray, "sample modes"],
) -> tuple[float, Kernel]:
    """The Reynolds number's weight and the kernel of greatest marginal likelihood on evenly chosen flows."""
    some = np.unique(np.linspace(0, len(y) - 1, _LEARNING_FLOWS).astype(int))
    amplitude = ConstantKernel(10.0, (1e-2, 1e4))
    kernel = amplitude * Matern(1.0, (1e-2, 1e3), nu=2.5) + WhiteKernel(1e-3, (1e-7, 1.0))
    learned = {}
    # Threads only get in each other's way on matrices this small, and would make the result depend on their number.
    with warnings.catch_warnings(), threadpool_limits(1, user_api="blas"):
        # A hyperparameter at its bound is a sound answer: smooth flows, for one, need no noise.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for weight in REYNOLDS_WEIGHTS:
            x = with_reynolds(shapes[some], reynolds[some], weight)
            learned[weight] = GaussianProcessRegressor(kernel).fit(x, y[some, :_LEARNING_MODES])
    weight = max(learned, key=lambda candidate: learned[candidate].log_marginal_likelihood_value_)
    return weight, learned[weight].kernel_
