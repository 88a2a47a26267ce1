"""A folder of pictures: which files it holds, and what tells one content from another.

Paths are bytes inside artbyol, relative to the folder: file names on Linux are bytes, and an archive of decades
holds names in every encoding. `display_path` and `text_path` turn them into text at the edges.
"""

import hashlib
import os
import shlex
import stat
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple

from artbyol.base.errors import FolderError
from artbyol.base.text import display_path
from artbyol.pictures.ignore import IGNORE_NAME, Ignored
from artbyol.pictures.packages import ORIGINALS, kind_of, levels_to_originals
from artbyol.pictures.preview import RAW_SUFFIXES, reads_raw
from artbyol.pictures.skips import Source, open_regular, unusable

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff"})
IMAGE_SUFFIXES |= {".gif", ".bmp", ".avif", ".heic", ".heif", ".psd", ".psb", ".ora", ".kra"}
"""Lower-case suffixes of the files that are tried as pictures; so are files without any suffix, and, where they can be
read, those of `artbyol.pictures.preview.RAW_SUFFIXES`."""

ORGANIZED_MARKER = ".artbyol-organized"
"""A folder that contains this file was made by `cluster --organize`: it holds the same pictures again."""

SHEETS_MARKER = ".artbyol-sheets"
"""A folder that contains this file was made by `cluster --sheet-dir`: it holds pictures of pictures."""

GALLERY_MARKER = ".artbyol-gallery"
"""A folder that contains this file was made by `gallery`: it holds copies of the pictures."""

LINKED_MARKER = ".artbyol-folders"
"""A folder that contains this file is a collection of several folders: the links to folders in it are entered."""

_MARKERS = frozenset(map(os.fsencode, (ORGANIZED_MARKER, SHEETS_MARKER, GALLERY_MARKER)))
_SUFFIXES = frozenset(suffix.encode("ascii") for suffix in IMAGE_SUFFIXES)
_RAW_SUFFIXES = frozenset(suffix.encode("ascii") for suffix in RAW_SUFFIXES)
_USUAL = frozenset(suffix for known in _SUFFIXES if len(known) == 4 for suffix in (known, known.upper()))
"""Found without taking a name apart, as almost every file's is."""

_SYSTEM_FILES = frozenset({b"thumbs.db", b"ehthumbs.db", b"desktop.ini", b"icon\r"})
"""What operating systems leave in folders."""

LINK = "link to a picture of this folder"
"""Among what a scan passes over: a link to a file of the same folder is that file, and no copy of it."""

EXCLUDED_FILE, EXCLUDED_FOLDER = "excluded file", "excluded folder"
"""Among what a scan passes over, too: what its owner wants left out."""

_IGNORE, _LINKED = os.fsencode(IGNORE_NAME), os.fsencode(LINKED_MARKER)

HASH_BYTES = 16
"""Length of a content hash."""

_BLOCK = 1 << 20
_TOLD_EVERY = 500  # entries of a folder, and with each folder


class FileStamp(NamedTuple):
    """A file as `stat` sees it: enough to notice that it changed without opening it.

    Attributes:
        path: relative to the scanned folder, "/"-separated, as `os.fsencode` gives it.
        size: bytes (0 for a link that leads nowhere).
        mtime_ns: time of the last change, nanoseconds since 1970.
    """

    path: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Scan:
    """What a folder holds.

    Attributes:
        files: files that may be pictures, sorted by path.
        other_kinds: how many files were passed over because their suffix is no picture's, by suffix, as "pdf".
        unreadable_folders: subfolders that could not be listed, relative and sorted.
        linked_folders: subfolders that are symbolic links; they are not entered (a link can lead back up), but for
            those of a collection of several folders (`LINKED_MARKER`).
        passed_over: of each kind of thing in which no works are looked for, how many there are: folders of other
            programs (`artbyol.pictures.packages`; of a photo library only the originals are looked at), `LINK`, and
            what is left out because its owner says so (`artbyol.pictures.ignore`).
        links: links to files that are listed, and to which one.
    """

    files: tuple[FileStamp, ...]
    other_kinds: Mapping[str, int]
    unreadable_folders: tuple[bytes, ...]
    linked_folders: tuple[bytes, ...] = ()
    passed_over: Mapping[str, int] = field(default_factory=dict)
    links: Mapping[bytes, bytes] = field(default_factory=dict)

    @property
    def other_files(self) -> int:
        return sum(self.other_kinds.values())


