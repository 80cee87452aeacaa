from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
import pytest

from emulax.geometry import Shape


@pytest.fixture(scope="session")
def assert_solid_on_the_left() -> Callable[[Shape], None]:
    """That a shape's distance vanishes on its outline and is negative just on the left of each segment."""

    def check(shape: Shape) -> None:
        middle, along = shape.outline.mean(axis=1), np.diff(shape.outline, axis=1)[:, 0]
        left = np.stack([-along[:, 1], along[:, 0]], axis=1)
        points = jnp.asarray(np.concatenate([shape.outline[:, 0], middle + 1e-3 * left]))
        on, inside = np.split(np.asarray(shape.sdf(points)), 2)
        np.testing.assert_allclose(on, 0.0, atol=1e-12)
        assert (inside < 0).all()

    return check
