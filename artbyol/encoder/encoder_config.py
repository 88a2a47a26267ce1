"""What an encoder is, but for its weights: it travels in the model file's header."""

from dataclasses import asdict, dataclass, field
from typing import Any

from artbyol.encoder import DEFAULT_BACKBONE
from artbyol.pictures.views import ViewPlan


@dataclass(frozen=True)
class EncoderConfig:
    """Everything needed to build an encoder around its weights.

    Attributes:
        backbone: name, see `artbyol.encoder.backbones`.
        weights: which weights the backbone started from, in words.
        views: how a picture is looked at.
        features: what the backbone describes a view by (`Backbone.describe`): "statistics" of block groups, see
            `artbyol.encoder.channel_statistics`, "tokens" of a vision transformer, or "joined" ones of two networks.
            Or the last layer "pooled" (BYOL's paper), or "both", the last layer first; or the statistics of "windows",
            which no model is stored with.
        dimensions: length of the vectors, or None where there is no projection.
    """

    backbone: str = DEFAULT_BACKBONE
    weights: str = "pretrained"
    views: ViewPlan = field(default_factory=lambda: ViewPlan(crops=0))
    features: str = "statistics"
    dimensions: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_dict(values: dict[str, Any]) -> "EncoderConfig":
        return EncoderConfig(**{**values, "views": ViewPlan(**values["views"])})
