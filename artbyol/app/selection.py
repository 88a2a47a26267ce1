"""Some works of a collection as a collection of their own: for a gallery of these alone."""

import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from artbyol.search.collection import OpenCollection
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.schema import connect
from artbyol.storage.store import Store


@contextmanager
def selected(collection: OpenCollection, paths: Collection[bytes], scratch: Path) -> Iterator[OpenCollection]:
    """A collection of these files alone, open: the same folder, with a store of its own for as long as this lasts.

    Args:
        paths: of files of the collection. scratch: a folder that is not there yet, for that store.
    """
    scratch.mkdir()
    try:
        place = Store(collection.folder, scratch)
        source = closing(connect(collection.store.catalogue, read_only=True))
        with source as whole, closing(sqlite3.connect(place.catalogue)) as copy:
            whole.backup(copy)
        with Catalogue.open(place.catalogue) as catalogue:
            catalogue.forget([path for path in catalogue.paths() if path not in paths])
            catalogue.forget_away()
            catalogue.prune()
        for name in ("model", "groups", "embedded", "excluded"):
            file: Path = getattr(collection.store, name)
            if file.is_file():
                shutil.copyfile(file, getattr(place, name))
        with OpenCollection(place, collection.run, collection.table) as some, some.question():
            yield some
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
