"""`compare`: what another folder of pictures has to do with a collection, in style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Unpack

from artbyol.grouping.kept_file import follow
from artbyol.search.collection import OpenCollection
from artbyol.search.embedding import embed_folder
from artbyol.search.two_collections import FEW, Comparison, also_inside, compare_collections, store_as_seen
from artbyol.verbs.opening import Folder, RunOptions, drawn, opened


def compare(
    folder: Folder,
    other: str | Path,
    *,
    sheet: str | Path | None = None,
    csv: str | Path | None = None,
    **run: Unpack[RunOptions],
) -> Comparison:
    """Compare a collection with another folder: which of my works have kin over there, which are only mine, and what of
    theirs lies inside my style (`artbyol.search.two_collections`).

    The other folder is seen by this collection's model. What that saw is kept in this collection's store, so that the
    next time only new and changed files are opened; the other folder is only read.

    Args:
        folder: the collection, or any folder inside it.
        other: a folder of pictures, a collection or not.
        sheet: draw a contact sheet (.png, .jpg, .pdf) of pairs, the nearest first. csv: write a table of all works of
            both.
        run: see `RunOptions`.

    Raises:
        StoreMissingError: nothing was embedded yet. ModelMismatchError: trained since. FolderError: no such folder, or
            it holds no usable picture. UsageError: a file that must not be replaced. Interrupted: `stop` said so; the
            next call goes on from there.
    """
    with opened(folder, run) as collection:
        collection.index()  # is it embedded?
        collection.run.steps("reading the other folder", "embedding", "indexing", "comparing")
        model = collection.store.trained_model
        with _seen(collection, Path(other), model) as others:
            found = compare_collections(collection, others)
        candidates = [one.path for one in found.theirs if one.inside and not one.same]
        if model and candidates and found.works < FEW:
            with _seen(collection, Path(other), None, candidates) as others:
                mine = [one.path for one in found.mine]
                with _seen(collection, collection.folder, None, mine) as seen:
                    found = also_inside(found, collection, others, seen)
        if csv:
            from artbyol.report.csv_rows import comparison_table, write_table

            write_table(Path(csv), comparison_table(found))
        return drawn(found, sheet, collection)


@contextmanager
def _seen(
    collection: OpenCollection, folder: Path, model: Path | None, only: Sequence[bytes] | None = None
) -> Iterator[OpenCollection]:
    """A folder as a model sees it, None: the untrained encoder; what that saw before is not looked at again.

    Args:
        only: paths, relative to it.
    """
    store = store_as_seen(collection, folder, model)
    embed_folder(store, collection.run, follow, model=model, only=only)
    with OpenCollection(store, collection.run) as seen, seen.question():
        yield seen
