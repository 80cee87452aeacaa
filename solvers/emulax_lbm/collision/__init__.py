"""Collision operators, a file each."""

from emulax_lbm.collision.bgk import BGK
from emulax_lbm.collision.collision import Collision
from emulax_lbm.collision.trt import TRT

__all__ = ["BGK", "TRT", "Collision"]
