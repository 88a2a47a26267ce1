"""`explore`: train, embed, cluster and look at the neighbours of one work; whatever of these is still missing."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artbyol.base.errors import FolderError, TooFewImagesError
from artbyol.base.events import Listener, Notice, ignore
from artbyol.base.run import DEFAULT_MAX_PIXELS
from artbyol.encoder.embedding import EmbedReport
from artbyol.grouping.groups import Groups
from artbyol.search.results import Neighbours
from artbyol.storage.store import locate
from artbyol.verbs.cluster import cluster
from artbyol.verbs.embed import embed
from artbyol.verbs.similar import similar

if TYPE_CHECKING:
    from artbyol.training.recipes import TrainReport


@dataclass(frozen=True)
class Exploration:
    """What exploring a folder gave.

    Attributes:
        trained: what training did, or None where a model was there already or the folder is too small.
        embedded: what embedding did.
        groups: None where there are fewer than two works.
        neighbours: of the most typical work of the largest group; None where there are fewer than two works.
    """

    trained: TrainReport | None
    embedded: EmbedReport
    groups: Groups | None
    neighbours: Neighbours | None


def explore(
    folder: str | Path,
    *,
    store: str | Path | None = None,
    effort: str = "standard",
    seed: int = 0,
    device: str = "auto",
    precision: str = "auto",
    max_pixels: int = DEFAULT_MAX_PIXELS,
    listener: Listener = ignore,
    stop: Callable[[], bool] = lambda: False,
) -> Exploration:
    """Do for a folder whatever has not been done yet, in order: train, embed, cluster, and one work's neighbours.

    A folder with too few pictures to train on is embedded with the pretrained default. Arguments, errors and
    resuming are those of the verbs; a folder without pictures, or
    without one that can be used, is a FolderError.
    """
    place = locate(Path(folder), Path(store) if store else None)
    on: dict[str, Any] = {
        "store": store,
        "device": device,
        "precision": precision,
        "max_pixels": max_pixels,
        "listener": listener,
    }
    trained = None
    if not place.model.exists():
        from artbyol.verbs.train import train  # brings torch along

        try:
            trained = train(place.folder, effort=effort, seed=seed, stop=stop, **on)
        except TooFewImagesError as error:
            listener(Notice(f"{error.message} The pretrained encoder is used as it is."))
    else:
        listener(Notice("The model that is there is kept; artbyol train makes a new one."))
    embedded = embed(place.folder, stop=stop, **on)
    if not embedded.files:
        others = f"; files of other kinds, passed over: {embedded.other_files:,}" if embedded.other_files else ""
        raise FolderError(f"There are no pictures in {place.folder}{others}.")
    if not embedded.works:
        reasons = Counter(skip.code for skip in embedded.skips)
        why = ", ".join(f"{count:,} {code}" for code, count in reasons.most_common())
        raise FolderError(
            f"None of the {embedded.files:,} files in {place.folder} can be used: {why}.",
            hint=f"artbyol embed {shlex.quote(str(place.folder))}   # says why for each",
        )
    if embedded.works < 2:
        return Exploration(trained, embedded, None, None)
    groups = cluster(place.folder, store=store, seed=seed, listener=listener)
    largest = max(groups.groups, key=lambda group: group.size, default=None)
    first = largest.typical[0] if largest and largest.typical else groups.unassigned[0]
    query = os.path.join(os.fsencode(place.folder), first)
    return Exploration(
        trained, embedded, groups, similar(query, 5, folder=place.folder, store=store, listener=listener)
    )
