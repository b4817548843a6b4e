"""The phases a flight may be made of, by type; each module holds the rows of one kind of flying."""

from malapert.programme.phases.air import AIR
from malapert.programme.phases.base import EVERY_PHASE, Phase
from malapert.programme.phases.designed import DESIGNED
from malapert.programme.phases.earth import EARTH
from malapert.programme.phases.halo import HALO
from malapert.programme.phases.interplanetary import INTERPLANETARY
from malapert.programme.phases.moon import MOON
from malapert.programme.phases.orbital import ORBITAL

PHASES: dict[str, type[Phase]] = {**ORBITAL, **EARTH, **AIR, **MOON, **DESIGNED, **HALO, **INTERPLANETARY}

__all__ = ["EVERY_PHASE", "PHASES", "Phase"]
