"""An identity that refuses to be differentiated forwards.

What has a rule for the reverse mode alone fails in the forward mode with an error of JAX's that does not say what to
do. This says it.
"""

from __future__ import annotations

from typing import NoReturn, TypeVar

import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import ad, mlir
from jaxtyping import Array

from emulax_lbm.errors import CaseError

_Tree = TypeVar("_Tree")


def reverse_only(values: _Tree) -> _Tree:
    """The same arrays.

    Raises:
        CaseError: When a derivative along a direction (`jax.jvp`, `jax.jacfwd`, `jax.linearize`) is evaluated.
    """
    return jax.tree.map(lambda leaf: _identity(leaf) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf, values)


def _refuse(*_: object, **__: object) -> NoReturn:
    raise CaseError("engine", "is 'native', which has derivatives in reverse mode only: use engine='xla'")


# In reverse mode a tangent is only ever transposed, never evaluated.
_tangent = Primitive("reverse_only_tangent")
_tangent.def_impl(_refuse)
_tangent.def_abstract_eval(lambda tangent: tangent)
mlir.register_lowering(_tangent, _refuse)
ad.deflinear2(_tangent, lambda cotangent, _: [cotangent])


@jax.custom_jvp
def _identity(value: Array) -> Array:
    return value


@_identity.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    return primals[0], _tangent.bind(tangents[0])
