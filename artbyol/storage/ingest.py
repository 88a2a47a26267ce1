"""From a folder as it is now to the contents that must be looked at: what is new, changed, renamed, copied or gone.

A file whose size and time are unchanged is not opened. One that changed is hashed; only content never seen before is
decoded. Decoding runs in threads, a bounded number of pictures ahead of whoever consumes them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import DecodeError, Interrupted
from artbyol.base.events import Listener, Notice, Progress, ignore
from artbyol.base.processes import in_threads
from artbyol.base.text import display_path
from artbyol.pictures.decode import decode, decoder_signature
from artbyol.pictures.measures.axes import MEASURED_IDS
from artbyol.pictures.measures.measure import decoded_side, measure
from artbyol.pictures.scan import FileStamp, Scan, content_hash, scan
from artbyol.pictures.skips import TRANSIENT_CODES
from artbyol.pictures.views import STRIDE, ViewPlan, Views, fingerprint, look
from artbyol.storage.catalogue import Catalogue

AHEAD = 16
"""Pictures decoded ahead of the networks: bounds memory whatever the folder holds."""

_HASHED_AT_ONCE, _HASHED_AHEAD = 4, 64  # files; disks, not cores, are what is waited for

LEAST_VIEWS = ViewPlan(whole_side=STRIDE, crops=0)
"""For pictures that are to be measured only: next to no views."""


@dataclass(frozen=True)
class Content:
    """One distinct picture, and the files that show it (copies share one content)."""

    hash: bytes
    files: tuple[FileStamp, ...]


@dataclass(frozen=True)
class Stock:
    """What taking stock found.

    Attributes:
        files: image files in the folder.
        unchanged, moved, vanished: files as before; renamed, copied or merely touched; gone.
        fresh: contents nobody has looked at yet; some may turn out not to be usable.
        other_files: files with another ending, passed over.
    """

    files: int
    unchanged: int
    moved: int
    vanished: int
    fresh: tuple[Content, ...]
    other_files: int


@dataclass(frozen=True)
class Seen:
    """A content after decoding: its views, its full size in pixels, its fingerprint, and what was measured of it
    (vectors by id, `artbyol.pictures.measures.axes.MEASURED_IDS`; nothing where that was not asked for)."""

    content: Content
    views: Views
    width: int
    height: int
    fingerprint: bytes
    measures: Mapping[str, NDArray[np.float32]]


def take_stock(
    folder: Path,
    catalogue: Catalogue,
    max_pixels: int,
    listener: Listener = ignore,
    stop: Callable[[], bool] = lambda: False,
) -> Stock:
    """Bring the catalogue's list of files up to date with the folder, as far as that needs no decoding.

    Raises:
        FolderError: missing or no folder. Interrupted: `stop` said so.
    """
    found = scan(folder)
    _tell_of_closed_folders(found, listener)
    signature = decoder_signature(max_pixels)
    settled = catalogue.stamps(signature, unless=tuple(TRANSIENT_CODES))
    changed = [stamp for stamp in found.files if stamp not in settled]
    fresh: dict[bytes, list[FileStamp]] = {}
    moved = 0
    hashed = list(_hashes(folder, changed, listener, stop))  # reading takes long: outside the transaction
    with catalogue.batch():
        for stamp, digest in hashed:
            if isinstance(digest, DecodeError):
                catalogue.record_skip(
                    stamp.path, stamp.size, stamp.mtime_ns, None, digest.code, digest.message, signature
                )
            elif work := catalogue.work_of(digest):
                (mark,) = catalogue.fingerprints([work.id])
                catalogue.record_ok(
                    stamp.path, stamp.size, stamp.mtime_ns, digest, work.width, work.height, mark.tobytes()
                )
                moved += 1
            else:
                fresh.setdefault(digest, []).append(stamp)
        gone = [] if not fresh and catalogue.file_count() == len(found.files) else _gone(catalogue, found)
        catalogue.forget(gone)
    return Stock(
        files=len(found.files),
        unchanged=len(found.files) - len(changed),
        moved=moved,
        vanished=len(gone),
        other_files=found.other_files,
        fresh=tuple(Content(digest, tuple(files)) for digest, files in fresh.items()),
    )


def changes(found: Scan, catalogue: Catalogue) -> tuple[int, int, int]:
    """How many files are new, changed and gone against the catalogue; opens none of them."""
    before = catalogue.stamps()
    different = [stamp for stamp in found.files if stamp not in before]
    known = {path for path, _, _ in before} if different else set()
    changed = sum(stamp.path in known for stamp in different)
    gone = 0 if not different and len(before) == len(found.files) else len(_gone(catalogue, found))
    return len(different) - changed, changed, gone


def see(
    folder: Path, contents: Sequence[Content], plan: ViewPlan, max_pixels: int, *, measured: bool = True
) -> Iterator[Seen | tuple[Content, DecodeError]]:
    """Decode contents in threads, cut their views and measure them; yields in the order given.

    A content that cannot be decoded is yielded with the reason instead.

    Args:
        measured: whether to measure them, which takes a larger decoded picture and as long again as to cut a view.
    """
    side = decoded_side(plan) if measured else plan.short_side

    def one(content: Content) -> Seen | tuple[Content, DecodeError]:
        try:
            picture = decode(os.path.join(os.fsencode(folder), content.files[0].path), side, max_pixels)
        except DecodeError as error:
            return content, error
        views, measures = look(picture, content.hash, plan), measure(picture) if measured else {}
        return Seen(content, views, picture.width, picture.height, fingerprint(picture), measures)

    yield from in_threads(one, contents, ahead=AHEAD)


def record(catalogue: Catalogue, seen: Iterable[Seen | tuple[Content, DecodeError]], max_pixels: int) -> list[Seen]:
    """Write down what was seen, in one transaction; gives back the usable ones."""
    usable = []
    with catalogue.batch():
        for one in seen:
            if isinstance(one, Seen):
                for file in one.content.files:
                    catalogue.record_ok(
                        file.path, file.size, file.mtime_ns, one.content.hash, one.width, one.height, one.fingerprint
                    )
                usable.append(one)
                continue
            content, error = one
            for file in content.files:
                catalogue.record_skip(
                    file.path,
                    file.size,
                    file.mtime_ns,
                    content.hash,
                    error.code,
                    error.message,
                    decoder_signature(max_pixels),
                )
        measured = [one for one in usable if one.measures]
        for axis in MEASURED_IDS if measured else ():
            rows = np.stack([one.measures[axis] for one in measured])
            catalogue.put_vectors(axis, [one.content.hash for one in measured], rows)
    return usable


def _tell_of_closed_folders(found: Scan, listener: Listener) -> None:
    for folders, why in (
        (found.unreadable_folders, "cannot be opened; what is known of its pictures is kept"),
        (found.linked_folders, "is a link to a folder and is not entered"),
    ):
        if folders:
            more = f" (and {len(folders) - 1} more like it)" if len(folders) > 1 else ""
            listener(Notice(f"{display_path(folders[0])}{more} {why}."))


def _hashes(
    folder: Path, stamps: Sequence[FileStamp], listener: Listener, stop: Callable[[], bool]
) -> Iterator[tuple[FileStamp, bytes | DecodeError]]:
    def one(stamp: FileStamp) -> bytes | DecodeError:
        try:
            return content_hash(os.path.join(os.fsencode(folder), stamp.path))
        except DecodeError as error:
            return error

    hashes = in_threads(one, stamps, ahead=_HASHED_AHEAD, workers=_HASHED_AT_ONCE)
    for done, (stamp, digest) in enumerate(zip(stamps, hashes, strict=True), start=1):
        if stop():
            raise Interrupted(f"Stopped with {done - 1:,} of {len(stamps):,} files read.")
        yield stamp, digest
        if done % 50 == 0 or done == len(stamps):
            listener(Progress("reading", done, len(stamps)))


def _gone(catalogue: Catalogue, found: Scan) -> list[bytes]:
    """Paths that were there and are not, unless they lie in a folder that could not be listed just now."""
    present = {stamp.path for stamp in found.files}
    hidden = tuple(folder + b"/" for folder in found.unreadable_folders)
    return [path for path in catalogue.paths() if path not in present and not path.startswith(hidden)]


def known_contents(catalogue: Catalogue) -> tuple[Content, ...]:
    """The contents of all usable files, in order of hash."""
    by_hash: dict[bytes, list[FileStamp]] = {}
    for path, file in catalogue.files().items():
        if file.skip_code is None and file.hash is not None:
            by_hash.setdefault(file.hash, []).append(FileStamp(path, file.size, file.mtime_ns))
    return tuple(
        Content(digest, tuple(sorted(files, key=lambda f: f.path))) for digest, files in sorted(by_hash.items())
    )
