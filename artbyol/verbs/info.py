"""`info`: what a store or a model file holds, what made it, what is stale, what was skipped and why."""

from __future__ import annotations

from pathlib import Path

from artbyol.base.errors import StoreError
from artbyol.encoder import model_file as checkpoint
from artbyol.encoder.current import untrained_id
from artbyol.grouping.kept_file import load
from artbyol.grouping.matching import match
from artbyol.pictures.measures.axes import MEASURED_IDS
from artbyol.pictures.scan import scan
from artbyol.report.inventory import GroupsState, ModelInfo, StoreInfo
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.ingest import changes
from artbyol.storage.store import Store, existing
from artbyol.training.verdict import verdict_from


def info(path: str | Path, *, store: str | Path | None = None) -> StoreInfo | ModelInfo:
    """Tell what is known about a collection (its folder, or any inside it) or about a model file. Changes nothing.

    Raises:
        FolderError: no such folder. StoreMissingError: it has no store. ModelError: the file is no artbyol model.
    """
    target = Path(path)
    if target.is_file():
        return _model_info(target)
    elsewhere = Path(store) if store else None
    place = existing(target, elsewhere)
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        return _store_info(place, catalogue)


def _model_info(path: Path) -> ModelInfo:
    header = checkpoint.read_header(path, "model")
    return ModelInfo(path, header["model_id"], header, verdict_from(header.get("verdict")), path.stat().st_size)


def _store_info(place: Store, catalogue: Catalogue) -> StoreInfo:
    model = _model_info(place.model) if place.model.exists() else None
    counts = catalogue.counts()
    in_use = model.model_id if model else untrained_id()
    index, recall = _index_state(place, catalogue)
    new, changed, vanished = changes(scan(place.folder), catalogue)
    unfinished = tuple(sorted(state.stem for state in place.training.glob("*.safetensors")))
    embedded = counts.vectors.get(in_use, 0)
    stale = []
    if unfinished:
        stale.append("A training was stopped half-way: the same train command resumes it.")
    if catalogue.model_id is None:
        stale.append("Nothing has been embedded yet: run embed.")
    elif catalogue.model_id != in_use:
        stale.append("The model was trained since the pictures were embedded: run embed.")
    elif new or changed or vanished or embedded < counts.contents:
        stale.append("The folder has changed since it was embedded: run embed.")
    elif any(counts.vectors.get(measured, 0) < counts.contents for measured in MEASURED_IDS):
        stale.append("Palette, tone and the other axes were not measured yet: run embed.")
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
        unfinished=unfinished,
        skips=tuple(catalogue.skips()),
        groups=groups,
        stale=tuple(stale),
    )


def _groups_state(place: Store, catalogue: Catalogue) -> tuple[GroupsState | None, str | None]:
    """The kept groups, or what is wrong with their file."""
    try:
        kept = load(place)
    except StoreError as error:
        return None, f"The kept groups cannot be read: {error.message}."
    if kept is None:
        return None, None
    matched = match(kept, catalogue.works())
    works = sum(len(group.works) for group in kept.groups)
    return GroupsState(len(kept.groups), kept.frozen, works, len(matched.waiting), len(matched.gone)), None


def _index_state(place: Store, catalogue: Catalogue) -> tuple[str, float | None]:
    from artbyol.search.index import INDEX

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
