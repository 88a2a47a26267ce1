"""One file to one picture, safely: whatever the file holds, the result is a `Picture` or a `DecodeError`."""

import ctypes
import errno
import functools
import importlib
import io
import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import PIL
from PIL import Image, ImageFile, features

from artbyol.base.errors import DecodeError
from artbyol.base.processes import Room
from artbyol.base.run import DEFAULT_MAX_PIXELS
from artbyol.pictures.apart import in_another_process
from artbyol.pictures.colour import averageable, from_gamma, to_srgb
from artbyol.pictures.formats import looks_cut_off, sniff
from artbyol.pictures.look import Look, is_raw, look_at, seconds_allowed
from artbyol.pictures.preview import merged_image, raw_preview, reads_raw
from artbyol.pictures.reduction import reduced_size
from artbyol.pictures.scan import hash_of, hashed_before
from artbyol.pictures.skips import Source, open_regular, unusable

# Pillow logs some complaints; without any handler Python would write them to the user's terminal.
logging.getLogger("PIL").addHandler(logging.NullHandler())

MIN_SIDE: Final = 8

DECODING_VERSION: Final = 3
"""To be raised when files come out with other pixels than before. Features and baselines that were kept, and vectors of
the untrained encoder, are made anew then. The ids of measured axes have numbers of their own (`measures.axes`)."""

_RULES = 3  # raised when this module changes its mind about what to skip

_IN_MEMORY = 32 << 20
"""Bytes up to which a file is read whole before it is decoded."""

_room = Room(1 << 30)
"""Bytes that pictures may take which are decoded at once; a single one may take more, while there is no other."""

_REDUCING_GAP = 3.0  # the box filter comes down to this many times the size wanted; Pillow's documentation advises 3
_BAND_PIXELS = 4_000_000  # of a picture of more, so many at a time
_COPIED = ("P", "PA", "RGBA", "LA")  # modes that are made averageable by way of copies as large as the picture

_PLUGINS = {
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "TIFF": ("artbyol.pictures.tiff", "TiffFile"),
    "WEBP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "HEIF": ("pillow_heif.as_plugin", "HeifImageFile"),
    "PSD": ("artbyol.pictures.psd", "PsdFile"),
    "RAW": ("artbyol.pictures.preview", "raw_itself"),
}
_EXTRAS = {"HEIF": "heic", "RAW": "raw"}

_INSIDE = ("PNG", "JPEG", "BMP")
"""What the pictures are that other programs' files have in them."""

# The system's own errors; Pillow's carry no number, and EINVAL comes from damaged files that point before their start.
_READING_FAILED = {errno.EIO, errno.EACCES, errno.EPERM, errno.ENXIO, errno.ENODEV, errno.EMFILE, errno.ENFILE}
_READING_FAILED |= {errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN}

_NOT_SUPPORTED = ("unsupported", "not supported", "unknown pixel mode", "cannot handle")
"""What Pillow's complaints say of files that may well be sound."""

