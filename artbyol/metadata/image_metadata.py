"""What a picture file, or a sidecar beside it, says of the work: XMP, IPTC and EXIF, read without decoding a pixel.

When the *photograph* was taken (EXIF DateTimeOriginal, IPTC and Photoshop DateCreated) is never taken for the year of
the work. That has a field of its own, in the IPTC Extension's description of the artwork shown.

What pictures have embedded is kept in the store: it cannot change without the picture's content changing. Opening ten
thousand pictures for their headers takes seconds, reading this file a fraction of one. It is derived: whoever finds it
missing, damaged or of older rules reads the pictures again; whoever cannot write it does without.
"""

from __future__ import annotations

import json
import os
import re
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict

from artbyol.base.errors import DecodeError, StoreError
from artbyol.base.processes import in_threads
from artbyol.base.typed_json import from_json
from artbyol.metadata.xmp import DC, IPTC_EXTENSION, LARGEST, Properties, read_xmp
from artbyol.pictures.scan import is_unchanged
from artbyol.pictures.skips import TRANSIENT_CODES
from artbyol.storage.atomic import remove_abandoned, write_atomically
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.rows import FileRecord
from artbyol.storage.store import Store

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

FEW: Final = 100
"""Up to so many pictures are opened rather than looked up in the store."""

_LONGEST = 10_000  # characters of one text
_AHEAD = 64  # pictures opened before their turn
_SAVED_EVERY = 60.0  # seconds, so that a stopped run need not begin anew
_RULES = 2  # raised when this module takes something else for a title, an artist and so on

_AO = f"{{{IPTC_EXTENSION}}}AO"
_SAID_IN: Final[dict[str, tuple[str, ...]]] = {
    "title": (f"{_AO}Title", f"{{{DC}}}title", "IPTC 2:5", "EXIF 9C9B"),
    "artist": (f"{_AO}Creator", f"{{{DC}}}creator", "IPTC 2:80", "EXIF 9C9D", "EXIF 013B"),
    "date": (f"{_AO}DateCreated", f"{_AO}CircaDateCreated"),
    "tags": (f"{{{DC}}}subject", "IPTC 2:25", "EXIF 9C9E"),
    "permalink": (f"{_AO}SourceInvURL", f"{{{DC}}}identifier"),
    "description": (f"{_AO}ContentDescription", f"{{{DC}}}description", "IPTC 2:120", "EXIF 9C9C", "EXIF 010E"),
}
"""Of each field the properties it may stand in; the first that says anything counts. XMP comes before IPTC, IPTC before
EXIF; in XMP a description of the artwork shown before that of the photograph."""

_LISTS = ("EXIF 9C9D", "EXIF 013B", "EXIF 9C9E")  # EXIF has but one text; names and keywords stand between semicolons
_DESCRIPTIONS = ("EXIF 9C9C", "EXIF 010E")  # where cameras put an idea of their own, as "OLYMPUS DIGITAL CAMERA"
_EXPOSURE = (0x829A, 0x829D, 0x8827, 0x920A)  # time, aperture, sensitivity, focal length: a camera took the picture
_CAMERA_TITLES = ("digital camera", "digital still camera", "dsc", "sony dsc", "samsung camera pictures")

Said = dict[str, Any]
"""Fields of `artbyol.metadata.metadata.Metadata`, those that are known; `date` as written."""


def embedded_metadata(path: bytes) -> Said:
    """What a picture file says; nothing where it cannot be read."""
    return _embedded(path) or {}


def _embedded(path: bytes) -> Said | None:
    """The same; None where that may be otherwise tomorrow."""
    from artbyol.pictures.decode import header

    try:
        with header(path) as im:
            packet = im.info.get("xmp")
            xmp = read_xmp(packet) if isinstance(packet, bytes) else {}
            return _told(xmp | _iptc_of(im) | _exif_of(im))
    except DecodeError as error:
        return None if error.code in TRANSIENT_CODES else {}
    except OSError:
        return None


