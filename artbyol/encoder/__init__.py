"""A picture becomes a vector; beside training, this is the one room that loads torch."""

from typing import Final

DEFAULT_BACKBONE: Final = "efficientnet_lite0"
