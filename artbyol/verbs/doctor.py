"""`doctor`: whether the installation and a collection's store are sound, and what can be mended."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Unpack

from artbyol.base.errors import StoreError
from artbyol.report.diagnosis import Diagnosis, examine
from artbyol.search.collection import OpenCollection
from artbyol.search.soundness import Sample
from artbyol.storage.store import Store, existing, find, locate
from artbyol.verbs.opening import Folder, RunOptions, opened, running


def doctor(
    folder: Folder,
    *,
    fix: bool = False,
    sample: Sample = 60,
    **run: Unpack[RunOptions],
) -> Diagnosis:
    """Check the installed packages, the device, the disk, and everything in a collection's store. Without `fix` it
    changes nothing; where there is no store yet, the installation alone is checked.

    Args:
        folder: the collection, or any folder inside it.
        fix: mend what can be made again: the index, damaged rows of the catalogue, wrong vectors, caches, and what
            killed runs left. Kept groups, a trained model and pictures are never touched.
        sample: how many pictures, drawn at random, are embedded again and compared with their vectors, or "all"; 60
            show with 95 % certainty that fewer than 5 % are wrong.
        run: see `RunOptions`.

    Raises:
        FolderError: no such folder. StoreBusyError: `fix`, and another artbyol is writing. Interrupted.
    """
    if isinstance(folder, OpenCollection):
        with opened(folder, run) as collection:
            return examine(collection.store, collection.run, sample, fix)
    with running(run) as how:
        return examine(_place(Path(folder), run), how, sample, fix)


def _place(folder: Path, options: RunOptions) -> Store:
    """The store to be checked, in whatever state it is; it need not be there."""
    named = options.get("store")
    store = Path(named) if named else None
    with suppress(StoreError):
        return existing(folder, store)
    with suppress(StoreError):
        found = find(folder, store)
        if found and found.moves_along:  # its marker is damaged
            return found
    return locate(folder, store)