def sidecar_metadata(path: bytes) -> Said:
    """What an XMP sidecar says; nothing where there is none, or it cannot be read."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (bytes)
            return _told(read_xmp(file.read(LARGEST + 1)))
    except OSError:
        return {}


def embedded_of(place: Store, catalogue: Catalogue, paths: Sequence[bytes]) -> Mapping[bytes, Said]:
    """What these files of a collection have embedded, by path; read from the store where they are many."""
    root = os.fsencode(place.folder)
    if len(paths) <= FEW:
        return {path: embedded_metadata(os.path.join(root, path)) for path in paths}
    files = catalogue.files()
    records = [files[path] for path in paths if path in files and files[path].hash]
    known = _load(place.embedded)
    saved = time.monotonic()
    told = {record.path: known[_key(record)] for record in records if _key(record) in known}
    missing = [record for record in records if record.path not in told]
    found = in_threads(partial(_read_now, root), missing, ahead=_AHEAD)
    for done, (record, (said, unchanged)) in enumerate(zip(missing, found, strict=True), start=1):
        told[record.path] = said or {}
        if said is not None and unchanged:  # else it says nothing of the content, as when a drive is not plugged in
            known[_key(record)] = said
        if done == len(missing) or time.monotonic() - saved > _SAVED_EVERY:
            _save(place.embedded, known, {digest.hex() for digest in catalogue.hashes()})
            saved = time.monotonic()
    return told


def _key(record: FileRecord) -> str:
    return (record.hash or b"").hex()


def _read_now(root: bytes, record: FileRecord) -> tuple[Said | None, bool]:
    """What a file says now, None where it cannot be read; and whether it is as it was catalogued."""
    said = _embedded(os.path.join(root, record.path))
    return said, is_unchanged(root, record.path, record.size, record.mtime_ns)


def clean(text: str) -> str:
    """One line without control characters or unpaired surrogates, and not endless."""
    text = re.sub("[\ud800-\udfff\u202a-\u202e\u2066-\u2069]", "", text[: 2 * _LONGEST])
    return re.sub(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+", " ", text).strip()[:_LONGEST]


def is_link(text: str) -> bool:
    """Whether it is an address to click on, and no script."""
    return text.startswith(("http://", "https://"))


def _told(properties: Properties) -> Said:
    told: Said = {}
    for name, places in _SAID_IN.items():
        for place in places:
            lines = _lines(properties.get(place, ()))
            if name == "permalink":
                lines = tuple(filter(is_link, lines))
            if lines and name not in told:
                told[name] = lines if name == "tags" else ", ".join(lines) if name == "artist" else lines[0]
    return told


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for text in texts if (line := clean(text))))


def _iptc_of(im: ImageFile) -> Properties:
    from PIL import IptcImagePlugin

    found: Any = _or_nothing(lambda: IptcImagePlugin.getiptcinfo(im)) or {}
    return {
        f"IPTC {record}:{number}": [_text(one) for one in values if isinstance(one, bytes)]
        for (record, number), said in found.items()
        for values in [said if isinstance(said, list) else [said]]
    }


def _exif_of(im: ImageFile) -> Properties:
    """The tags that say something of the work; Windows' own (XPTitle and others) are UTF-16."""
    tags: Any = _or_nothing(im.getexif) or {}
    found: Properties = {}
    for tag in (0x010E, 0x013B, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E):
        value = _or_nothing(partial(tags.get, tag))
        if isinstance(value, tuple):
            value = bytes(part & 255 for part in value if isinstance(part, int))
        if isinstance(value, bytes):
            value = value.decode("utf-16-le", "replace") if tag >= 0x9C9B else _text(value)
        if isinstance(value, str):
            name, text = f"EXIF {tag:04X}", value.replace("\0", "")
            found[name] = text.split(";") if name in _LISTS else [text]
            if name in _DESCRIPTIONS and text.strip().lower().endswith(_CAMERA_TITLES):
                del found[name]
    camera: Any = _or_nothing(lambda: tags.get_ifd(0x8769)) or {}
    if any(tag in camera for tag in _EXPOSURE):
        found.pop("EXIF 013B", None)  # whom a camera names holds the camera
    return found


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _or_nothing(read: Callable[[], Any]) -> Any:
    """What a reader gives; None where it fails: damaged metadata raises struct.error, SyntaxError and others."""
    try:
        return read()
    except Exception:
        return None


class _Kept(TypedDict):
    """What is kept between runs, besides what `_header` says: by content what it says, and a checksum of that."""

    said: dict[str, dict[str, str | list[str]]]
    crc32: int


def _load(path: Path) -> dict[str, Said]:
    try:
        kept: _Kept = from_json(path.read_bytes(), _Kept)
    except (OSError, ValueError):
        return {}
    if kept["crc32"] != _sum(kept["said"]) or {name: kept.get(name) for name in _header()} != _header():
        return {}
    return {
        digest: {**said, **({"tags": tuple(said["tags"])} if "tags" in said else {})}
        for digest, said in kept["said"].items()
    }


def _save(path: Path, known: Mapping[str, Said], in_use: set[str]) -> None:
    said = {digest: one for digest, one in known.items() if digest in in_use}
    remove_abandoned(path.parent)
    with suppress(StoreError):  # read-only media, a full disk: it is read again next time
        write_atomically(path, json.dumps({**_header(), "said": said, "crc32": _sum(said)}).encode("ascii"))


def _sum(said: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(said).encode("ascii"))


def _header() -> dict[str, Any]:
    """What the file was made by: a Pillow that reads more formats finds more in the same pictures."""
    from artbyol.pictures.decode import decoder_signature

    return {"format": "artbyol-embedded", "format_version": 2, "rules": _RULES, "reader": decoder_signature(0)}
