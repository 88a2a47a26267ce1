"""The finished picture that a file of another program carries along: OpenRaster, Krita, and cameras' RAW."""

import io
from functools import cache
from importlib.util import find_spec
from typing import Any, BinaryIO, NoReturn

from artbyol.pictures.skips import unusable

RAW_SUFFIXES = frozenset({".3fr", ".arw", ".cr2", ".cr3", ".dng", ".nef", ".nrw"})
RAW_SUFFIXES |= {".orf", ".pef", ".raf", ".raw", ".rw2", ".srw"}
"""Of cameras' own files. They are looked at only where rawpy is installed, for each must be read to its end."""

_MERGED = "mergedimage.png"  # by the OpenRaster specification; Krita does the same
_LARGEST, _LARGEST_LISTING = 256 << 20, 16 << 20  # bytes


@cache
def reads_raw() -> bool:
    """Whether the package that reads RAW is installed."""
    try:
        return find_spec("rawpy") is not None
    except ValueError:  # it was forbidden
        return False


def merged_image(file: BinaryIO) -> BinaryIO:
    """The PNG of all layers in an OpenRaster or Krita file. Raises DecodeError: there is none."""
    from zipfile import BadZipFile, ZipFile

    _check_listing(file)
    try:
        with ZipFile(file) as parts, parts.open(_MERGED) as part:
            data = part.read(_LARGEST + 1)
    except KeyError as error:
        raise unusable("unsupported", f"there is no {_MERGED} in it") from error
    except (RuntimeError, NotImplementedError) as error:  # encrypted, or packed in a way of its own
        raise unusable("unsupported", str(error)) from error
    except BadZipFile as error:
        raise unusable("damaged", str(error)) from error
    if len(data) > _LARGEST:
        raise unusable("too-costly", f"its {_MERGED} is larger than {_LARGEST >> 20} MB")
    return io.BytesIO(data)


def _check_listing(file: BinaryIO) -> None:
    """Refuse an archive that says of millions of parts what they are called: all that would be read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - (1 << 16) - 22))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0:
        raise unusable("truncated")
    if int.from_bytes(tail[end + 12 : end + 16], "little") > _LARGEST_LISTING:
        raise unusable("too-costly", "a list of parts that is longer than it can be")
    file.seek(0)


def raw_preview(file: BinaryIO) -> BinaryIO:
    """The largest preview that a camera put into a RAW file; LibRaw says in its EXIF which side is up.

    It is to run in a process of its own: it takes files apart that nobody has documented.

    Raises:
        DecodeError: "unsupported": LibRaw finds none.
    """
    import rawpy
    from PIL import Image

    file.seek(0)
    try:
        with rawpy.imread(file) as raw:
            found = raw.extract_thumb()
    except (rawpy.LibRawError, OSError, ValueError) as error:
        said = error.args[0] if error.args else error
        said = said.decode("ascii", "replace") if isinstance(said, bytes) else said
        raise unusable("unsupported", f"a RAW file without a preview ({said})") from error
    data: Any = found.data  # the bytes of a JPEG, or pixels
    if found.format == rawpy.ThumbFormat.JPEG:
        return io.BytesIO(data)
    bitmap = io.BytesIO()
    Image.fromarray(data).save(bitmap, "BMP")
    return io.BytesIO(bitmap.getvalue())


def raw_itself(file: BinaryIO) -> NoReturn:
    """What a sensor saw is no picture yet."""
    raise unusable("unsupported", "of RAW the preview is read")
