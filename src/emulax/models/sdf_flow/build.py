"""Models by name, and a model's description as plain JSON types."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import jax
from flax import nnx
from jaxtyping import PRNGKeyArray

from emulax.core.config import from_dict, to_dict
from emulax.core.errors import InputError, unknown_name
from emulax.models.sdf_flow.encoding import channel_count
from emulax.models.sdf_flow.fno import FNO, FNOConfig
from emulax.models.sdf_flow.guo import GuoConfig, GuoNet
from emulax.models.sdf_flow.model import FlowModel, FlowModelConfig, FlowNetwork
from emulax.models.sdf_flow.transolver import Transolver, TransolverConfig
from emulax.models.sdf_flow.unet import UNet, UNetConfig

NetworkConfig: TypeAlias = FNOConfig | GuoConfig | TransolverConfig | UNetConfig

NETWORKS = {
    "fno": (FNOConfig, FNO),
    "guo2016": (GuoConfig, GuoNet),
    "transolver": (TransolverConfig, Transolver),
    "unet": (UNetConfig, UNet),
}
"""Configuration and class of each network by name."""


def build(network: str | NetworkConfig, frame: FlowModelConfig, *, seed: int = 0) -> FlowModel:
    """A flow model with new weights.

    Args:
        network: A name in `NETWORKS` for the default size, or a configuration.
        frame: Grid, inputs and scales around the network.
        seed: Seed of the initial weights.

    Raises:
        InputError: An unknown name, or a setting that does not fit the grid.
    """
    settings = network_config(network) if isinstance(network, str) else network
    if len(frame.grid) == 3 and not isinstance(settings, GuoConfig):
        raise InputError("model", "works in the plane, and the flows have three dimensions", "choose guo2016")
    initial = _new_network(settings, channel_count(frame.inputs), frame.grid, jax.random.key(seed))
    return FlowModel(initial, frame)


def network_config(name: str) -> NetworkConfig:
    """The default configuration of a network by name.

    Raises:
        InputError: The name is not known.
    """
    if name not in NETWORKS:
        raise unknown_name("model", name, NETWORKS)
    return NETWORKS[name][0]()


def describe(model: FlowModel) -> dict[str, Any]:
    """Everything about a model but its weights, in plain JSON types."""
    settings = model.network.config
    (name,) = (name for name, (config_class, _) in NETWORKS.items() if type(settings) is config_class)
    return {"network": name, "settings": to_dict(settings), "frame": to_dict(model.config)}


def rebuild(description: dict[str, Any]) -> FlowModel:
    """The model that `describe` described, with new weights.

    Raises:
        InputError: The description is incomplete, or holds something unknown.
    """
    known = _known(description)
    config_class = type(network_config(known.network))
    settings = from_dict(config_class, description.get("settings", {}), "model.settings")
    return build(settings, known.frame)


def frame_of(description: dict[str, Any]) -> FlowModelConfig:
    """Grid, inputs and scales of the model that `describe` described.

    Raises:
        InputError: The description is incomplete, or holds something unknown.
    """
    return _known(description).frame


@dataclass(frozen=True)
class _Description:
    network: str
    frame: FlowModelConfig


def _known(description: dict[str, Any]) -> _Description:
    return from_dict(_Description, {name: value for name, value in description.items() if name != "settings"}, "model")


@partial(nnx.jit, static_argnums=(0, 1, 2))
def _new_network(settings: NetworkConfig, channels: int, grid: tuple[int, ...], key: PRNGKeyArray) -> FlowNetwork:
    """One program draws all initial weights, which compiles faster than weight by weight and once for all seeds."""
    network_class = dict(NETWORKS.values())[type(settings)]
    return network_class(settings, channels, grid, rngs=nnx.Rngs(key))
