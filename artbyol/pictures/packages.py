"""Folders that belong to other programs, or to whoever keeps the disk: their previews, snapshots and recycle bins hold
no works, and nothing is ever written into them. Of photo libraries the originals are works."""

import os
import re
from fnmatch import translate
from pathlib import Path

from artbyol.base.errors import UsageError
from artbyol.base.text import display_file

_FOLDERS = {
    "photo library": (
        *("*.photoslibrary", "*.photolibrary", "*.migratedphotolibrary", "iphoto library"),  # Apple Photos, iPhoto
        *("*.aplibrary", "*.migratedaplibrary", "photo booth library"),  # Aperture, Photo Booth
        *("*.lrlibrary", "*.cocatalog"),  # Lightroom that keeps pictures online, Capture One
    ),
    "preview cache": (
        *("*.lrdata", "*.lrcat-data", "captureone/cache"),  # Lightroom, Capture One
        *(".picasaoriginals", ".thumbnails", "ipod photo cache"),  # Picasa, file managers, iTunes
        *("@eadir", ".@__thumb", "appdata_oc*"),  # Synology, QNAP, Nextcloud
    ),
    "snapshot": (
        *("#snapshot", "@sharesnap", "@recently-snapshot"),  # Synology, QNAP
        *(".snapshot", "~snapshot", ".snapshots", ".zfs", "@gmt-*"),  # NetApp, Btrfs, ZFS, Samba
        *("*.backupdb", "*.sparsebundle", "*.backupbundle", "filehistory"),  # Time Machine, Windows
        *("files_versions", ".stversions"),  # Nextcloud, Syncthing
    ),
    "recycle bin": (
        *("@recycle", "#recycle", "$recycle.bin", "recycler"),  # QNAP, Synology, Windows
        *(".trash", ".trashes", ".trash-*", "network trash folder"),  # macOS, Linux
        *(".dtrash", "files_trashbin"),  # digiKam, Nextcloud
    ),
    "system folder": (
        *("__macosx", "system volume information", "lost+found", "found.[0-9][0-9][0-9]", "temporary items"),
        *("@tmp", "@sharebin", "@synoresource", "@transcode"),  # Synology, QNAP
    ),
    "package": (  # what macOS shows as one file: programs, films, documents
        *("*.app", "*.framework", "*.fcpbundle", "*.imovielibrary", "*.tvlibrary", "*.musiclibrary"),
        *("*.rtfd", "*.pages", "*.numbers", "*.key"),
    ),
}
"""Of each kind, how its folders are called, in small letters; with a / also the folder that such a one lies in."""

ORIGINALS = frozenset({b"originals", b"masters"})
"""Where a photo library keeps the pictures that were put into it."""

_KINDS = tuple(_FOLDERS)
_PATTERNS = (f"({'|'.join(map(translate, names))})" for names in _FOLDERS.values())
_CALLED = re.compile(f"(?:[^/]*/)?(?:{'|'.join(_PATTERNS)})")


def kind_of(folder: bytes) -> str | None:
    """What a folder is, by its path: "photo library", "snapshot" and so on; None for one that is nobody's but the
    artist's."""
    last_two = b"/".join(folder.lower().rsplit(b"/", 2)[-2:])
    found = _CALLED.fullmatch(os.fsdecode(last_two))
    return _KINDS[found.lastindex - 1] if found and found.lastindex else None


def levels_to_originals(folder: bytes) -> int:
    """How far below a photo library's folder that of its originals lies; 0 for what is no photo library."""
    if kind_of(folder) != "photo library":
        return 0
    return 2 if folder.lower().endswith(b".lrlibrary") else 1


def package_around(path: Path) -> Path | None:
    """The folder of another program that a path lies in, or is, links followed; None where there is none."""
    real = Path(os.path.realpath(path))
    return next((one for one in (*reversed(real.parents), real) if kind_of(os.fsencode(one.as_posix()))), None)


def refuse_package(path: Path, hint: str) -> None:
    """Refuse to write to a place in a folder of another program. Raises UsageError."""
    if package := package_around(path):
        raise UsageError(f"{display_file(package)} belongs to another program; nothing is written into it.", hint)
