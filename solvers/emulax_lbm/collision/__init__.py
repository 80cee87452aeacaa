"""Collision operators, a file each."""

from emulax_lbm.collision.bgk import BGK
from emulax_lbm.collision.collision import Collision
from emulax_lbm.collision.cumulant import Cumulant
from emulax_lbm.collision.named import COLLISIONS, collision_named
from emulax_lbm.collision.regularised import Regularised
from emulax_lbm.collision.smagorinsky import Smagorinsky
from emulax_lbm.collision.trt import TRT

__all__ = ["BGK", "COLLISIONS", "TRT", "Collision", "Cumulant", "Regularised", "Smagorinsky", "collision_named"]
