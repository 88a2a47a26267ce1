"""Files that were made for a window to download: in a folder of this process, the last ones."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

_KEPT: Final = 20


@dataclass(frozen=True)
class Download:
    """A file, under what name it is saved, and of what media type it is."""

    path: Path
    name: str
    kind: str


class Downloads:
    """The files in one folder, by number."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers, self._lock = folder, itertools.count(1), Lock()
        self._files: dict[int, Download] = {}

    def add(self, name: str, kind: str, write: Callable[[Path], object]) -> int:
        """Have a file written, and keep it; gives back its number."""
        number = next(self._numbers)
        path = self._folder / f"download-{number}{Path(name).suffix}"
        write(path)
        with self._lock:
            self._files[number] = Download(path, name, kind)
            for old in sorted(self._files)[: max(0, len(self._files) - _KEPT)]:
                self._files.pop(old).path.unlink(missing_ok=True)
        return number

    def find(self, number: int) -> Download | None:
        """The file of this number; None: it is not there, or not any more."""
        return self._files.get(number)
