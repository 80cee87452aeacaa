"""The mirror symmetry of the flow problem about its streamwise axis."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray


def mirror(fields: Float[Array, "*batch y x 3"]) -> Float[Array, "*batch y x 3"]:
    """Fields of the mirrored geometry: y reversed and v of opposite sign."""
    flipped = jnp.flip(fields, axis=-3)
    return flipped.at[..., 1].multiply(-1)


def random_mirror(batch: dict[str, Array], key: PRNGKeyArray) -> dict[str, Array]:
    """Mirror each sample of a batch (`sdf`, `mask`, `reynolds`, `inflow`, `fields`) with probability one half."""
    chosen = jax.random.bernoulli(key, jnp.float32(0.5), batch["reynolds"].shape)
    plane, volume = chosen[:, None, None], chosen[:, None, None, None]
    return batch | {
        "sdf": jnp.where(plane, jnp.flip(batch["sdf"], axis=-2), batch["sdf"]),
        "mask": jnp.where(plane, jnp.flip(batch["mask"], axis=-2), batch["mask"]),
        "inflow": jnp.where(chosen[:, None], jnp.flip(batch["inflow"], axis=-1), batch["inflow"]),
        "fields": jnp.where(volume, mirror(batch["fields"]), batch["fields"]),
    }
