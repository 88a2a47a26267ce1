"""From a folder as it is now to the pictures that must be read: what is new, changed, renamed, copied or gone.

A file whose size and time are unchanged is not opened. One that changed is hashed; only content never seen before is
decoded, from the very bytes of that hash: a file that changed its name or its content in between is left for the next
run. Decoding runs in threads, a bounded number of pictures ahead of whoever consumes them.
"""

import os
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import DecodeError
from artbyol.base.processes import in_threads
from artbyol.base.run import Run
from artbyol.base.text import display_path, read_text
from artbyol.pictures.decode import Picture, decode_content, decoder_signature
from artbyol.pictures.ignore import patterns
from artbyol.pictures.measures.axes import MEASURED_IDS
from artbyol.pictures.measures.measure import decoded_side, measure
from artbyol.pictures.near_duplicates import fingerprint
from artbyol.pictures.scan import FileStamp, Scan, check_folder, hash_of, scan
from artbyol.pictures.skips import TRANSIENT_CODES, open_regular
from artbyol.pictures.views import STRIDE, ViewPlan, Views, make_views
from artbyol.storage.atomic import write_atomically
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import Store, create, writing

AHEAD = 16
"""Pictures decoded ahead of the networks: bounds memory whatever the folder holds."""

_HASHED_AT_ONCE, _HASHED_AHEAD = 4, 64  # files; disks, not cores, are what is waited for
_TOLD_EVERY = 0.1  # seconds: a file may take as long as a thousand others

LEAST_VIEWS = ViewPlan(whole_side=STRIDE, crops=0)
"""For pictures that are to be measured only: next to no views."""

FILES_OWN = frozenset({"changed", "vanished", "unreadable"})
"""Verdicts on a file that say nothing of its content, as `decode_content` has them: a copy may be as it should."""

Failures = tuple[tuple[FileStamp, DecodeError], ...]


@dataclass(frozen=True)
class Content:
    """One distinct picture, and the files that show it (copies share one content)."""

    hash: bytes
    files: tuple[FileStamp, ...]


@dataclass(frozen=True)
class FolderDiff:
    """How a folder differs from what the catalogue knew of it.

    Attributes:
        files: image files in the folder; where only some paths were looked at, they and what else is known.
        unchanged, moved, vanished: files as before; renamed, copied or merely touched; gone.
        returned: files that were away and are back as they were.
        fresh: contents nobody has read yet; some may turn out not to be usable.
        other_kinds: files with another ending, passed over, by ending.
        passed_over: what else was, see `artbyol.pictures.scan.Scan`.
    """

    files: int
    unchanged: int
    moved: int
    vanished: int
    returned: int
    fresh: tuple[Content, ...]
    other_kinds: Mapping[str, int]
    passed_over: Mapping[str, int]


@dataclass(frozen=True)
class PreparedPicture:
    """A content after decoding.

    Attributes:
        content: with the files that may still show it.
        views: what the networks get to see.
        width, height: its full size in pixels.
        fingerprint: see `artbyol.pictures.near_duplicates.fingerprint`.
        measures: vectors by id (`artbyol.pictures.measures.axes.MEASURED_IDS`); none where they were not asked for.
        failed: files that no longer show it, and why.
    """

    content: Content
    views: Views
    width: int
    height: int
    fingerprint: bytes
    measures: Mapping[str, NDArray[np.float32]]
    failed: Failures = ()


@dataclass(frozen=True)
class UnreadablePicture:
    """A content that cannot be used: each of its files, and what is wrong with it."""

    content: Content
    failed: Failures


PictureResult = PreparedPicture | UnreadablePicture


def update_files(place: Store, catalogue: Catalogue, run: Run, only: Iterable[bytes] | None = None) -> FolderDiff:
    """Bring the catalogue's list of files up to date with the folder, as far as that needs no decoding.

    Args:
        only: look at these paths alone, as `scan` does; whatever else the catalogue knows stays as it is.

    Raises:
        FolderError: missing or no folder. Interrupted: `run.stop` said so.
    """
    folder = place.folder
    found = listed(place, run, None if only is None else set(only))
    _tell_of_closed_folders(found, run)
    returned = catalogue.bring_back(found.files)
    signature = decoder_signature(run.max_pixels)
    settled = catalogue.stamps(signature, unless=tuple(TRANSIENT_CODES))
    changed = [stamp for stamp in found.files if stamp not in settled]
    fresh: dict[bytes, list[FileStamp]] = {}
    moved = 0
    hashed = list(_hashes(folder, changed, run))  # reading takes long: outside the transaction
    same = not changed and catalogue.file_count() == len(found.files)
    absent = [] if same else _absent(catalogue, found)
    gone = absent if only is None else []
    passed_over = {path for path in gone if os.path.lexists(os.path.join(os.fsencode(folder), path))}
    with catalogue.batch():
        for stamp, digest in hashed:
            if isinstance(digest, DecodeError):
                catalogue.record_skip(*stamp, None, digest.code, digest.message, signature)
            elif known := catalogue.content_of(digest):
                catalogue.record_ok(*stamp, digest, *known)
                moved += 1
            else:
                fresh.setdefault(digest, []).append(stamp)
        catalogue.forget(passed_over)  # they are there, but are no works any more
        catalogue.set_aside([path for path in gone if path not in passed_over])
    files = len(found.files) + len(absent) - len(gone)
    return FolderDiff(
        files=files,
        unchanged=files - len(changed) - returned,
        moved=moved,
        vanished=len(gone),
        returned=returned,
        other_kinds=found.other_kinds,
        passed_over=found.passed_over,
        fresh=tuple(Content(digest, tuple(files)) for digest, files in fresh.items()),
    )


