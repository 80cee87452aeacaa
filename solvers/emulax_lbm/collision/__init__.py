"""Collision operators, a file each."""

from emulax_lbm.collision.trt import collide

__all__ = ["collide"]
