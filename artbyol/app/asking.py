"""What a window asks: works like these, unlike those, of the collection or dropped on the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from artbyol.app.uploads import Upload, Uploads
from artbyol.app.works import Known
from artbyol.base.errors import StoreMissingError, UsageError
from artbyol.base.text import display_path
from artbyol.pictures.measures.attributes import ATTRIBUTES
from artbyol.pictures.measures.axes import ATTRIBUTES_ID, AXES, Axis
from artbyol.pictures.measures.dominant import as_colours
from artbyol.pictures.measures.words import work_words
from artbyol.search.collection import OpenCollection
from artbyol.search.neighbours import find_similar
from artbyol.search.query import Query, QueryReader
from artbyol.search.results import Neighbours

MOST_NEAR: Final = 200
MOST_ASKED: Final = 500
"""Works that one question may be about."""


@dataclass(frozen=True)
class Question:
    """A question as a window asks it: ids of works, and names of what was dropped."""

    like: list[str]
    unlike: list[str] = field(default_factory=list)
    by: Axis = "style"
    across: str | None = None
    k: int = 24

    def check(self) -> None:
        """Raises UsageError: it makes no sense."""
        if not self.like:
            raise UsageError("Name at least one picture to compare with.")
        if len(self.like) + len(self.unlike) > MOST_ASKED:
            raise UsageError(f"At most {MOST_ASKED} works can be asked with at once.", "choose fewer")
        if not 1 <= self.k <= MOST_NEAR:
            raise UsageError(f"k lies between 1 and {MOST_NEAR}, not at {self.k}.")


def answered(collection: OpenCollection, uploads: Uploads, known: Known, asked: Question) -> dict[str, Any]:
    """What the collection answers.

    Raises:
        UsageError: no such work; nothing `across`. DecodeError: what was dropped is no usable picture. Otherwise as
            `artbyol.similar`.
    """
    asked.check()
    axes = _measured_axes(collection)
    if asked.by not in axes:
        collection.axis_id(asked.by)  # says why not
    wanted = {axis: collection.axis_id(axis) for axis in axes}
    described = _described(collection)
    readers = QueryReader(collection, [*wanted.values(), *([ATTRIBUTES_ID] if described is not None else [])])

    def query(id: str) -> Query:
        if id.startswith("upload:"):
            return uploads.query(id, tuple(readers.wanted), lambda one: readers.read([one.path])[0])
        return _known_query(collection, known, id, list(wanted.values()))

    liked, disliked = [query(id) for id in asked.like], [query(id) for id in asked.unlike]
    why = len(axes) == len(AXES)
    found = find_similar(collection, liked, asked.k, by=asked.by, why=why, unlike=disliked, across=asked.across or None)
    near = [[known.id_of[one.path], *_shares(one.why, one.percentile, asked.by)] for one in found]
    dropped = {id: uploads.find(id) for id in (*asked.like, *asked.unlike) if id.startswith("upload:")}
    of_first = liked[0] if asked.like[0] in dropped else None
    return {
        "by": asked.by,
        "across": asked.across,
        "query": [_named(id, known, dropped) for id in asked.like],
        "unlike": [_named(id, known, dropped) for id in asked.unlike],
        "near": near,
        "kin": None if found.kin is None else min(found.kin, len(near)),
        "left_out": _ids(found, known),
        **_said_of(of_first, described),
    }


def _measured_axes(collection: OpenCollection) -> list[Axis]:
    """The axes that works can be compared on."""
    found: list[Axis] = []
    for axis in AXES:
        try:
            collection.axis_id(axis)
            found.append(axis)
        except StoreMissingError:
            continue
    return found


def _described(collection: OpenCollection) -> np.ndarray[Any, Any] | None:
    try:
        return collection.attributes()
    except StoreMissingError:
        return None


def _known_query(collection: OpenCollection, known: Known, id: str, wanted: Sequence[str]) -> Query:
    """A work of the collection, without a look at its file, which may be on a drive that is away."""
    (work,) = known.works([id])
    found = {one: collection.catalogue.vector_of(work.hash, one) for one in wanted}
    (mark,) = collection.catalogue.fingerprints([work.id])
    return Query(work.path, work.hash, {one: vector for one, vector in found.items() if vector is not None}, mark)


def _shares(why: Any, percentile: float, by: Axis) -> list[int | None]:
    """Percentiles in tenths, an axis each; of the one asked for alone where others were not measured."""
    shares = [getattr(why, axis) if why else percentile if axis == by else float("nan") for axis in AXES]
    return [None if np.isnan(share) else round(10 * share) for share in shares]


def _named(id: str, known: Known, dropped: Mapping[str, Upload]) -> dict[str, Any]:
    if id in dropped:
        return {"upload": id, "name": dropped[id].name, "preview": f"api/upload/{dropped[id].number}.jpg"}
    return {"id": id, "name": display_path(known.by_id[id].path)}


def _ids(found: Neighbours, known: Known) -> list[str]:
    """The same picture over again, which a window may show beside the answer."""
    return list(dict.fromkeys(known.id_of[path] for path in found.left_out if path in known.id_of))


def _said_of(query: Query | None, everyone: np.ndarray[Any, Any] | None) -> dict[str, Any]:
    """Colours and words of a picture that was dropped."""
    if query is None or everyone is None or ATTRIBUTES_ID not in query.vectors:
        return {"colours": [], "words": []}
    numbers = query.vectors[ATTRIBUTES_ID]
    values, colours = numbers[: len(ATTRIBUTES)], numbers[len(ATTRIBUTES) :]
    return {
        "colours": [[one.hex, round(1000 * one.share)] for one in as_colours(colours)],
        "words": list(work_words(values[None], everyone)[0]),
    }
