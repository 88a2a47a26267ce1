"""The folder of a gallery: what in it is artbyol's, so that nothing else is ever written over or removed.

A marker lists the digests of the files that artbyol wrote. Copies of pictures are not listed: they lie in folders of
artbyol's own and are named by content.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from artbyol.base.errors import UsageError
from artbyol.base.run import Run
from artbyol.base.text import display_file
from artbyol.pictures.scan import GALLERY_MARKER
from artbyol.report import destination
from artbyol.storage.atomic import make_folder, remove_abandoned, write_atomically

INDEX: Final = "index.html"

_FILE = re.compile(r"([a-z0-9_-]+/){0,3}[a-z0-9_-]+\.(html|css|js|txt)")
_IMAGE = re.compile(
    r"images/(small|large)-\d+/[0-9a-f]{2}/[0-9a-f]{10,32}\.jpg|images/map-\d+/[0-9a-f]{16}\.jpg"
    r"|images/zoom-\d+/[0-9a-f]{2}/[0-9a-f]{10,32}/\d+/\d+_\d+\.jpg"
)


@contextmanager
def gallery_folder(target: Path, collection: Path, run: Run) -> Iterator["GalleryFolder"]:
    """The folder of a gallery, for this run alone; another run to the same place has its turn first.

    Raises:
        As `GalleryFolder`. Interrupted: `stop` said so while another run was at work.
    """
    root = destination.own_folder(target, [collection])
    told: list[str] = []

    def waiting() -> None:
        if not told:
            told.append(f"Waiting for another gallery that is being made in {display_file(root)}.")
            run.notice(told[0])
        run.check_stop("Stopped; the gallery is as it was.")

    make_folder(root)
    with destination.alone_in(root, waiting):
        yield GalleryFolder(root, collection)


class GalleryFolder:
    """A folder that is new, empty, or holds an earlier gallery.

    Raises:
        UsageError: it holds anything else, or the collection. ArtbyolError: it cannot be written.
    """

    def __init__(self, target: Path, collection: Path) -> None:
        self.root = destination.own_folder(target, [collection])
        earlier = destination.read_marker(self.root, GALLERY_MARKER, _digests)
        others = destination.others_in(self.root, GALLERY_MARKER)
        if earlier is None and others:
            raise destination.foreign_in(self.root, Path(others[0].name))
        self._ours = earlier or {}
        for here, folders, _ in os.walk(self.root / "images"):  # now, rather than after a thousand pictures
            for name in folders:
                destination.path_below(self.root, Path(here, name, "any").relative_to(self.root).as_posix())
        make_folder(self.root)
        remove_abandoned(self.root, below=True)
        self._keep({})

    def place(self, name: str) -> Path:
        """Where a file of the gallery lies, its folder made.

        Raises:
            UsageError: a link leads elsewhere. ArtbyolError: the folder cannot be made.
        """
        path = destination.path_below(self.root, name)
        make_folder(path.parent)
        return path

    def publish(self, files: Mapping[str, bytes], images: set[str]) -> int:
        """Put the files of a gallery in place, `INDEX` last, and remove what an earlier one had besides.

        Args:
            files: by name, relative to the folder. images: names of the copies that are in use.

        Returns:
            Bytes of all that the gallery consists of.

        Raises:
            UsageError: one of the files is there and is not as artbyol wrote it.
        """
        assert all(map(_FILE.fullmatch, files)), "the next gallery in this folder would not know these for its own"
        digests = {name: _digest(data) for name, data in files.items()}
        for name, digest in digests.items():
            if os.path.lexists(destination.path_below(self.root, name)) and not self._is_ours(name, digest):
                raise UsageError(
                    f"{display_file(self.root / name)} is not as artbyol wrote it; it was left as it is.",
                    destination.ELSEWHERE,
                )
        before = set(self._ours)
        self._keep(digests)  # before any is written: a run that is stopped must know its own files again
        for name in sorted(files, key=lambda name: name == INDEX):
            write_atomically(self.place(name), files[name])
        for name in before - set(files):
            if self._is_ours(name):
                destination.remove_below(self.root, name)
        self._ours = {name: [digest] for name, digest in digests.items()}
        self._keep({})
        return sum(map(len, files.values())) + self._sweep(images)

    def _is_ours(self, name: str, digest: str = "") -> bool:
        """Whether a file is as artbyol wrote it, or has this digest already."""
        try:
            path = destination.path_below(self.root, name)
            return (
                path.is_file()
                and not path.is_symlink()
                and _digest(path.read_bytes()) in (*self._ours.get(name, ()), digest)
            )
        except (OSError, UsageError):
            return False

    def _sweep(self, images: set[str]) -> int:
        """Remove copies that no work uses any longer; bytes of those that are used."""
        total = 0
        for here, _, names in os.walk(self.root / "images"):  # enters no links
            for name in names:
                path = Path(here, name)
                relative = path.relative_to(self.root).as_posix()
                if relative in images:
                    total += path.stat().st_size
                elif _IMAGE.fullmatch(relative):
                    destination.remove_below(self.root, relative)
        return total

    def _keep(self, more: Mapping[str, str]) -> None:
        """Write the marker: the files known, and these."""
        for name, digest in more.items():
            self._ours[name] = [*self._ours.get(name, ()), digest]
        destination.write_marker(self.root, GALLERY_MARKER, files=self._ours)


def _digests(marker: Any) -> dict[str, list[str]]:
    for name in marker["files"]:
        if not _FILE.fullmatch(name):  # whoever wrote that: it is no file of a gallery
            raise ValueError(name)
    return {name: [str(one) for one in digests] for name, digests in marker["files"].items()}


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
