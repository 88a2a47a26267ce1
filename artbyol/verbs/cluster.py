"""`cluster`: groups of works alike in style, or on another axis, and what sets each apart."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import StoreMissingError, UsageError
from artbyol.base.events import Listener, Notice, ignore
from artbyol.encoder.current import all_measured, axis_in_use, nothing_embedded
from artbyol.grouping import clustering, regrouping
from artbyol.grouping.algorithms import Labels, Vectors
from artbyol.grouping.groups import Group, Groups, Member, Method, NewWork
from artbyol.grouping.kept_file import save
from artbyol.grouping.matching import Matched, match, refreshed
from artbyol.grouping.regrouping import Regrouping, inherit, join, kept_by
from artbyol.metadata.metadata import metadata_of
from artbyol.pictures.measures.attributes import ATTRIBUTES
from artbyol.pictures.measures.axes import ATTRIBUTES_ID, STANDARDISED_IDS, Axis
from artbyol.pictures.measures.dominant import DominantColour, together
from artbyol.pictures.measures.words import group_words
from artbyol.search.standardise import Space
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import Store, existing, writing


def cluster(
    folder: str | Path,
    k: int | Literal["auto"] = "auto",
    *,
    method: Method = "kmeans",
    by: Axis = "style",
    keep: bool = False,
    metadata: str | Path | None = None,
    store: str | Path | None = None,
    seed: int = 0,
    listener: Listener = ignore,
) -> Groups:
    """Group the works of a collection by style, or on another axis. The same vectors give the same groups, every time.

    Where groups are kept and frozen, nothing is grouped anew: works they do not have yet are assigned to them
    (`artbyol.grouping.assignment`).

    Args:
        folder: the collection, or any folder inside it.
        k: how many groups, or "auto" (see `artbyol.grouping.clustering.cluster` for the criterion).
        method: k-means, HDBSCAN (finds the number itself, leaves some works out) or Ward's hierarchical clustering.
        by: the axis to compare on: "style" (the model's vectors), "brushwork", "palette", "composition" or "tone".
        keep: keep what is found: freeze these groups, or let new works into the frozen ones for good.
        metadata: a CSV to use instead of metadata.csv beside the pictures; see `artbyol.metadata.metadata`.
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        seed: of k-means.
        listener: told what happens.

    Raises:
        FolderError: no such folder. StoreMissingError: nothing was embedded yet. ModelMismatchError: trained since.
        UsageError: k is not possible for so many works; k or method for groups that are frozen.
    """
    elsewhere = Path(store) if store else None
    place = existing(Path(folder), elsewhere)
    if not os.path.samefile(folder, place.folder):
        listener(Notice(f"{folder} is a part of the collection {place.folder}; all of that is grouped."))
    with (
        writing(place, "artbyol cluster --keep", listener) if keep else nullcontext(),
        Catalogue.open(place.catalogue, read_only=True) as catalogue,
    ):
        model_id = axis_in_use(place, catalogue, by)
        ids, vectors = catalogue.vectors(model_id)
        if not len(ids):
            raise nothing_embedded(place)
        kept = kept_by(place, by, keep, listener)
        if kept.groups and kept.frozen and (k != "auto" or method != "kmeans"):
            raise UsageError(
                "the groups of this collection are frozen: no others are made",
                f"leave -k and --method out, or first: artbyol groups {shlex.quote(str(place.folder))} --unfreeze",
            )
        directions = Space.of(vectors, standardise=model_id in STANDARDISED_IDS).place(vectors)
        works = catalogue.works() if keep or kept.groups else []
        matched = match(kept, works)
        if kept.groups and kept.frozen:
            found = join(kept, matched, ids, directions, model_id, listener)
            how = ("frozen", found.told())
        else:
            listener(Notice(f"Grouping {len(ids):,} works."))
            made = clustering.cluster(directions, k=k, method=method, seed=seed)
            found, how = inherit(kept, matched, ids, made.labels), (made.method, made.criterion)
        if keep:
            save(place, refreshed(regrouping.keep(found, matched, ids, works, model_id), works))
            listener(Notice(found.told_as_kept()))
            found = replace(found, held=found.labels >= 0)  # what has joined is new no longer
        paths = catalogue.paths_of(ids.tolist())
        groups = _groups(found, matched, ids, directions, paths, catalogue, place, listener)
        loose = tuple(path for row in np.flatnonzero(found.labels < 0) for path in paths[int(ids[row])])
        known = metadata_of(place, catalogue, [path for files in paths.values() for path in files], metadata, listener)
    new = _new(found, ids, paths)
    frozen = found.newcomers is not None
    return Groups(place.folder, groups, loose, *how, len(ids), model_id, by, frozen, new, known)


def _groups(
    found: Regrouping,
    matched: Matched,
    ids: NDArray[np.int64],
    directions: Vectors,
    paths: Mapping[int, list[bytes]],
    catalogue: Catalogue,
    place: Store,
    listener: Listener,
) -> tuple[Group, ...]:
    """The groups in full."""
    words, colours = _described(place, catalogue, ids, found.labels, len(found.kept.groups), listener)

    def files(rows: Iterable[int]) -> tuple[bytes, ...]:
        return tuple(paths[int(ids[row])][0] for row in rows)

    groups = []
    for at, group in enumerate(found.kept.groups):
        if not (found.labels == at).any():  # all of its works are gone, or it never had any
            groups.append(Group(at + 1, group.id, group.name, (), math.nan, (), (), (), ()))
            continue
        one = clustering.describe(directions, found.labels, at, found.held)
        members = tuple(
            Member(path, float(value), _is_pinned(matched, int(ids[row])), not found.held[row])
            for row, value in zip(one.members.tolist(), one.likeness, strict=True)
            for path in paths[int(ids[row])]
        )
        typical, outliers = files(one.typical), files(one.outliers)
        said = words[at], colours[at]
        groups.append(Group(at + 1, group.id, group.name, members, one.cohesion, typical, outliers, *said))
    return tuple(groups)


def _is_pinned(matched: Matched, content: int) -> bool:
    return content in matched.entries and matched.entries[content].pinned


def _new(found: Regrouping, ids: NDArray[np.int64], paths: Mapping[int, list[bytes]]) -> tuple[NewWork, ...]:
    new = found.newcomers
    if new is None:
        return ()
    groups = [*(group.id for group in found.kept.groups), None]  # the last: none, as -1 finds it
    works = [
        NewWork(path, groups[label], groups[nearest], groups[second], float(likeness), float(sure), float(percentile))
        for row, path, label, nearest, second, likeness, sure, percentile in zip(
            new.rows.tolist(),
            [paths[int(ids[row])][0] for row in new.rows],
            *(new.labels, new.nearest, new.second, new.likeness, new.sure, new.percentile),
            strict=True,
        )
        if not found.held[row]
    ]
    return tuple(sorted(works, key=lambda work: (work.group is None, -np.nan_to_num(work.sure, nan=1.0), work.path)))


def _described(
    place: Store, catalogue: Catalogue, ids: NDArray[np.int64], labels: Labels, count: int, listener: Listener
) -> tuple[list[tuple[str, ...]], list[tuple[DominantColour, ...]]]:
    """Words and dominant colours of each group; none of either where the pictures were not measured yet."""
    groups = range(count)
    try:
        measured, every = catalogue.vectors(all_measured(place, catalogue, ATTRIBUTES_ID))
    except StoreMissingError as error:
        listener(Notice(f"The groups are not described: {error.message} {error.hint} does it."))
        return [() for _ in groups], [() for _ in groups]
    numbers = every[np.searchsorted(measured, ids)]  # more may be measured than have a vector of the model
    values, colours = numbers[:, : len(ATTRIBUTES)], numbers[:, len(ATTRIBUTES) :]
    # Numbered without gaps: a group may have no works.
    filled, without_gaps = np.unique(labels[labels >= 0], return_inverse=True)
    numbered = np.full(len(labels), -1, np.int64)
    numbered[labels >= 0] = without_gaps
    said = dict(zip(filled.tolist(), group_words(values, numbered), strict=True))
    shown = [together(colours[labels == group]) if group in said else () for group in groups]
    return [said.get(group, ()) for group in groups], shown
