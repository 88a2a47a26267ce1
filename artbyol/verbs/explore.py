"""`explore`: train, embed, cluster, look at the neighbours of one work, and make pages to look at all of them; whatever
of these is still missing."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from artbyol.base.errors import ArtbyolError, FolderError, Interrupted, TooFewImagesError
from artbyol.grouping.groups import Groups
from artbyol.report.gallery.kept_pages import is_current, make_pages, page_of
from artbyol.search.collection import OpenCollection
from artbyol.search.embedding import EmbedReport
from artbyol.search.results import Neighbours
from artbyol.storage.store import Store
from artbyol.verbs.cluster import cluster
from artbyol.verbs.embed import embed
from artbyol.verbs.opening import RunOptions, filled, opened, running
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
        page: to open in a browser, the first of a gallery in the store; None where there is none.
    """

    trained: TrainReport | None
    embedded: EmbedReport
    groups: Groups | None
    neighbours: Neighbours | None
    page: Path | None = None


def explore(
    folder: str | Path,
    *,
    effort: str = "standard",
    seed: int = 0,
    exclude: Sequence[str] | None = None,
    add: Sequence[str | Path] = (),
    **run: Unpack[RunOptions],
) -> Exploration:
    """Do for a folder whatever has not been done yet, in order: train, embed, cluster, one work's neighbours, and a
    gallery with small pictures, in the store.

    A folder with too few pictures to train on is embedded with the pretrained default. Arguments, errors and
    resuming are those of the verbs; a folder without pictures, or without one that can be used, is a FolderError.
    """
    with running(run) as how:
        options: RunOptions = {**run, "listener": how.listener}  # drawn once for all of them
        place = filled(folder, run, how, exclude, add)
        trained, training = None, not place.model.exists()
        learning = ("looking", "learning", "judging") if training else ()
        how.steps("listing", "reading", *learning, "embedding", "grouping", "copying")
        if training:
            from artbyol.verbs.train import train  # brings torch along

            try:
                trained = train(place.folder, effort=effort, seed=seed, **options)
            except TooFewImagesError as error:
                how.notice(f"{error.message} The pretrained encoder is used as it is.")
        else:
            how.notice("The model that is there is kept; artbyol train makes a new one.")
        embedded = embed(place.folder, **options)
        _check(embedded, place)
        if embedded.works < 2:
            return Exploration(trained, embedded, None, None)
        with opened(place.folder, options) as collection:
            groups = cluster(collection, seed=seed)
            largest = max(groups.groups, key=lambda group: group.size, default=None)
            first = largest.typical[0] if largest and largest.typical else groups.unassigned[0]
            query = os.path.join(os.fsencode(place.folder), first)
            closest = similar(query, 5, folder=collection)
            return Exploration(trained, embedded, groups, closest, _page(collection, seed))


def _page(collection: OpenCollection, seed: int) -> Path | None:
    """The first page of a gallery that shows the collection as it is; None where there is no room for one."""
    if is_current(collection, seed):
        return page_of(collection.store)
    try:
        return make_pages(collection, seed)
    except Interrupted:
        raise
    except ArtbyolError as error:  # a full disk: what was found is worth telling all the same
        collection.run.notice(f"No gallery was made: {error.message}")
        return None


def _check(embedded: EmbedReport, place: Store) -> None:
    """Raises FolderError where there is nothing to explore."""
    if not embedded.files:
        kinds = ", ".join(sorted(kind.upper() for kind in embedded.other_kinds))
        others = f"; {embedded.other_files:,} files of other kinds are ignored: {kinds}" if kinds else ""
        raise FolderError(f"There are no pictures in {embedded.folder}{others}.")
    if not embedded.works:
        reasons = Counter(skip.code for skip in embedded.skips)
        why = ", ".join(f"{count:,} {code}" for code, count in reasons.most_common())
        raise FolderError(
            f"None of the {embedded.files:,} files in {embedded.folder} can be used: {why}.",
            hint=f"{place.command('embed')}   # says why for each",
        )