def listed(place: Store, run: Run, only: Collection[bytes] | None = None) -> Scan:
    """What a collection's folder holds, or of it these paths. Raises what `scan` does; Interrupted."""

    def told(files: int) -> None:
        run.progress("listing", files, None)
        run.check_stop("Stopped while the folder was listed; nothing was read yet.")

    found = scan(place.folder, told, only, excluded_from(place))
    run.progress("listing", len(found.files), len(found.files))
    return found


def excluded_from(place: Store) -> list[str]:
    """The patterns of what is left out of a collection, as they were given last."""
    return read_text(place.excluded).splitlines() if place.excluded.is_file() else []


def exclude(place: Store, given: Sequence[str], run: Run) -> None:
    """From now on leave out of a collection what these patterns fit, and no longer what was given before.

    Raises:
        UsageError: patterns that are none. Otherwise as `create` and `writing` of `artbyol.storage.store`.
    """
    patterns(given, "--exclude")
    check_folder(place.folder)
    create(place, run.listener)
    with writing(place, "artbyol embed --exclude", run.listener):
        write_atomically(place.excluded, "".join(f"{one}\n" for one in given).encode("utf-8", "surrogateescape"))


def count_changes(found: Scan, catalogue: Catalogue) -> tuple[int, int, int]:
    """How many files are new, changed and gone against the catalogue; opens none of them."""
    before = catalogue.stamps()
    different = [stamp for stamp in found.files if stamp not in before]
    known = {path for path, _, _ in before} if different else set()
    changed = sum(stamp.path in known for stamp in different)
    gone = 0 if not different and len(before) == len(found.files) else len(_absent(catalogue, found))
    return len(different) - changed, changed, gone


def prepare_pictures(
    folder: Path, contents: Sequence[Content], plan: ViewPlan, max_pixels: int, *, measured: bool = True
) -> Iterator[PictureResult]:
    """Decode contents in threads, cut their views and measure them; yields in the order given.

    Args:
        measured: whether to measure them, which takes a larger decoded picture and as long again as to cut a view.
    """
    side = decoded_side(plan) if measured else plan.short_side

    def prepare(content: Content) -> PictureResult:
        picture, shown, failed = read_content(folder, content, side, max_pixels)
        if picture is None:
            return UnreadablePicture(content, failed)
        views, measures = make_views(picture, content.hash, plan), measure(picture) if measured else {}
        return PreparedPicture(shown, views, picture.width, picture.height, fingerprint(picture), measures, failed)

    return in_threads(prepare, contents, ahead=AHEAD)


def read_content(
    folder: Path, content: Content, short_side: int, max_pixels: int
) -> tuple[Picture | None, Content, Failures]:
    """A content from the first of its files that has it still.

    Returns:
        The picture, or None; the content with the files that may show it; those that do not, and why.
    """
    failed: Failures = ()
    for at, file in enumerate(content.files):
        try:
            path = os.path.join(os.fsencode(folder), file.path)
            picture = decode_content(path, content.hash, short_side, max_pixels)
            return picture, Content(content.hash, content.files[at:]), failed
        except DecodeError as error:
            if error.code not in FILES_OWN:  # so it is with its copies
                return None, content, (*failed, *((copy, error) for copy in content.files[at:]))
            failed = (*failed, (file, error))
    return None, content, failed


