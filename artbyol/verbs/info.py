"""`info`: what a store or a model file holds, what made it, what is stale, what was skipped and why."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from artbyol.report.inventory import ModelInfo, StoreInfo, describe_model, describe_store
from artbyol.search.collection import OpenCollection
from artbyol.verbs.opening import Folder, RunOptions, opened


def info(path: Folder, **run: Unpack[RunOptions]) -> StoreInfo | ModelInfo:
    """Tell what is known about a collection (its folder, or any inside it) or about a model file. Changes nothing.

    Args:
        path: a folder, or a model file.
        run: see `RunOptions`.

    Raises:
        FolderError: no such folder. StoreMissingError: it has no store. ModelError: the file is no artbyol model.
    """
    if not isinstance(path, OpenCollection) and Path(path).is_file():
        return describe_model(Path(path))
    with opened(path, run) as collection:
        return describe_store(collection)
