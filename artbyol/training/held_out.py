"""Reading works again in the ways a verdict asks for: in halves, without their colours, without their edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from artbyol.encoder.current import BEFORE_VERDICT
from artbyol.encoder.feature_reader import FeatureReader
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.pictures.measures.measure import decoded_side
from artbyol.pictures.views import make_views, without_colours, without_edges
from artbyol.storage.ingest import Content, PreparedPicture, prepare_pictures, read_content
from artbyol.training.augment import recoloured
from artbyol.training.cross_fitting import Altered
from artbyol.training.plan import FEWEST_WORKS
from artbyol.training.run import TrainingRun
from artbyol.training.verdict import Stage, StageVectors

CROPS_OF_HALVES = 8
"""Crops that an encoder is judged by which needs fewer for its vectors, or none."""


def read_held_out(
    run: TrainingRun, encoders: Mapping[Stage, StyleEncoder], contents: Sequence[Content]
) -> dict[Stage, StageVectors]:
    """How encoders that look in the same way see works: as they embed them, and in crops of both halves. Nothing is
    recorded or kept; empty where fewer than `FEWEST_WORKS` can still be read."""
    own = next(iter(encoders.values())).config.views
    views = replace(own, crops=max(CROPS_OF_HALVES, own.crops))
    readers = {stage: FeatureReader(encoder, run.machine) for stage, encoder in encoders.items()}
    rows = []
    for done, one in enumerate(prepare_pictures(run.store.folder, contents, views, run.max_pixels), start=1):
        if isinstance(one, PreparedPicture):
            rows.append({stage: reader.read([one.views]) for stage, reader in readers.items()})
        judging_progress(run, "judging", done, len(contents))
    found: dict[Stage, StageVectors] = {}
    for stage, encoder in encoders.items() if len(rows) >= FEWEST_WORKS else ():
        whole, crops = (torch.cat([row[stage][part] for row in rows]) for part in (0, 1))
        vectors = encoder.cpu().vectors(whole, crops[:, : own.crops])
        found[stage] = StageVectors(vectors.numpy(), *(half.numpy() for half in encoder.halves(crops)))
    return found


def read_altered(run: TrainingRun, encoder: StyleEncoder, contents: Sequence[Content], colour: bool) -> Altered | None:
    """Features of the first works of a collection without their colours, and with a tenth cut off each side; None
    where none of them can be read any longer.

    Args:
        colour: change the colours of crops as they were for training.
    """
    plan = encoder.config.views
    reader = FeatureReader(encoder, run.machine)
    rows, features = list[int](), list[tuple[Tensor, Tensor]]()
    for row, content in enumerate(contents):
        picture, *_ = read_content(run.store.folder, content, decoded_side(plan), run.max_pixels)
        if picture is not None:  # otherwise gone since it was read
            views = [make_views(change(picture), content.hash, plan) for change in (without_colours, without_edges)]
            features.append(reader.read([recoloured(one, content.hash) for one in views] if colour else views))
            rows.append(row)
        judging_progress(run, "judging", row + 1, len(contents))
    encoder.cpu()
    if not rows:
        return None
    whole, crops = (torch.stack(parts, 1) for parts in zip(*features, strict=True))
    return Altered(torch.tensor(rows), (whole[0], crops[0]), (whole[1], crops[1]))


def judging_progress(run: TrainingRun, stage: str, done: int, total: int) -> None:
    """Report progress with the verdict.

    Raises:
        Interrupted: asked to stop.
    """
    run.progress(stage, done, total)
    run.check_stop(BEFORE_VERDICT)
