"""From a plan and a backbone to a trained encoder: what `train` does once it knows what to do.

Phases: "projection" (crop whitening, then BYOL on features computed once), or "classic" (the paper: BYOL on pixels,
everything learning).
"""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from artbyol.encoder.backbones import Backbone
from artbyol.encoder.device import Machine
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.heads import MLP, Residual
from artbyol.encoder.ranks import ALONE, Ranks
from artbyol.encoder.style_encoder import StyleEncoder, StyleProjection
from artbyol.pictures.views import ViewPlan
from artbyol.training.augment import PAPER_FIRST, PAPER_SECOND
from artbyol.training.byol import BYOL
from artbyol.training.collection_features import CollectionFeatures
from artbyol.training.pixel_cache import Squares
from artbyol.training.plan import Plan
from artbyol.training.trainer import FeatureViews, PixelViews, Schedule, Trainer
from artbyol.training.whitening import balance, crop_whitening

CLASSIC_HIDDEN, CLASSIC_PROJECTION = 4096, 256
"""Widths of projector and predictor in BYOL's paper, section 3.3."""


def encoder_for(plan: Plan, backbone: Backbone, origin: str) -> StyleEncoder:
    """The encoder a plan begins with: features, no projection yet."""
    fixed = backbone.fixed_side is not None or plan.recipe == "classic"
    views = ViewPlan(plan.whole_side, plan.crop_side, plan.crops, plan.area, fixed)
    features = "pooled" if plan.recipe == "classic" else backbone.features
    return StyleEncoder(EncoderConfig(plan.backbone, origin, views, features), backbone)


def whiten(plan: Plan, encoder: StyleEncoder, features: CollectionFeatures) -> StyleEncoder:
    """Fit the linear part of the projection to a collection: an encoder around the same backbone, of as many dimensions
    as planned or, where the collection spans fewer, of these."""
    scale, whole, crops, overlooked = torch.ones(1), features.whole, features.crops, features.overlooked()
    if encoder.config.features == "joined":
        scale = balance(crops, encoder.part_widths())
        whole, crops, overlooked = whole * scale, crops * scale, tuple(one * scale for one in overlooked)
    affine = crop_whitening(whole, crops, plan.dimensions, plan.shrink, overlooked)
    config = replace(encoder.config, dimensions=len(affine.bias))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(plan.seed)
        whitened = StyleEncoder(config, encoder.backbone)
    _projection(whitened).start_from(affine.weight * scale, affine.bias)
    return whitened


def projection_phase(plan: Plan, encoder: StyleEncoder, whole: Tensor, crops: Tensor) -> Trainer:
    """BYOL on whitened features. Its online network is the encoder's residual part: what it learns, the encoder has."""
    projection = _projection(encoder)
    with torch.no_grad():
        whole = projection.linear(whole)
        crops = projection.linear(crops.flatten(0, 1)).unflatten(0, crops.shape[:2])
    schedule = _schedule(plan, neighbours=plan.neighbours, refresh=plan.refresh)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(plan.seed + 1)
        byol = BYOL(projection.residual, Residual(whole.shape[1], linear=False))
    # A projection of 128 numbers is too small to be worth a trip to an accelerator.
    return Trainer(byol, FeatureViews(whole, crops), schedule, Machine("cpu", "fp32"))


def classic_phase(
    plan: Plan, encoder: StyleEncoder, squares: Squares, machine: Machine, ranks: Ranks = ALONE
) -> Trainer:
    """BYOL as published: representation, projector and predictor all learn, LARS, own views only."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(plan.seed)
        projector = MLP(encoder.feature_width(), CLASSIC_HIDDEN, CLASSIC_PROJECTION)
        byol = BYOL(nn.Sequential(encoder, projector), MLP(CLASSIC_PROJECTION, CLASSIC_HIDDEN, CLASSIC_PROJECTION))
    schedule = _schedule(plan, warmup=plan.steps // 10, optimiser="lars")
    views = PixelViews(squares, plan.whole_side, PAPER_FIRST, PAPER_SECOND)
    # Kernels laid out as the views are: else every pass turns them round first (2 % of a step).
    byol.to(machine.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Trainer(byol, views, schedule, machine, ranks)


def _projection(encoder: StyleEncoder) -> StyleProjection:
    if not isinstance(encoder.projection, StyleProjection):
        raise TypeError("this encoder has no style projection")
    return encoder.projection


def _schedule(plan: Plan, **more: Any) -> Schedule:
    """The plan's, and what a phase has besides."""
    same = (plan.epochs, plan.batch_size, plan.learning_rate, plan.weight_decay, plan.tau_base, plan.seed)
    return Schedule(*same, **more)
