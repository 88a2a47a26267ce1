"""`embed`: bring the catalogue up to date with the folder and the model."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from artbyol.grouping.kept_file import follow
from artbyol.search.embedding import EmbedReport, embed_folder
from artbyol.verbs.opening import RunOptions, located, running


def embed(folder: str | Path, *, forget: bool = False, **run: Unpack[RunOptions]) -> EmbedReport:
    """Give every picture of a folder its vectors, of style and of the other axes; opens only new and changed files.

    Without a trained model the pretrained default is used as it is. When the model changed since the last time, all
    pictures are embedded again. A stopped run goes on where it was when called again.

    Pictures that are gone leave the collection, but their vectors are kept, in case they come back: a drive that is not
    plugged in costs nothing.

    Args:
        folder: the collection; only read.
        forget: drop what is kept of pictures that are gone.
        run: see `RunOptions`.

    Raises:
        FolderError, StoreError, ModelError, WeightsError, UsageError; Interrupted when `stop` said so.
        WorkerFailedError, WorkerLostError: another process of the same `torchrun` cannot go on; what was done is kept.
    """
    with running(run) as how:
        how.steps("listing", "reading", "embedding", "indexing")
        return embed_folder(located(folder, run), how, follow, forget=forget)
