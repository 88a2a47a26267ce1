"""The folder of a gallery: what in it is artbyol's, so that nothing else is ever written over or removed.

A marker lists the digests of the files that artbyol wrote. Copies of pictures are not listed: they lie in folders of
artbyol's own and are named by content.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from artbyol.base.errors import StoreError, UsageError
from artbyol.base.text import display_file, display_path
from artbyol.pictures.scan import GALLERY_MARKER
from artbyol.report.organize import DEBRIS
from artbyol.storage.atomic import remove_abandoned, write_atomically

INDEX: Final = "index.html"

_FORMAT = 1
_ELSEWHERE = "name a new folder for the gallery"
_IMAGE = re.compile(r"images/(small|large)-\d+/[0-9a-f]{2}/[0-9a-f]{10,32}\.jpg|images/map-\d+/[0-9a-f]{16}\.jpg")


class GalleryFolder:
    """A folder that is new, empty, or holds an earlier gallery.

    Raises:
        UsageError: it holds anything else, or the collection. StoreError: it cannot be written.
    """

    def __init__(self, destination: Path, collection: Path) -> None:
        self.root = Path(os.path.realpath(destination))
        inside = Path(os.path.realpath(collection))
        if self.root == inside or self.root in inside.parents:
            raise UsageError(f"{display_file(self.root)} holds the collection itself.", _ELSEWHERE)
        if os.path.lexists(self.root) and not self.root.is_dir():
            raise UsageError(f"{display_file(self.root)} is a file.", _ELSEWHERE)
        self._ours = self._read_marker()
        folders = (self.root / "images", *self.root.glob("images/*"))
        if linked := next((path for path in folders if path.is_symlink()), None):
            link = display_file(linked)
            raise UsageError(f"{link} is a link; copies of pictures do not go where it leads.", _ELSEWHERE)
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{display_file(self.root)} cannot be made: {error.strerror}") from error
        self._keep({})

    def publish(self, files: Mapping[str, bytes], images: set[str]) -> int:
        """Put the files of a gallery in place, `INDEX` last, and remove what an earlier one had besides.

        Args:
            files: by name, relative to the folder. images: names of the copies that are in use.

        Returns:
            Bytes of all that the gallery consists of.

        Raises:
            UsageError: one of the files is there and is not as artbyol wrote it.
        """
        digests = {name: _digest(data) for name, data in files.items()}
        for name in files:
            self._refuse_foreign(name, digests[name])
        before = set(self._ours)
        self._keep(digests)  # before any is written: a run that is stopped must know its own files again
        for name in sorted(files, key=lambda name: name == INDEX):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.root / name, files[name])
        for name in before - set(files):
            if self._is_ours(name):
                self._remove(name)
        self._ours = {name: [digest] for name, digest in digests.items()}
        self._keep({})
        return sum(map(len, files.values())) + self._sweep(images)

    def _refuse_foreign(self, name: str, digest: str) -> None:
        path = self.root / name
        if not os.path.lexists(path):
            return
        if not path.is_file() or path.is_symlink() or not (self._is_ours(name) or _digest(path.read_bytes()) == digest):
            raise UsageError(
                f"{display_file(path)} is not as artbyol wrote it; it was left as it is.",
                "name a new folder for the gallery, or move that file elsewhere",
            )

    def _is_ours(self, name: str) -> bool:
        try:
            return _digest((self.root / name).read_bytes()) in self._ours.get(name, ())
        except OSError:
            return False

    def _remove(self, name: str) -> None:
        path = self.root / name
        with suppress(OSError):  # what is still there another time is removed then
            path.unlink()
        for folder in path.parents:
            if folder == self.root or folder.is_symlink():
                break
            try:
                folder.rmdir()
            except OSError:  # not empty
                break

    def _sweep(self, images: set[str]) -> int:
        """Remove copies that no work uses any longer; bytes of those that are used."""
        total = 0
        for here, folders, names in os.walk(self.root / "images"):
            folders[:] = [name for name in folders if not Path(here, name).is_symlink()]
            remove_abandoned(Path(here))
            for name in names:
                path = Path(here, name)
                relative = path.relative_to(self.root).as_posix()
                if relative in images:
                    total += path.stat().st_size
                elif _IMAGE.fullmatch(relative):
                    self._remove(relative)
        return total

    def _read_marker(self) -> dict[str, list[str]]:
        path = self.root / GALLERY_MARKER
        try:
            marker: dict[str, Any] = json.loads(path.read_bytes())
            if marker["made_by"] != "artbyol" or marker["format"] != _FORMAT:
                raise ValueError("another marker")
            return {str(name): [str(one) for one in digests] for name, digests in marker["files"].items()}
        except FileNotFoundError:
            others = [name for name in _entries(self.root) if name not in DEBRIS]
            if others:
                raise UsageError(
                    f"{display_file(self.root)} holds {display_path(os.fsencode(others[0]))}, which is no gallery of"
                    " artbyol's; nothing was changed.",
                    _ELSEWHERE,
                ) from None
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"{display_file(self.root)} was not made by this artbyol.", _ELSEWHERE) from error

    def _keep(self, more: Mapping[str, str]) -> None:
        """Write the marker: the files known, and these."""
        for name, digest in more.items():
            self._ours[name] = [*self._ours.get(name, ()), digest]
        marker = {"made_by": "artbyol", "format": _FORMAT, "files": self._ours}
        write_atomically(self.root / GALLERY_MARKER, json.dumps(marker, indent=1).encode("ascii"))


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(f"{display_file(folder)} cannot be read: {error.strerror}") from error


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