_ORIENTATION = 0x0112  # Exif tag
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture.

    Attributes:
        pixels: (H, W, 3) uint8, sRGB, upright (EXIF orientation applied), possibly smaller than the original.
        width: pixels of the upright original.
        height: pixels of the upright original.
        quantisation: see `quantisation`.
    """

    pixels: npt.NDArray[np.uint8]
    width: int
    height: int
    quantisation: float = 0.0


def decode(path: str | bytes | Path, short_side: int, max_pixels: int = DEFAULT_MAX_PIXELS) -> Picture:
    """Decode one file to sRGB, upright, over white where transparent; of several pages or frames, the first.

    The short side of the result has min(short_side, original short side) pixels: never enlarged, aspect kept.
    (Extreme strips come out smaller: a result has at most 16 million pixels, or 64 short_side² if that is more.)
    Safe to call from several threads.

    Args:
        max_pixels: files of more pixels are refused by their header, before anything is decoded.

    Raises:
        DecodeError: the file cannot be used; its code is one of `SKIP_CODES`.
        ValueError: short_side is below 1.
    """
    return _of_file(path, None, short_side, max_pixels)


def decode_content(path: Source, content: bytes, short_side: int, max_pixels: int = DEFAULT_MAX_PIXELS) -> Picture:
    """`decode`, of the content with this hash (`artbyol.pictures.scan.content_hash`) and no other: the bytes that are
    decoded are those that are compared, whatever becomes of names and files meanwhile.

    Raises:
        DecodeError: as `decode`; "changed": the file does not have this content. Of "changed", "vanished" and
            "unreadable" the file is to blame; every other verdict is the content's.
    """
    return _of_file(path, content, short_side, max_pixels)


def decode_here(path: Source, content: bytes | None, short_side: int, max_pixels: int) -> Picture:
    """Either of them, in this process whatever a look at the file says: for the process that `apart` keeps for that."""
    return _of_file(path, content, short_side, max_pixels, here=True)


@contextmanager
def header(path: str | bytes | Path) -> Iterator[ImageFile.ImageFile]:
    """A picture of which only the header was read: its size, EXIF, XMP and the like. Nothing is decoded.

    Raises:
        DecodeError: the file is no picture that artbyol reads; also for what is wrong with it inside the `with`.
    """
    with open_regular(path) as file, without_warnings():
        try:
            kind, look = _looked_at(file, 0)
            yield _opened(kind, look)
        except DecodeError:
            raise
        except Exception as error:
            raise unusable("damaged") from error


def decoder_signature(max_pixels: int) -> str:
    """What decides whether a file is skipped, in a line: when it changes, skipped files deserve another try."""
    return f"{_readers()}; max-pixels {max_pixels}"


def _of_file(path: Source, content: bytes | None, short_side: int, max_pixels: int, *, here: bool = False) -> Picture:
    if short_side < 1:
        raise ValueError(f"short_side must be at least 1, not {short_side}")
    with open_regular(path, "changed" if content else "not-an-image") as file, without_warnings():
        source: BinaryIO = file
        if content and file is not path and os.fstat(file.fileno()).st_size <= _IN_MEMORY:
            try:
                source = io.BytesIO(file.read())
            except OSError as error:
                raise unusable("unreadable") from error
        try:
            kind, look = _looked_at(source, short_side, here)
            _check_size(look.size, max_pixels)
            if here:
                return _decoded(kind, look, short_side, max_pixels)
            with _room.taken(look.memory):
                _opener(kind)  # says what is not installed
                if not look.apart:
                    return _decoded(kind, look, short_side, max_pixels)
                content, request = None, (path, content, short_side, max_pixels)  # compared where it is decoded
                picture: Picture = in_another_process(request, seconds_allowed(look.pixels), look.memory)
                return picture
        except DecodeError:
            raise
        except Exception as error:
            # Everything: hostile files raise struct.error, zlib.error, KeyError, RecursionError and others.
            raise unusable(_verdict(error, source)) from error
        finally:  # of a large file afterwards: what was written into it meanwhile is noticed, too
            if content and (hashed_before(file) or hash_of(source)) != content:
                raise unusable("changed")


def _looked_at(file: BinaryIO, short_side: int, here: bool = False) -> tuple[str, Look]:
    """What kind of picture a file is, or has in it, and a look at that. RAW is opened only where it is decoded."""
    head = file.read(64)
    kind = sniff(head)
    if kind is None:
        raise unusable("not-an-image" if head else "empty")
    if kind == "TIFF" and is_raw(file):
        kind = "RAW"
    if kind == "ORA" or (kind == "RAW" and here):
        file = merged_image(file) if kind == "ORA" else raw_preview(file)
        kind = sniff(file.read(64))
        if kind not in _INSIDE:
            raise unusable("damaged", "what should be a picture in it is none")
    return kind, look_at(file, kind, short_side)


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    if size[0] * size[1] > max_pixels:
        raise unusable("too-large", f"{size[0]} x {size[1]}, the limit is {max_pixels} in all")


def _opened(kind: str, look: Look) -> ImageFile.ImageFile:
    # The plugin is called directly instead of Image.open: that tries this one format alone, and leaves aside the
    # process-wide Image.MAX_IMAGE_PIXELS, so that our limit needs no change to a setting that others rely on.
    if kind == "TIFF":
        silence_libtiff()
    im = _opener(kind)(look.source)
    im.info.update(look.info)
    if kind == "PNG" and "transparency" in im.info:
        im.info["transparency"] = _in_8_bits(im.info["transparency"], im.tile[0][3])
    return im


def _in_8_bits(hidden: Any, raw_mode: Any) -> Any:
    """The transparent colour of a PNG among its pixels as Pillow decodes them; it leaves the colour as it stands."""
    if raw_mode == "RGB;16B":
        if min(hidden) < 0xFF00:  # nearly white may all become white; but other pixels may be nearly this colour
            raise unusable("unsupported", "16 bits a channel, and a transparent colour")
        return tuple(value >> 8 for value in hidden)
    return hidden * {"L;2": 85, "L;4": 17}.get(raw_mode, 1)


def _decoded(kind: str, look: Look, short_side: int, max_pixels: int) -> Picture:
    im = _opened(kind, look)
    full = im.size
    _check_size(full, max_pixels)
    if min(full) < MIN_SIDE:
        raise unusable("too-small", f"{full[0]} x {full[1]}")
    if kind == "JPEG":
        im.draft(None, (full[0] // look.reduction, full[1] // look.reduction))
    frame = im.tile[0][1] if kind == "GIF" and im.tile else None
    _load(im)
    if kind != "JPEG":
        full = im.size  # decoding may change it: TIFF turns itself upright, HEIF crops its padding
    orientation = _orientation(im)
    shown = _surrounded_by_nothing(im, frame) if frame and frame != (0, 0, *im.size) else im
    small = _smaller(shown, reduced_size(full, short_side))
    # Colours last: on the small picture an ICC transform costs next to nothing.
    profile = im.info.get("icc_profile")
    rgb = to_srgb(small, profile if isinstance(profile, bytes) else None)
    if not profile and "srgb" not in im.info:
        rgb = from_gamma(rgb, im.info.get("gamma", 0), im.info.get("chromaticity"))
    if orientation in _UPRIGHT:
        rgb = rgb.transpose(_UPRIGHT[orientation])
    width, height = full if orientation < 5 else (full[1], full[0])
    return Picture(np.array(rgb), width, height, quantisation(im))


def quantisation(im: Image.Image) -> float:
    """Mean of a JPEG's luminance quantisation table, 1 (hardly compressed) to 255, as its header has it; 0: no JPEG."""
    tables = getattr(im, "quantization", None)
    return float(np.mean(tables[0])) if tables and 0 in tables else 0.0