def scan(
    folder: Path,
    found: Callable[[int], None] = lambda files: None,
    only: Collection[bytes] | None = None,
    excluded: Iterable[str] = (),
) -> Scan:
    """List the files of a folder and its subfolders that may be pictures, with one `stat` each and no `open`.

    Hidden and system entries are passed over, folders of other programs, and those that `cluster --organize`,
    `cluster --sheet-dir` or `gallery` made. A link to a file that is listed is not listed itself.

    Args:
        found: told now and then how many files there are so far: a slow disk lists a large folder for minutes.
        only: look at these paths alone, relative to the folder; of one that is a folder, at what is in it. One that is
            not there is listed: it is known by name.
        excluded: patterns of what is left out, besides those in files named `artbyol.pictures.ignore.IGNORE_NAME`.

    Raises:
        FolderError: `folder` is missing, is no folder or cannot be listed. UsageError: patterns that are none.
    """
    root = os.fsencode(folder)
    listing = _Listing(root, excluded)
    if only is not None:
        check_folder(folder)
        if b"" not in only:  # the folder itself
            listing.pending = []
            for at, path in enumerate(only):
                if at % _TOLD_EVERY == 0:
                    found(len(listing.stamps))
                listing.heed_above(path)
                if not path.startswith(b".") and b"/." not in path:
                    listing.look_at(_Named(os.path.join(root, path), os.path.basename(path)), path)
    while listing.pending:
        prefix, levels = listing.pending.pop()
        try:
            with os.scandir(os.path.join(root, prefix) if prefix else root) as opened:
                entries = list(opened)
        except OSError as error:
            if not prefix:
                raise _no_folder(folder, error) from error
            listing.unreadable.append(prefix[:-1])
            continue
        # A folder named explicitly is always scanned, even if it carries the marker.
        if prefix and any(entry.name in _MARKERS for entry in entries):
            continue
        if levels:
            listing.pending += _towards_originals(entries, prefix, levels)
            continue
        if any(entry.name == _IGNORE for entry in entries):
            listing.ignored.read(prefix)
        any_ignored = bool(listing.ignored)
        for at, entry in enumerate(entries):
            if at % _TOLD_EVERY == 0:
                found(len(listing.stamps))
            # Almost every entry is a plain file with a usual suffix, and needs no closer look.
            if not any_ignored and entry.name[-4:] in _USUAL and entry.name[:1] != b"." and _is_plain_file(entry):
                listing.stamps.append(_stamp(entry, prefix + entry.name))
            else:
                listing.look_at(entry, prefix + entry.name)
    return listing.scan()


@dataclass(frozen=True)
class _Named:
    """A path that somebody named, to be asked what an entry of a folder is asked."""

    path: bytes
    name: bytes

    def is_dir(self) -> bool:
        return os.path.isdir(self.path)

    def is_symlink(self) -> bool:
        return os.path.islink(self.path)

    def stat(self) -> os.stat_result:
        return os.stat(self.path)


