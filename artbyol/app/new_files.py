"""Files of the folder that the collection does not have: offered, and taken in only when somebody says so."""

import time
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from artbyol.base.errors import ArtbyolError
from artbyol.base.run import Run
from artbyol.base.text import display_path
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.ingest import listed
from artbyol.storage.store import Store

FIRST: Final = 12
"""Names of new files that windows are told."""


@dataclass(frozen=True)
class _Found:
    """What a look at the folder found: how many new files, and the paths of the first ones."""

    files: int = 0
    first: tuple[str, ...] = ()


class NewFiles:
    """The files of a collection's folder that it does not have. Looking at a folder opens no file.

    Args:
        place: the store. run: its `stop` ends a look.
    """

    def __init__(self, place: Store, run: Run) -> None:
        self._place, self._run, self._found, self._lock = place, Run(stop=run.stop), _Found(), Lock()
        self.took = 0.0
        """Seconds of the last look."""

    def said(self) -> dict[str, Any]:
        """What windows are told."""
        return {"files": self._found.files, "first": list(self._found.first)}

    def look(self) -> bool:
        """Look at the folder; whether something else was found than before."""
        with self._lock:
            began, before = time.monotonic(), self._found
            try:
                stamps = listed(self._place, self._run).files
                with Catalogue.open(self._place.catalogue, read_only=True) as catalogue:
                    known = catalogue.stamps()
                new = sorted(stamp.path for stamp in stamps if stamp not in known)
                self._found = _Found(len(new), tuple(display_path(path) for path in new[:FIRST]))
            except ArtbyolError:  # the drive is away, say: nothing is offered
                self._found = _Found()
            self.took = time.monotonic() - began
            return self._found != before
