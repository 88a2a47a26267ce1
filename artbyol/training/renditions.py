"""Some works of a collection as other files of it would have given them: what training learns to overlook."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from artbyol.base.processes import in_threads
from artbyol.encoder.feature_reader import FeatureReader
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.pictures.decode import Picture
from artbyol.pictures.measures.measure import decoded_side
from artbyol.pictures.rendition import as_rendered, rendition
from artbyol.pictures.views import Views, make_views
from artbyol.search.source_check import FOLLOWED, SourceCheck
from artbyol.storage.ingest import Content, read_content
from artbyol.training.augment import recoloured
from artbyol.training.run import TrainingRun

SHARE, FEWEST, MOST = 3, 24, 400
"""One work in so many is looked at again, but so many works at least and at most: a third taught the whitening as much
as all of them did (docs/experiments/sources.md)."""

TOGETHER = 32
"""Works that lend each other their files' ways, and are in memory at once: they come in the order of their hashes, so
that these are as good a sample of the collection's files as any."""

GREATEST_WEIGHT = 1.0
"""How much what other files change counts beside the scatter of crops, where neighbours follow files in everything.
With more, real sources lost more than they gained (docs/experiments/sources.md)."""


@dataclass(frozen=True)
class Renditions:
    """Some works of a collection, as other files of it would have given them.

    Attributes:
        rows: int64 (m,), which works of the collection.
        whole: (m, D), features of the whole works.
        crops: (m, k / 2, D), features of the crops of their first halves: every second one of the works' own k.
        weight: how much what changed is to count (`overlooking`).
    """

    rows: Tensor
    whole: Tensor
    crops: Tensor
    weight: float = 0.0

    def differences(self, whole: Tensor, crops: Tensor) -> Tensor | None:
        """What changed in views (m (1 + k / 2), D), given the features of the collection: (n, D), (n, k, D); times the
        root of `weight`. None where that is 0."""
        if not self.weight:
            return None
        of_crops = crops[self.rows][:, ::2] - self.crops
        return math.sqrt(self.weight) * torch.cat([whole[self.rows] - self.whole, of_crops.flatten(0, 1)])

    def without(self, held_out: Tensor) -> "Renditions":
        """The same for a collection that lacks these works (bool (n,)): rows are numbered anew."""
        kept = ~held_out[self.rows]
        rows = (~held_out).cumsum(0)[self.rows[kept]] - 1
        return Renditions(rows, self.whole[kept], self.crops[kept], self.weight)


def overlooking(sources: SourceCheck) -> float:
    """How much of what files change to overlook, where neighbours follow files so far: nothing where they do not, for
    what goes with the files is then as likely the hand's; `GREATEST_WEIGHT` where they follow nothing else."""
    beyond = (sources.strongest - FOLLOWED) / (1 - FOLLOWED)
    return GREATEST_WEIGHT * max(0.0, beyond) ** 2


def read_renditions(
    run: TrainingRun, encoder: StyleEncoder, contents: Sequence[Content], colour: bool
) -> Renditions | None:
    """Read a share of a collection again; None where nothing of it can be read any longer.

    Args:
        contents: of the collection, in the order of their hashes.
        colour: change the colours of crops as they are changed for training.

    Raises:
        Interrupted: asked to stop.
    """
    step = max(1, min(SHARE, len(contents) // FEWEST))
    rows = range(0, len(contents), step)[:MOST]
    plan, reader = encoder.config.views, FeatureReader(encoder, run.machine)

    def decoded(row: int) -> Picture | None:
        return read_content(run.store.folder, contents[row], decoded_side(plan), run.max_pixels)[0]

    def seen(row: int, picture: Picture, other: Picture) -> Views:
        seed = contents[row].hash
        views = make_views(as_rendered(picture, rendition(other), random.Random(seed)), seed, plan)
        views = recoloured(views, seed) if colour else views
        return Views(views.whole, views.crops[::2])

    read, parts = list[int](), list[tuple[Tensor, Tensor]]()
    for start in range(0, len(rows), TOGETHER):
        some = rows[start : start + TOGETHER]
        found = zip(some, in_threads(decoded, some, ahead=2), strict=True)
        there = [(row, picture) for row, picture in found if picture is not None]  # others are gone since
        # Each lends its file's ways to the next: every one is lent, and the order of hashes is a random one.
        asked = [(row, picture, there[at - 1][1]) for at, (row, picture) in enumerate(there)]
        if asked:
            parts.append(reader.read(list(in_threads(lambda one: seen(*one), asked, ahead=2))))
            read += [row for row, *_ in asked]
        run.progress("comparing files", min(start + TOGETHER, len(rows)), len(rows))
        run.check_stop("Stopped while the ways of its files were compared; the pictures read are kept.")
    encoder.cpu()
    if not read:
        return None
    whole, crops = (torch.cat(features) for features in zip(*parts, strict=True))
    return Renditions(torch.tensor(read), whole, crops)