class _Listing:
    """What was found in a folder up to now.

    Attributes:
        pending: folders to be listed, each with how far below it a photo library has its originals, and nothing else
            that counts (0: everything counts). A stack, not recursion: folders can be nested deeper than Python likes
            to call itself.
    """

    def __init__(self, root: bytes, excluded: Iterable[str]) -> None:
        self.root = root
        self.ignored = Ignored(root, excluded)
        self.of_several, self.entered = os.path.lexists(os.path.join(root, _LINKED)), list[bytes]()
        self.pending = [(b"", levels_to_originals(root))]
        self.stamps: list[FileStamp | None] = []
        self.unreadable: list[bytes] = []
        self.linked: list[bytes] = []
        self.links: list[bytes] = []
        self.passed_over: Counter[str] = Counter()
        self.other_kinds: Counter[str] = Counter()

    def heed_above(self, path: bytes) -> None:
        """What the files in the folders above a path say of it."""
        parts = path.split(b"/")
        for length in range(len(parts)):
            prefix = b"".join(part + b"/" for part in parts[:length])
            if prefix not in self.ignored.below and os.path.lexists(os.path.join(self.root, prefix + _IGNORE)):
                self.ignored.read(prefix)

    def look_at(self, entry: os.DirEntry[bytes] | _Named, path: bytes) -> None:
        """An entry of any kind."""
        if entry.name.startswith(b".") or entry.name.lower() in _SYSTEM_FILES:
            return
        if _is_folder(entry):
            if self.ignored and self.ignored.leaves_out(path, folder=True):
                self.passed_over[EXCLUDED_FOLDER] += 1
            elif entry.is_symlink() and not self._entered(path):
                self.linked.append(path)
            elif kind := kind_of(path):
                self.passed_over[kind] += 1
                if levels := levels_to_originals(path):
                    self.pending.append((path + b"/", levels))
            else:
                self.pending.append((path + b"/", 0))
        elif self.ignored and self.ignored.leaves_out(path, folder=False):
            self.passed_over[EXCLUDED_FILE] += 1
        elif not _is_candidate(entry.name):
            self.other_kinds[os.fsdecode(os.path.splitext(entry.name)[1][1:].lower())] += 1
        else:
            self.stamps.append(_stamp(entry, path))
            if entry.is_symlink():
                self.links.append(path)

    def _entered(self, path: bytes) -> bool:
        """Whether a link to a folder is one of those that the collection is made of."""
        if own := self.of_several and b"/" not in path:
            self.entered.append(path)
        return own

    def scan(self) -> Scan:
        listed = {stamp.path: stamp for stamp in self.stamps if stamp is not None}
        inside = _to_listed(self.root, self.entered, self.links, listed)
        passed_over = dict(self.passed_over) | ({LINK: len(inside)} if inside else {})
        files = sorted((stamp for path, stamp in listed.items() if path not in inside), key=itemgetter(0))  # the path
        unreadable, linked = tuple(sorted(self.unreadable)), tuple(sorted(self.linked))
        return Scan(tuple(files), dict(self.other_kinds), unreadable, linked, passed_over, inside)


def _towards_originals(
    entries: Iterable[os.DirEntry[bytes]], prefix: bytes, levels: int
) -> Iterator[tuple[bytes, int]]:
    """The folders in a photo library's that are its originals, or on the way there."""
    for entry in entries:
        if _is_folder(entry) and not entry.is_symlink():
            if entry.name.lower() in ORIGINALS:
                yield prefix + entry.name + b"/", 0
            elif levels > 1:
                yield prefix + entry.name + b"/", levels - 1


def _to_listed(
    root: bytes, entered: Sequence[bytes], links: Sequence[bytes], listed: Mapping[bytes, FileStamp]
) -> dict[bytes, bytes]:
    """Those of the links that lead to a listed file, also behind a link that was entered, and to which."""
    folders = [b"", *(path + b"/" for path in entered)] if links else []
    bases = [(os.path.join(os.path.realpath(os.path.join(root, folder)), b""), folder) for folder in folders]
    real = {link: os.path.realpath(os.path.join(root, link)) for link in links}
    found = {}
    for link, target in real.items():
        for base, folder in bases:
            inside = folder + target[len(base) :].replace(os.fsencode(os.sep), b"/")
            if target.startswith(base) and inside in listed and inside not in real:  # else they lead round in a circle
                found[link] = inside
    return found


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be scanned, before anything is made for it. Raises FolderError as `scan` does."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise _no_folder(folder, error) from error


