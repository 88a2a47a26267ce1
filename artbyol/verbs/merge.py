"""`merge`: stores that were made on other machines become one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Unpack

from artbyol.base.errors import UsageError
from artbyol.grouping.kept_file import follow
from artbyol.search.collection import Path_
from artbyol.search.merging import MergeReport, merge_stores
from artbyol.verbs.opening import RunOptions, as_list, located, running


def merge(stores: Path_ | Iterable[Path_], into: str | Path, **run: Unpack[RunOptions]) -> MergeReport:
    """Bring what several stores know of pictures into one, as if a single machine had embedded them all. No picture is
    read, and the stores stay as they are.

    They are of parts of a collection (`embed` with `only`), wherever it was mounted, or of folders inside it. Vectors,
    fingerprints and skipped files come over; a trained model and kept groups, where the collection has none. Where two
    stores know a file with another content, the one counts that the file in the folder fits, else the one known before;
    the next `embed` reads what has changed. A merging that was stopped goes on when called again.

    Args:
        stores: store directories, or folders that have one.
        into: the folder that holds the pictures.
        run: see `RunOptions`; `store` is that of `into`.

    Raises:
        ModelMismatchError: not all were embedded by the same model. FolderError: pictures of a store are not in `into`.
        StoreMissingError: there is no such store. StoreError: one is damaged. UsageError; Interrupted.
    """
    named = [Path(os.fsdecode(path)) for path in as_list(stores)]
    if not named:
        raise UsageError("There are no stores to merge.")
    with running(run) as how:
        how.steps("opening the stores", "merging", "indexing")
        return merge_stores(named, located(into, run), how, follow)
