"""The mirror symmetry of the flow problem about its streamwise axis."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray


def mirror(fields: Float[Array, "*batch y x channel"]) -> Float[Array, "*batch y x channel"]:
    """Fields of the mirrored geometry: y reversed and v of opposite sign."""
    flipped = jnp.flip(fields, axis=-3)
    return flipped.at[..., 1].multiply(-1)


def random_mirror(batch: dict[str, Array], key: PRNGKeyArray) -> dict[str, Array]:
    """Mirror each sample of a batch (`sdf`, `mask`, `reynolds`, `inflow`, `fields`) with probability one half."""
    chosen = jax.random.bernoulli(key, jnp.float32(0.5), batch["reynolds"].shape)
    images = {
        "sdf": jnp.flip(batch["sdf"], axis=-2),
        "mask": jnp.flip(batch["mask"], axis=-2),
        "inflow": jnp.flip(batch["inflow"], axis=-1),
        "fields": mirror(batch["fields"]),
    }
    return batch | {
        name: jnp.where(chosen.reshape(-1, *[1] * (image.ndim - 1)), image, batch[name])
        for name, image in images.items()
    }
