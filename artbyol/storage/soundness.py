"""Whether a store is sound as far as it can be told without looking at a picture: its disk, its marker, its catalogue
against the folder, and what killed runs left."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from artbyol.base.errors import StoreError
from artbyol.base.finding import Finding
from artbyol.pictures.measures.axes import MEASURED_IDS
from artbyol.pictures.scan import Scan
from artbyol.storage.atomic import abandoned, remove_abandoned
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.ingest import count_changes
from artbyol.storage.store import Store, existing

_A_WORK = 8_000  # bytes that the store takes for a work with all its axes, its place in the indexes included; and spare
_LEAST_FREE = 100_000_000
_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afpfs", "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "davfs")
_FAT = ("vfat", "msdos", "exfat", "fuse.exfat")


def check_disk(place: Store, files: Callable[[], Scan]) -> Finding:
    """Whether the store's disk can be written and has room for so many files, and what kind of file system it has."""
    there = next(one for one in (place.root, *place.root.parents) if one.is_dir())
    free, kind = shutil.disk_usage(there).free, file_system(there)
    needed = _LEAST_FREE + _A_WORK * len(files().files)
    said = f"{free / 1e9:,.1f} GB free" + (f", {kind}" if kind else "")
    if not os.access(there, os.W_OK):
        return Finding("disk", "noted", f"{said}; {there} cannot be written: it can be asked, not changed")
    if free < needed:
        return Finding("disk", "wrong", f"{said}; {needed / 1e9:,.1f} GB are needed", "make room, or use --store DIR")
    if kind in _NETWORK:
        return Finding("disk", "noted", f"{said}, a network drive: let only one computer write at a time")
    if kind in _FAT:
        return Finding("disk", "noted", f"{said}, which keeps no rights and times to two seconds only")
    return Finding("disk", "sound", said)


def file_system(folder: Path) -> str:
    """The kind of file system that a folder lies on, as Linux names it; "" where it does not say."""
    real, longest, found = os.path.realpath(folder), "", ""
    with suppress(OSError):
        for line in Path("/proc/self/mounts").read_text("utf-8", "surrogateescape").splitlines():
            _, mounted, kind, *_ = line.split(" ")
            point = mounted.replace("\\040", " ")
            if len(point) >= len(longest) and Path(real).is_relative_to(point):
                longest, found = point, kind
    return found


def check_marker(place: Store) -> Finding:
    """Whether there is a store, and this version reads it.

    Raises:
        StoreError: its marker is gone. Otherwise as `artbyol.storage.store.existing`.
    """
    if not place.exists() and any(place.root.iterdir()):
        raise StoreError(f"{place.marker} is gone.", place.command("embed"))
    existing(place.folder, None if place.moves_along else place.root)
    size = sum(path.stat().st_size for path in place.root.rglob("*") if path.is_file())
    return Finding("store", "sound", f"{place.root}, {size / 1e6:,.1f} MB")


def check_catalogue(place: Store) -> Finding:
    """Whether every page, row and vector of the catalogue is as it was written. Raises StoreError."""
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        faults, counts, unchecked = catalogue.check(), catalogue.counts(), catalogue.unchecked()
    if faults:
        mends = "what is damaged is taken out of it and embedded again"
        said = "; ".join(one.splitlines()[-1] for one in faults)  # above it SQLite says in which database
        return Finding("catalogue", "wrong", said, mends=mends)
    said = f"{counts.files:,} files, {counts.contents:,} works, {sum(counts.vectors.values()):,} vectors"
    if unchecked:
        said = f"{said}; {unchecked:,} were kept by an artbyol that wrote no checksums"
        return Finding("catalogue", "noted", said, mends="they get checksums")
    return Finding("catalogue", "sound", said)


def mend_catalogue(place: Store) -> str:
    """Take out of the catalogue what is damaged; all of it, where it can no longer be read. Raises StoreError."""
    with suppress(StoreError), Catalogue.open(place.catalogue) as catalogue:
        removed = catalogue.mend()
        if not catalogue.check():
            return f"what was damaged was taken out of the catalogue ({removed:,} of its rows); the rest has checksums"
    for end in ("", "-wal", "-shm", "-journal"):
        place.catalogue.with_name(place.catalogue.name + end).unlink(missing_ok=True)
    return "the catalogue could not be read and was made anew"


def check_rows(place: Store) -> Finding:
    """Whether every work has its vectors and every vector its work. Raises StoreError."""
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        counts, held = catalogue.counts(), catalogue.model_id
    wanted = (held, *MEASURED_IDS) if held else MEASURED_IDS
    without = {name: counts.contents - counts.vectors.get(name, 0) for name in wanted}
    lacking = ", ".join(f"{number:,} works lack {name}" for name, number in without.items() if number)
    others = sum(number for name, number in counts.vectors.items() if name not in wanted)
    if lacking:
        return Finding("rows", "wrong", lacking, place.command("embed"), "embedded now")
    if held is None:
        return Finding("rows", "noted", "nothing was embedded to the end yet", place.command("embed"))
    if others:
        return Finding("rows", "noted", f"{others:,} vectors of models that are gone", mends="removed")
    return Finding("rows", "sound", f"every work has its {len(wanted)} vectors")


def check_folder(place: Store, files: Callable[[], Scan]) -> Finding:
    """Whether the folder is as the catalogue has it. Raises StoreError, FolderError."""
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        new, changed, gone = count_changes(files(), catalogue)
        skipped, away = sum(catalogue.counts().skipped.values()), len(catalogue.away())
    told = ((new, "new"), (changed, "changed"), (gone, "gone"), (away, "away, with all that is known of them kept"))
    differs = ", ".join(f"{number:,} {word}" for number, word in told if number)
    also = f"; {skipped:,} cannot be used (artbyol info lists them)" if skipped else ""
    if differs:
        remedy = place.command("embed")
        return Finding("folder", "noted", f"since the last embedding: {differs}{also}", remedy)
    return Finding("folder", "sound", f"as it was embedded{also}")


def check_temporaries(place: Store) -> Finding:
    """What runs that were killed left in the store, and beside the pictures."""
    left = {path for root in (place.folder, place.root) for path in abandoned(root, below=True)}
    if left:
        return Finding("temporaries", "noted", f"{len(left):,} left by runs that were killed", mends="removed")
    return Finding("temporaries", "sound", "none")


def remove_temporaries(place: Store) -> str:
    """Remove them."""
    for root in (place.folder, place.root):
        remove_abandoned(root, below=True)
    return "what killed runs left was removed"
