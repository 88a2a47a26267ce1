"""What a picture file, or a sidecar beside it, says of the work: XMP, IPTC and EXIF, read without decoding a pixel.

When the *photograph* was taken (EXIF DateTimeOriginal, IPTC and Photoshop DateCreated) is never taken for the year of
the work. That has a field of its own, in the IPTC Extension's description of the artwork shown.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from artbyol.base.errors import DecodeError
from artbyol.metadata.xmp import DC, IPTC_EXTENSION, LARGEST, Properties, clean, read_xmp

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

RULES: Final = 1
"""Raised when this module takes something else for a title, an artist and so on."""

LARGEST_FILE: Final = 1 << 28
"""Bytes. Of WebP, AVIF and HEIC, Pillow reads the whole file to get at the header."""

# Endings of a camera's own idea of a description, as "OLYMPUS DIGITAL CAMERA".
_CAMERA_TITLES = ("digital camera", "digital still camera", "dsc", "sony dsc", "samsung camera pictures")
_AO = f"{{{IPTC_EXTENSION}}}AO"

Said = dict[str, Any]
"""Fields of `artbyol.metadata.metadata.Metadata`, those that are known; `date` as written."""


@dataclass(frozen=True)
class _Sources:
    """One picture's metadata: XMP properties, IPTC records, EXIF tags."""

    xmp: Properties
    iptc: dict[tuple[int, int], list[str]]
    exif: dict[int, str]


def embedded_metadata(path: bytes) -> Said:
    """What a picture file says; nothing where it cannot be read.

    XMP comes before IPTC, IPTC before EXIF; in XMP a description of the artwork shown before that of the photograph.
    """
    from artbyol.pictures.decode import header

    try:
        if os.stat(path).st_size > LARGEST_FILE and not path.lower().endswith((b".tif", b".tiff", b".jpg", b".jpeg")):
            return {}
        with header(path) as im:
            return _told(_Sources(_xmp_of(im), _iptc_of(im), _exif_of(im)))
    except (DecodeError, OSError):
        return {}


def sidecar_metadata(path: bytes) -> Said:
    """What an XMP sidecar says; nothing where there is none, or it cannot be read."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (bytes)
            return _told(_Sources(read_xmp(file.read(LARGEST + 1)), {}, {}))
    except OSError:
        return {}


def _told(sources: _Sources) -> Said:
    xmp, iptc, exif = sources.xmp, sources.iptc, sources.exif
    titles = [*xmp.get(_AO + "Title", []), *xmp.get(f"{{{DC}}}title", []), *iptc.get((2, 5), [])]
    titles += [exif[0x9C9B]] if 0x9C9B in exif else []
    makers: list[Sequence[str]] = [xmp.get(_AO + "Creator", []), xmp.get(f"{{{DC}}}creator", []), iptc.get((2, 80), [])]
    makers.append(exif.get(0x9C9D, exif.get(0x013B, "")).split(";"))
    about = [*xmp.get(_AO + "ContentDescription", []), *xmp.get(f"{{{DC}}}description", []), *iptc.get((2, 120), [])]
    written = [exif.get(tag, "") for tag in (0x9C9C, 0x010E)]
    about += [text for text in written if not text.strip().lower().endswith(_CAMERA_TITLES)]
    keywords = [xmp.get(f"{{{DC}}}subject", []), iptc.get((2, 25), []), exif.get(0x9C9E, "").split(";")]
    links = [*xmp.get(_AO + "SourceInvURL", []), *xmp.get(f"{{{DC}}}identifier", [])]
    said: Said = {
        "title": _first(titles),
        "artist": ", ".join(next((names for one in makers if (names := _all(one))), ())) or None,
        "date": _first([*xmp.get(_AO + "DateCreated", []), *xmp.get(_AO + "CircaDateCreated", [])]),
        "tags": next((tags for one in keywords if (tags := _all(one))), ()),
        "permalink": _first(link for link in links if link.strip().startswith(("http://", "https://"))),
        "description": _first(about),
    }
    return {name: value for name, value in said.items() if value}


def _first(texts: Iterable[str]) -> str | None:
    return next((line for text in texts if (line := clean(text))), None)


def _all(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for text in texts if (line := clean(text))))


def _xmp_of(im: ImageFile) -> Properties:
    packet = im.info.get("xmp")
    return read_xmp(packet) if isinstance(packet, bytes) else {}


def _iptc_of(im: ImageFile) -> dict[tuple[int, int], list[str]]:
    from PIL import IptcImagePlugin

    found: Any = _or_nothing(lambda: IptcImagePlugin.getiptcinfo(im)) or {}
    return {
        key: [_text(value) for value in (values if isinstance(values, list) else [values]) if isinstance(value, bytes)]
        for key, values in found.items()
    }


def _exif_of(im: ImageFile) -> dict[int, str]:
    """The tags that say something of the work; Windows' own (XPTitle and others) are UTF-16."""
    tags: Any = _or_nothing(im.getexif) or {}
    found = {}
    for tag in (0x010E, 0x013B, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E):
        value = _or_nothing(partial(tags.get, tag))
        if isinstance(value, tuple):
            value = bytes(part & 255 for part in value if isinstance(part, int))
        if isinstance(value, bytes):
            value = value.decode("utf-16-le", "replace") if tag >= 0x9C9B else _text(value)
        if isinstance(value, str):
            found[tag] = value.replace("\0", "")
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
