"""What a store or a model file holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artbyol.base.errors import StoreError
from artbyol.encoder.current import MODEL, left_by_training, unfinished_training, untrained_id
from artbyol.grouping.kept_file import load
from artbyol.grouping.matching import match
from artbyol.metadata.metadata import tables_of
from artbyol.metadata.table import TableUse
from artbyol.pictures.listing import Brief
from artbyol.pictures.measures.axes import MEASURED_IDS
from artbyol.search.collection import OpenCollection
from artbyol.search.index import INDEX
from artbyol.search.source_check import SourceCheck, check_collection
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.ingest import count_changes, listed
from artbyol.storage.rows import Skip
from artbyol.storage.store import Store
from artbyol.training.verdict import Verdict, verdict_from


@dataclass(frozen=True, repr=False)
class ModelInfo(Brief):
    """A model file: its id, everything its header says, and of that the verdict on its training (None: it has none)."""

    path: Path
    model_id: str
    header: dict[str, Any]
    verdict: Verdict | None
    bytes: int


@dataclass(frozen=True)
class GroupsState:
    """The groups that are kept: how many, whether they are frozen, how many works they have, how many works are in none
    of them, and how many of theirs are not in the collection now."""

    number: int
    frozen: bool
    works: int
    waiting: int
    gone: int


@dataclass(frozen=True, repr=False)
class StoreInfo(Brief):
    """A collection's store.

    Attributes:
        folder, root: the collection and the store directory; `bytes`: what the store takes on disk.
        model: the trained model, or None where the pretrained default serves.
        files, works: usable files; different pictures among them.
        embedded: pictures with a vector of the model in use; `embedded_by`: the model whose vectors are held.
        index: "exact", "approximate", "behind" (rebuilt by the next search) or "none".
        recall: of an approximate index, else None.
        new, changed, vanished: files on disk that the catalogue does not know as they are now, and the other way round.
        away: files that were gone when the folder was last embedded, and of which everything that is known is kept.
        unfinished: phases of a training that was stopped and can be resumed.
        skips: files that cannot be used, and why.
        other_kinds: how many files of the folder now have an ending that is no picture's, by ending.
        passed_over: of each kind of thing in the folder now in which no works are looked for, how many there are, as in
            `EmbedReport`.
        groups: the groups that are kept, or None.
        tables: each metadata.csv, and which of its rows mean no file or several.
        sources: how far neighbours follow where files are from; None where the model in use has embedded nothing yet.
        stale: in words, what to do, one sentence each; empty when all is up to date.
    """

    folder: Path
    root: Path
    bytes: int
    model: ModelInfo | None
    files: int
    works: int
    embedded: int
    embedded_by: str | None
    index: str
    recall: float | None
    new: int
    changed: int
    vanished: int
    away: int
    unfinished: tuple[str, ...]
    skips: tuple[Skip, ...]
    other_kinds: Mapping[str, int]
    passed_over: Mapping[str, int]
    groups: GroupsState | None
    tables: tuple[TableUse, ...]
    sources: SourceCheck | None
    stale: tuple[str, ...]


def describe_model(path: Path) -> ModelInfo:
    """What a model file says of itself. Raises ModelError."""
    header = MODEL.read_header(path)
    return ModelInfo(path, header["model_id"], header, verdict_from(header.get("verdict")), path.stat().st_size)


def describe_store(collection: OpenCollection) -> StoreInfo:
    """Everything about a collection's store; see `artbyol.info`."""
    place, catalogue = collection.store, collection.catalogue
    model = describe_model(place.model) if place.model.exists() else None
    counts = catalogue.counts()
    in_use = model.model_id if model else untrained_id()
    index, recall = _index_state(place, catalogue)
    now = listed(place, collection.run)
    new, changed, vanished = count_changes(now, catalogue)
    embedded = counts.vectors.get(in_use, 0)
    training = unfinished_training(place)
    stale = [training] if training else []
    if catalogue.model_id is None:
        stale.append("Nothing has been embedded yet: run embed.")
    elif catalogue.model_id != in_use:
        stale.append("The model was trained since the pictures were embedded: run embed.")
    elif new or changed or vanished or embedded < counts.contents:
        stale.append("The folder has changed since it was embedded: run embed.")
    elif any(counts.vectors.get(measured, 0) < counts.contents for measured in MEASURED_IDS):
        stale.append("Palette, tone and the other axes were not measured yet: run embed.")
    elif catalogue.without_fingerprint():
        stale.append("Near duplicates cannot be told yet: run embed.")
    groups, trouble = _groups_state(place, catalogue)
    stale += [trouble] if trouble else []
    return StoreInfo(
        folder=place.folder,
        root=place.root,
        bytes=_size(place.root),
        model=model,
        files=counts.ok,
        works=counts.contents,
        embedded=embedded,
        embedded_by=catalogue.model_id,
        index=index,
        recall=recall,
        new=new,
        changed=changed,
        vanished=vanished,
        away=len(catalogue.away()),
        unfinished=tuple(state.stem for state in left_by_training(place)),
        skips=tuple(catalogue.skips()),
        other_kinds=now.other_kinds,
        passed_over=now.passed_over,
        groups=groups,
        tables=tables_of(place.folder, catalogue.paths(), collection.run.listener),
        sources=check_collection(collection) if embedded and catalogue.model_id == in_use else None,
        stale=tuple(stale),
    )


def _groups_state(place: Store, catalogue: Catalogue) -> tuple[GroupsState | None, str | None]:
    """The kept groups, or what is wrong with their file."""
    try:
        kept = load(place)
    except StoreError as error:
        return None, f"The kept groups cannot be read: {error.message}"
    if kept is None:
        return None, None
    matched = match(kept, catalogue.works())
    works = sum(len(group.works) for group in kept.groups)
    return GroupsState(len(kept.groups), kept.frozen, works, len(matched.waiting), len(matched.gone)), None


def _index_state(place: Store, catalogue: Catalogue) -> tuple[str, float | None]:
    if not place.index.exists():
        return "none", None
    try:
        header = INDEX.read_header(place.index)
    except StoreError:
        return "behind", None
    fresh = (header.get("generation"), header.get("model_id")) == (catalogue.generation, catalogue.model_id)
    return (header["kind"], header["recall"]) if fresh else ("behind", None)


def _size(root: Path) -> int:
    total = 0
    for path in root.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # it may go while we look
            continue
    return total