@functools.cache
def _readers() -> str:
    try:
        heif = str(importlib.import_module("pillow_heif").__version__)
    except ImportError:
        heif = "none"
    avif = "yes" if features.check("avif") else "no"
    raw = "; raw yes" if reads_raw() else ""
    return f"rules {_RULES}; pillow {PIL.__version__}; avif {avif}; heif {heif}{raw}"


@functools.cache
def _plugin(kind: str) -> Callable[[BinaryIO], ImageFile.ImageFile]:
    module, name = _PLUGINS[kind]
    plugin: Callable[[BinaryIO], ImageFile.ImageFile] = getattr(importlib.import_module(module), name)
    return plugin


def _opener(kind: str) -> Callable[[BinaryIO], ImageFile.ImageFile]:
    try:
        if kind == "AVIF" and not features.check("avif"):
            raise ImportError("Pillow was built without AVIF")
        if kind == "RAW" and not reads_raw():
            raise ImportError("rawpy")
        return _plugin(kind)
    except ImportError as error:
        if kind in _EXTRAS:
            raise unusable("needs-extra", f"pip install 'artbyol[{_EXTRAS[kind]}]'") from error
        raise unusable("unsupported") from error


def _smaller(im: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture at this size, `averageable`."""
    across, down = (max(1, int(length / wanted / _REDUCING_GAP)) for length, wanted in zip(im.size, size, strict=True))
    if across == down == 1 or im.width * im.height < _BAND_PIXELS or im.mode not in _COPIED:
        small = averageable(im)
        return small if small.size == size else small.resize(size, Image.Resampling.BICUBIC, reducing_gap=_REDUCING_GAP)
    # A giant is made averageable band by band, to the same result: a copy of it would double what it takes.
    rows = max(1, _BAND_PIXELS // im.width // down) * down
    bands = [
        averageable(im.crop((0, top, im.width, min(im.height, top + rows)))).reduce((across, down))
        for top in range(0, im.height, rows)
    ]
    whole = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
    for number, band in enumerate(bands):
        whole.paste(band, (0, number * rows // down))
    box = (0, 0, im.width / across, im.height / down)
    return whole.resize(size, Image.Resampling.BICUBIC, box=box)


def _load(im: ImageFile.ImageFile) -> None:
    if im.format == "TIFF":
        # Pillow checks the process-wide MAX_IMAGE_PIXELS again where it would make this canvas itself.
        im.im = Image.new(im.mode, getattr(im, "_tile_size", im.size), None).im
    im.load()


def _surrounded_by_nothing(im: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The first frame of a GIF that does not fill the screen; Pillow fills up with some colour."""
    screen = Image.new("RGBA", im.size)
    screen.paste(im.crop(box).convert("RGBA"), box[:2])
    return screen


def _orientation(im: Image.Image) -> int:
    try:
        value: Any = im.getexif().get(_ORIENTATION, 1)
    except Exception:  # Exif is foreign data too; a picture lying on its side is better than none
        return 1
    return value if value in _UPRIGHT else 1


def _verdict(error: Exception, file: BinaryIO) -> str:
    """The skip code for an exception that Pillow raised."""
    if isinstance(error, MemoryError):
        return "no-memory"
    if isinstance(error, Image.DecompressionBombError):
        return "too-large"
    if isinstance(error, OSError) and error.errno in _READING_FAILED:
        return "unreadable"
    try:
        cut_off = "truncated" in str(error).lower() or isinstance(error, EOFError) or looks_cut_off(file)
    except OSError:
        return "unreadable"
    if cut_off:
        return "truncated"
    return "unsupported" if any(sign in str(error).lower() for sign in _NOT_SUPPORTED) else "damaged"


class _DecodingThread:
    """Stands where a warnings filter keeps its message pattern; matches all that a decoding thread has to say.

    `warnings.catch_warnings` changes the filters of every thread, and threads put them back in the wrong order; a
    filter that looks at the thread needs no putting back, and other threads' warnings stay what they were.
    """

    pattern = "(?!)"
    """Matches nothing: scikit-learn makes its workers' filters anew from the patterns of those that are there."""

    def __init__(self) -> None:
        self.state = threading.local()

    def match(self, text: str) -> bool:
        return getattr(self.state, "decoding", False)


_decoding_thread = _DecodingThread()
_IGNORE: Any = ("ignore", _decoding_thread, Warning, None, 0)


@contextmanager
def without_warnings() -> Iterator[None]:
    """Drop Pillow's warnings about odd files in this thread; they would reach the terminal without a file name."""
    filters: Any = warnings.filters
    if not filters or filters[0] is not _IGNORE:  # at first, and after others put theirs in front
        filters[:] = [_IGNORE, *(other for other in filters if other is not _IGNORE)]
    _decoding_thread.state.decoding = True
    try:
        yield
    finally:
        _decoding_thread.state.decoding = False


@functools.cache
def silence_libtiff() -> None:
    """Keep libtiff from writing the errors of damaged files to stderr; Pillow turns off only its warnings.

    They reach us as exceptions all the same. Where the library cannot be found (Windows links it in), nothing happens.
    """
    with suppress(OSError, AttributeError, ImportError):
        # A library's handle finds the functions of the libraries it was linked with, too.
        ctypes.CDLL(str(importlib.import_module("PIL._imaging").__file__)).TIFFSetErrorHandler(None)
