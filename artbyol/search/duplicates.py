"""Pictures that a collection holds more than once, as copies or saved at another size or quality."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.pictures.near_duplicates import differences, same_pictures
from artbyol.pictures.packages import package_around
from artbyol.pictures.scan import FileStamp
from artbyol.search.collection import OpenCollection
from artbyol.search.results import DuplicateGroup, Duplicates, Version
from artbyol.storage.ingest import listed
from artbyol.storage.rows import Work


def alike(collection: OpenCollection) -> Iterator[tuple[list[Work], NDArray[np.uint8]]]:
    """Of each picture that is there more than once its files, at least two, and their fingerprints (n, F). The best
    version comes first: that of most pixels, then of most bytes."""
    collection.run.progress("comparing fingerprints")
    sizes = {path: record.size for path, record in collection.catalogue.files().items()}
    works = sorted(collection.files(), key=lambda work: (-work.width * work.height, -sizes[work.path], work.path))
    catalogue, ids = collection.catalogue, np.array(list(dict.fromkeys(work.id for work in works)), np.int64)
    leaders = same_pictures(catalogue.spectra(ids), lambda rows: catalogue.fingerprints(ids[rows]))
    led_by = dict(zip(ids.tolist(), leaders.tolist(), strict=True))
    pictures: dict[int, list[Work]] = {}
    for work in works:
        pictures.setdefault(led_by[work.id], []).append(work)
    for versions in pictures.values():
        if len(versions) > 1:
            yield versions, catalogue.fingerprints(work.id for work in versions)


def find_duplicates(collection: OpenCollection) -> Duplicates:
    """All of them; see `artbyol.duplicates`."""
    if older := len(collection.catalogue.without_fingerprint()):
        notice = f"Of {older:,} pictures, which an older artbyol catalogued, only exact copies are found."
        collection.run.notice(f"{notice} Try: {collection.store.command('embed')}")
    look = _Look(collection)
    pictures = [look.files(works, marks) for works, marks in alike(collection)]
    groups = [_group(files) for files in pictures if len(files) > 1]
    groups.sort(key=lambda group: (-len(group.versions), group.versions[0].path))
    spare = [version.size for group in groups for version in group.versions if version.keep is None]
    files = len(collection.files()) - sum(len(file.works) - 1 for files in pictures for file in files)
    return Duplicates(collection.folder, tuple(groups), files, len(spare), sum(spare))


@dataclass(frozen=True)
class _File:
    """A file as it is now.

    Attributes:
        works: its names in the catalogue, first those that are no links; `links`: links that lead to it besides.
        size: bytes; `mark`: its fingerprint (F,).
        keep: why it stays whatever else there is, as in `Version`.
    """

    works: list[Work]
    links: list[bytes]
    size: int
    mark: NDArray[np.uint8]
    keep: str | None

    def place(self) -> tuple[object, ...]:
        """To sort by: the best first; of equal ones that which stays in any case, so that the others may go."""
        first = self.works[0]
        usable = {"changed": 2, "link": 1}.get(self.keep or "", 0)
        return -first.width * first.height, -self.size, usable, self.keep is None, first.path


class _Look:
    """A look at the folder as it is now: whoever deletes what is said to be a copy must not delete the last one."""

    def __init__(self, collection: OpenCollection) -> None:
        self.root, self.known = os.fsencode(collection.folder), collection.catalogue.files()
        found = listed(collection.store, collection.run)
        self.now = set(found.files)
        self.leading_to: dict[bytes, list[bytes]] = {}
        for link, target in found.links.items():
            self.leading_to.setdefault(target, []).append(link)

    def files(self, works: Sequence[Work], marks: NDArray[np.uint8]) -> list[_File]:
        """The files that have these names, the best first."""
        rows: dict[object, list[int]] = {}
        for row, work in enumerate(works):
            rows.setdefault(self._identity(work.path), []).append(row)
        found = [self._file([works[row] for row in some], marks[some[0]]) for some in rows.values()]
        return sorted(found, key=_File.place)

    def _file(self, works: list[Work], mark: NDArray[np.uint8]) -> _File:
        works = sorted(works, key=lambda work: (self._is_link(work.path), work.path))
        links = sorted(link for work in works for link in self.leading_to.get(work.path, ()))
        keep = None
        if isinstance(self._identity(works[0].path), bytes):
            keep = "changed"
        elif self._is_link(works[0].path):
            keep = "link"
        elif links or self._is_link(works[-1].path):
            keep = "linked"
        elif any(package_around(Path(os.fsdecode(self._whole(work.path)))) for work in works):
            keep = "package"
        return _File(works, links, self.known[works[0].path].size, mark, keep)

    def _identity(self, path: bytes) -> object:
        """The same for two names of one file: links, hard links, a folder that is mounted twice. The name itself where
        the file is not as it was embedded."""
        record = self.known[path]
        try:
            status = os.stat(self._whole(path))
        except OSError:
            return path
        unchanged = FileStamp(path, record.size, record.mtime_ns) in self.now
        return (status.st_dev, status.st_ino) if unchanged else path

    def _is_link(self, path: bytes) -> bool:
        return os.path.islink(self._whole(path))

    def _whole(self, path: bytes) -> bytes:
        return os.path.join(self.root, path)


def _group(files: Sequence[_File]) -> DuplicateGroup:
    """The same, compared with the best; the best of those that are there stays."""
    best = files[0]
    stays = next((file for file in files if file.keep not in ("changed", "link")), None)
    # Another than the one that all were compared with may have become the best: no difference is more than 1.
    apart = np.minimum(differences(np.stack([file.mark for file in files]), best.mark), 1)
    versions = []
    for file, difference in zip(files, apart.tolist(), strict=True):
        work, *others = file.works
        same = work.id == best.works[0].id
        names = (*(other.path for other in others), *file.links)
        keep = "best" if file is stays else file.keep
        versions.append(
            Version(work.path, work.width, work.height, file.size, same, 0.0 if same else difference, names, keep)
        )
    return DuplicateGroup(tuple(versions), all(version.same_file for version in versions))