def is_unchanged(root: bytes, path: bytes, size: int, mtime_ns: int) -> bool:
    """Whether a file of a folder is there with the size and the time it had. It is not opened."""
    try:
        status = os.stat(os.path.join(root, path))
    except OSError:  # gone, or a link that leads nowhere by now
        return False
    return (status.st_size, status.st_mtime_ns) == (size, mtime_ns)


def content_hash(path: Source) -> bytes:
    """The 16-byte BLAKE2b digest of a file's content, read in pieces.

    Raises:
        DecodeError: code "vanished", "unreadable", or "not-an-image" for what is no regular file.
    """
    with open_regular(path) as file:
        return hash_of(file)


def hash_of(file: BinaryIO) -> bytes:
    """The same of an open file, from its beginning to its end."""
    digest = hashlib.blake2b(digest_size=HASH_BYTES)
    before = _state(file)
    try:
        file.seek(0)
        while block := file.read(_BLOCK):
            digest.update(block)
    except OSError as error:
        raise unusable("unreadable") from error
    found = digest.digest()
    if before and before == _state(file) and len(_hashed) < _MOST_HASHED:
        _hashed[before] = found
    return found


def hashed_before(file: BinaryIO) -> bytes | None:
    """What `hash_of` found of an open file, if it was not written to since; None where that cannot be told."""
    state = _state(file)
    return _hashed.get(state) if state else None


_hashed: dict[tuple[int, ...], bytes] = {}
_MOST_HASHED = 50_000
_SETTLED = 60  # seconds


def _state(file: BinaryIO) -> tuple[int, ...] | None:
    """What changes whenever somebody writes into a file; None where it may not.

    The time of the last change of any kind (ctime) cannot be set by a program. But some network drives do not keep it,
    and writing through mapped memory is dated once in half a minute.
    """
    if sys.platform != "linux":
        return None
    try:
        status = os.fstat(file.fileno())
    except OSError:  # in memory
        return None
    on_disk = os.major(status.st_dev) != 0
    settled = time.time() - max(status.st_ctime, status.st_mtime) > _SETTLED
    state = status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    return state if on_disk and settled else None


def _is_candidate(name: bytes) -> bool:
    if name[-4:] in _USUAL:
        return True
    suffix = os.path.splitext(name)[1].lower()
    return suffix in (b"", b".") or suffix in _SUFFIXES or (suffix in _RAW_SUFFIXES and reads_raw())


def _is_plain_file(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_file(follow_symlinks=False)  # costs no stat but on some network drives
    except OSError:
        return False


def _is_folder(entry: os.DirEntry[bytes] | _Named) -> bool:
    try:
        return entry.is_dir()  # follows links; costs no stat for what is none
    except OSError:
        return False


def _stamp(entry: os.DirEntry[bytes] | _Named, path: bytes) -> FileStamp | None:
    """The stamp of a regular file; None for pipes, sockets and devices, which must never be opened."""
    try:
        status = entry.stat()
    except OSError:
        # A broken link, or gone since it was listed: kept, so that decoding reports it as skipped, with the reason.
        return FileStamp(path, 0, 0)
    if not stat.S_ISREG(status.st_mode):
        return None
    # What FileStamp(…) comes to, without its Python function: a tenth of a scan.
    return tuple.__new__(FileStamp, (path, status.st_size, status.st_mtime_ns))


def _no_folder(folder: Path, error: OSError) -> FolderError:
    name = display_path(os.fsencode(folder))
    if isinstance(error, FileNotFoundError):
        return FolderError(f"There is no folder {name}.", "check the spelling; quote a name that contains spaces")
    if isinstance(error, NotADirectoryError):
        parent = shlex.quote(display_path(os.fsencode(folder.parent)))
        return FolderError(f"{name} is a file, not a folder.", f"name the folder it lies in: {parent}")
    return FolderError(f"The folder {name} cannot be read: {error.strerror}.", f"ls -ld {shlex.quote(name)}")