def record_pictures(catalogue: Catalogue, pictures: Iterable[PictureResult], max_pixels: int) -> list[PreparedPicture]:
    """Write down what was read, in one transaction; gives back the usable ones."""
    signature = decoder_signature(max_pixels)
    usable = []
    with catalogue.batch():
        for one in pictures:
            for file, error in one.failed:
                digest = None if error.code in FILES_OWN else one.content.hash
                catalogue.record_skip(*file, digest, error.code, error.message, signature)
            if isinstance(one, PreparedPicture):
                for file in one.content.files:
                    catalogue.record_ok(*file, one.content.hash, one.width, one.height, one.fingerprint)
                usable.append(one)
        measured = [one for one in usable if one.measures]
        for axis in MEASURED_IDS if measured else ():
            rows = np.stack([one.measures[axis] for one in measured])
            catalogue.put_vectors(axis, [one.content.hash for one in measured], rows)
    return usable


def tell_of_away_folders(catalogue: Catalogue, run: Run) -> None:
    """A notice for folders of which nothing is there: a drive may not be plugged in."""
    away = away_folders(catalogue)
    for folder, number in sorted(away.items())[:3]:
        name = display_path(folder) if folder else "The folder"
        run.notice(
            f"{name} has no pictures now and had {number:,}: they are left out. What is known of them is kept for when"
            " they are back; artbyol embed --forget forgets it."
        )
    if len(away) > 3:
        run.notice(f"So it is with {len(away) - 3:,} more folders.")


def tell_of_empty_folder(folder: Path, catalogue: Catalogue, run: Run) -> None:
    """A notice where a collection is asked of which nothing is there now, nor was anything embedded since."""
    with suppress(OSError), os.scandir(folder) as entries:
        if all(entry.name.startswith(".") for entry in entries) and (files := catalogue.file_count()):
            run.notice(f"{folder} is empty now. What is said is what is known of the {files:,} files that were there.")


def _tell_of_closed_folders(found: Scan, run: Run) -> None:
    for folders, why in (
        (found.unreadable_folders, "cannot be opened; what is known of its pictures is kept"),
        (found.linked_folders, "is a link to a folder and is not entered"),
    ):
        if folders:
            more = f" (and {len(folders) - 1} more like it)" if len(folders) > 1 else ""
            run.notice(f"{display_path(folders[0])}{more} {why}.")


def _hashes(folder: Path, stamps: Sequence[FileStamp], run: Run) -> Iterator[tuple[FileStamp, bytes | DecodeError]]:
    def hashed(stamp: FileStamp) -> tuple[FileStamp, bytes | DecodeError]:
        try:
            with open_regular(os.path.join(os.fsencode(folder), stamp.path)) as file:
                # As it is now: the folder was listed a while ago, and the stamp must be of the file that is hashed.
                status = os.fstat(file.fileno())
                return FileStamp(stamp.path, status.st_size, status.st_mtime_ns), hash_of(file)
        except DecodeError as error:
            return stamp, error

    found = in_threads(hashed, stamps, ahead=_HASHED_AHEAD, workers=_HASHED_AT_ONCE)
    told = 0.0
    for done, one in enumerate(found, start=1):
        run.check_stop(f"Stopped with {done - 1:,} of {len(stamps):,} files read.")
        yield one
        if done == len(stamps) or time.monotonic() - told > _TOLD_EVERY:
            told = time.monotonic()
            run.progress("reading", done, len(stamps))


def _absent(catalogue: Catalogue, found: Scan) -> list[bytes]:
    """Known paths that were not found, unless they lie in a folder that could not be listed just now."""
    present, hidden = {stamp.path for stamp in found.files}, set(found.unreadable_folders)
    missing = [path for path in catalogue.paths() if path not in present]
    return [path for path in missing if hidden.isdisjoint(folders_above(path))] if hidden else missing


def away_folders(catalogue: Catalogue) -> dict[bytes, int]:
    """Folders that had pictures and have none now, none above them, and how many each had; b"" is the collection."""
    away = catalogue.away()
    present = {folder for path in catalogue.paths() for folder in folders_above(path)} if away else set()
    found: Counter[bytes] = Counter()
    for path in away:
        empty = [folder for folder in folders_above(path) if folder not in present]
        found.update(empty[-1:])
    return dict(found)


def folders_above(path: bytes) -> Iterator[bytes]:
    """The folders that a path of the catalogue lies in, the nearest first, down to b"", the collection."""
    while path:
        path = os.path.dirname(path)
        yield path


def known_contents(catalogue: Catalogue) -> tuple[Content, ...]:
    """The contents of all usable files, in order of hash."""
    by_hash: dict[bytes, list[FileStamp]] = {}
    for path, file in catalogue.files().items():
        if file.skip_code is None and file.hash is not None:
            by_hash.setdefault(file.hash, []).append(FileStamp(path, file.size, file.mtime_ns))
    return tuple(
        Content(digest, tuple(sorted(files, key=lambda f: f.path))) for digest, files in sorted(by_hash.items())
    )
