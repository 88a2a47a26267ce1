"""What a store or a model file holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artbyol.storage.catalogue import Skip
from artbyol.training.verdict import Verdict


@dataclass(frozen=True)
class ModelInfo:
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


@dataclass(frozen=True)
class StoreInfo:
    """A collection's store.

    Attributes:
        folder, root: the collection and the store directory; `bytes`: what the store takes on disk.
        model: the trained model, or None where the pretrained default serves.
        files, works: usable files; different pictures among them.
        embedded: pictures with a vector of the model in use; `embedded_by`: the model whose vectors are held.
        index: "exact", "approximate", "behind" (rebuilt by the next search) or "none".
        recall: of an approximate index, else None.
        new, changed, vanished: files on disk that the catalogue does not know as they are now, and the other way round.
        unfinished: phases of a training that was stopped and can be resumed.
        skips: files that cannot be used, and why.
        groups: the groups that are kept, or None.
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
    unfinished: tuple[str, ...]
    skips: tuple[Skip, ...]
    groups: GroupsState | None
    stale: tuple[str, ...]
