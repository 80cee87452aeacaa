"""The anisotropy of the Reynolds stress from the mean velocity's gradient: invariant, bounded, realizable."""

from emulax.models.tensor_basis.components import ComponentConfig, ComponentNetwork
from emulax.models.tensor_basis.features import TensorInputs, tensor_inputs
from emulax.models.tensor_basis.gradients import BoundedGradient, bounded_gradient
from emulax.models.tensor_basis.local_flow import LocalFlow
from emulax.models.tensor_basis.network import StressPrediction, TensorBasisConfig, TensorBasisNetwork
from emulax.models.tensor_basis.realizable import anisotropy

__all__ = [
    "BoundedGradient",
    "ComponentConfig",
    "ComponentNetwork",
    "LocalFlow",
    "StressPrediction",
    "TensorBasisConfig",
    "TensorBasisNetwork",
    "TensorInputs",
    "anisotropy",
    "bounded_gradient",
    "tensor_inputs",
]
