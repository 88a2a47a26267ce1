"""Some works of a collection looked at once more: as other files of it would have given them and without their colours,
which training learns to overlook; and without their edges, which the verdict asks about. Each is decoded once."""

import random
from collections.abc import Sequence
from itertools import islice

import numpy as np
import torch

from artbyol.base.processes import in_threads
from artbyol.base.vectors import Floats
from artbyol.encoder.feature_reader import FeatureReader
from artbyol.pictures.decode import Picture
from artbyol.pictures.measures.measure import decoded_side
from artbyol.pictures.rendition import as_rendered, rendition
from artbyol.pictures.views import Views, make_views, without_colours, without_edges
from artbyol.storage.ingest import Content, read_content
from artbyol.training.augment import recoloured
from artbyol.training.collection_features import Altered, Renditions
from artbyol.training.plan import overlooking_colours
from artbyol.training.run import TrainingRun

SHARE, FEWEST, MOST = 3, 24, 400
"""One work in so many is looked at again, but so many works at least and at most: a third taught the whitening as much
as all of them did (docs/experiments/sources.md)."""

TOGETHER = 32
"""Works that lend each other their files' ways, and are in memory at once: they come in the order of their hashes, so
that these are as good a sample of the collection's files as any."""

AT_ONCE = 8
"""Works that the network sees at once."""

ALTERED = 48
"""Of these, so many are seen without their colours and without their edges, too: four seconds, intervals of four
points."""


def look_again(
    run: TrainingRun, reader: FeatureReader, contents: Sequence[Content], colour: bool
) -> tuple[Renditions, Altered] | None:
    """Read a share of a collection again; None where nothing of it can be read any longer.

    Args:
        contents: of the collection, in the order of their hashes.
        colour: change the colours of crops as they are changed for training.

    Raises:
        Interrupted: asked to stop.
    """
    step = max(1, min(SHARE, len(contents) // FEWEST))
    rows = range(0, len(contents), step)[:MOST]
    plan = reader.config.views

    def decoded(row: int) -> Picture | None:
        return read_content(run.store.folder, contents[row], decoded_side(plan), run.max_pixels)[0]

    def seen(row: int, picture: Picture, other: Picture, altered: bool) -> list[Views]:
        seed = contents[row].hash
        pictures = [as_rendered(picture, rendition(other), random.Random(seed))]
        pictures += [without_colours(picture), without_edges(picture)] if altered else []
        views = [make_views(one, seed, plan) for one in pictures]
        views = [recoloured(one, seed) for one in views] if colour else views
        return [Views(views[0].whole, views[0].crops[::2]), *views[1:]]

    all_views = len(rows) + 2 * min(ALTERED, len(rows))  # of the altered three each
    run.progress("comparing files", 0, all_views)
    read, parts = list[int](), [list[tuple[Floats, Floats]]() for _ in range(3)]
    for start in range(0, len(rows), TOGETHER):
        some = rows[start : start + TOGETHER]
        found = zip(some, in_threads(decoded, some, ahead=2), strict=True)
        there = [(row, picture) for row, picture in found if picture is not None]  # others are gone since
        # Each lends its file's ways to the next: every one is lent, and the order of hashes is a random one.
        asked = [(*one, there[at - 1][1], len(read) + at < ALTERED) for at, one in enumerate(there)]
        looked_at = iter(in_threads(lambda one: (one[0], seen(*one)), asked, ahead=2))
        while batch := list(islice(looked_at, AT_ONCE)):
            for way, part in enumerate(parts):
                if these := [views[way] for _, views in batch if way < len(views)]:
                    part.append(reader.read(these))
            read += [row for row, _ in batch]
            run.progress("comparing files", len(read) + 2 * min(ALTERED, len(read)), all_views)
            run.check_stop("Stopped while the ways of its files were compared; the pictures read are kept.")
    if not read:
        return None
    pairs = (zip(*part, strict=True) for part in parts)
    as_others, in_grey, cut = (
        (torch.from_numpy(np.concatenate(whole)), torch.from_numpy(np.concatenate(crops))) for whole, crops in pairs
    )
    altered = Altered(torch.tensor(read[:ALTERED]), in_grey, cut, overlooking_colours(len(contents)))
    return Renditions(torch.tensor(read), *as_others), altered
