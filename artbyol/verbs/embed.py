"""`embed`: bring the catalogue up to date with the folder and the model."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Unpack

from artbyol.base.errors import UsageError
from artbyol.encoder.stored_model import model_file
from artbyol.grouping.kept_file import follow
from artbyol.search.collection import Path_
from artbyol.search.embedding import EmbedReport, embed_folder
from artbyol.storage.path_list import path_inside
from artbyol.verbs.opening import RunOptions, as_list, filled, running


def embed(
    folder: str | Path,
    *,
    only: Iterable[Path_] | None = None,
    model: str | Path | None = None,
    forget: bool = False,
    exclude: Sequence[str] | None = None,
    add: Sequence[str | Path] = (),
    **run: Unpack[RunOptions],
) -> EmbedReport:
    """Give every picture of a folder its vectors, of style and of the other axes; opens only new and changed files.

    Without a trained model the pretrained default is used as it is. When the model changed since the last time, all
    pictures are embedded again. A stopped run goes on where it was when called again.

    Pictures that are gone leave the collection, but their vectors are kept, in case they come back: a drive that is not
    plugged in costs nothing.

    Args:
        folder: the collection; only read.
        only: these files, and the pictures of these folders, instead of the whole folder; paths in it, relative or
            absolute. Whatever else is in the collection stays there as it is.
        model: embed with a model that was trained elsewhere, which is copied into the store: a collection's folder, a
            store, or a model's file.
        forget: drop what is kept of pictures that are gone.
        exclude: patterns of files and folders to leave out, as in a .gitignore. They are kept for this collection until
            others are given. Files named .artbyolignore in the folder say the same.
        add: folders whose pictures belong to the collection, too: links to them are put into `folder`, which is new, or
            was made so before. They are not moved, and nothing is written into them.
        run: see `RunOptions`.

    Raises:
        UsageError: a path of `only` does not lie in the folder, or the store has another model than `model`.
        FolderError, StoreError, ModelError, WeightsError; Interrupted when `stop` said so.
        WorkerFailedError, WorkerLostError: another process of the same `torchrun` cannot go on; what was done is kept.
    """
    with running(run) as how:
        how.steps("listing", "reading", "embedding", "indexing")
        place = filled(folder, run, how, exclude, add)
        paths = None if only is None else [path_inside(place.folder, one) for one in as_list(only)]
        borrowed = None if model is None else model_file(Path(model))
        if model is not None and borrowed is None:
            raise UsageError(f"{model} has no trained model.", f"artbyol train {shlex.quote(str(model))}")
        return embed_folder(place, how, follow, only=paths, model=borrowed, forget=forget)
