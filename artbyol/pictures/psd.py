"""The picture that Photoshop puts behind the layers of a document, for programs that know no layers (PSD and PSB).

Format: adobe.com/devnet-apps/photoshop/fileformatashtml. Pillow has a reader, but takes the channels of saved
selections for opacity, or pixels for such channels, and knows neither PSB nor 16 bits.
"""

import struct
from typing import BinaryIO, Final, NamedTuple

import numpy as np
from PIL import ImageFile, ImagePalette

from artbyol.pictures.skips import unusable

_MODES = {
    (1, 8): ("L", ("L",)),
    (8, 8): ("L", ("L",)),  # two inks, shown as grey
    (2, 8): ("P", ("P",)),
    (3, 8): ("RGB", ("R", "G", "B")),
    (4, 8): ("CMYK", ("C;I", "M;I", "Y;I", "K;I")),
    (9, 8): ("LAB", ("L", "A", "B")),
    (1, 16): ("I;16B", ("I;16B",)),
    (3, 16): ("RGB", ("R;16B", "G;16B", "B;16B")),
}
"""Of each colour mode and depth Pillow's mode, and how it calls the channels of the file. What channels there are
besides is no colour; where a document is transparent, its picture stands on white already."""

_PROFILE, _VERSION, _EXIF, _XMP = 1039, 1057, 1058, 1060
_KEPT = {_PROFILE: "icc_profile", _EXIF: "exif", _XMP: "xmp"}
_MOST_RESOURCES, _LONGEST = 5000, 16 << 20
_LARGEST: Final = 300_000  # pixels on a side


class PsdHeader(NamedTuple):
    """How a file begins. `large`: it is a PSB."""

    large: bool
    channels: int
    width: int
    height: int
    depth: int
    colours: int


def read_header(file: BinaryIO) -> PsdHeader:
    """The first 26 bytes. Raises DecodeError: it cannot be as they say."""
    file.seek(0)
    head = file.read(26)
    if len(head) < 26:
        raise unusable("truncated")
    version, channels, height, width, depth, colours = struct.unpack(">4xH6xHIIHH", head)
    if version not in (1, 2) or not 1 <= channels <= 56 or max(width, height) > _LARGEST:
        raise unusable("damaged", "its header makes no sense")
    return PsdHeader(version == 2, channels, width, height, depth, colours)


class PsdFile(ImageFile.ImageFile):
    """Pillow's view of it.

    Raises:
        DecodeError: "unsupported": a kind of colours, or there is no such picture.
    """

    format = "PSD"

    def _open(self) -> None:
        assert self.fp is not None
        head = read_header(self.fp)  # type: ignore[arg-type]
        mode, names = _MODES.get((head.colours, head.depth), ("", ()))
        if not names or len(names) > head.channels:
            raise unusable("unsupported", f"a Photoshop document of {head.depth} bits, colour mode {head.colours}")
        self._mode, self._size = mode, (head.width, head.height)
        table = self._block(4)
        if mode == "P":
            self.palette = ImagePalette.raw("RGB;L", table)
        self._resources()
        self._block(8 if head.large else 4, skip=True)  # the layers
        (packed,) = struct.unpack(">H", self._read(2))
        if packed > 1:
            raise unusable("unsupported", "a Photoshop document packed in another way")
        row = head.width * head.depth // 8
        lengths = np.full(len(names), row * head.height, np.int64)
        offset = self.fp.tell()
        if packed:
            count = np.dtype(">u4" if head.large else ">u2")
            counts = np.frombuffer(self._read(head.channels * head.height * count.itemsize), count)
            lengths = counts.reshape(head.channels, -1).sum(axis=1, dtype=np.int64)
            offset = self.fp.tell()
        offsets = offset + np.cumsum(lengths) - lengths
        box = (0, 0, *self._size)
        self.tile = [
            ImageFile._Tile("packbits" if packed else "raw", box, int(at), name if packed else (name, row, 1))
            for name, at in zip(names, offsets, strict=False)
        ]

    def _read(self, size: int) -> bytes:
        assert self.fp is not None
        data = self.fp.read(size)
        if len(data) < size:
            raise unusable("truncated")
        return data

    def _block(self, counted_in: int, skip: bool = False) -> bytes:
        """What stands behind its own length."""
        size = int.from_bytes(self._read(counted_in), "big")
        assert self.fp is not None
        if skip:
            self.fp.seek(size, 1)
            return b""
        if size > _LONGEST:
            raise unusable("damaged", "one of its parts is longer than it can be")
        return self._read(size)

    def _resources(self) -> None:
        assert self.fp is not None
        size = int.from_bytes(self._read(4), "big")
        end = self.fp.tell() + size
        for _ in range(_MOST_RESOURCES):
            if self.fp.tell() >= end:
                break
            number, name = struct.unpack(">4xHB", self._read(7))
            self.fp.seek(name | 1, 1)  # filled up to an even length, with the byte that says how long it is
            length = int.from_bytes(self._read(4), "big")
            if (number in _KEPT or number == _VERSION) and length <= _LONGEST:
                data = self._read(length)
                if number == _VERSION and data[4:5] == b"\0":
                    raise unusable("unsupported", "saved without “Maximize Compatibility”: it has layers only")
                if number in _KEPT:
                    self.info[_KEPT[number]] = b"Exif\0\0" + data if number == _EXIF else data
                self.fp.seek(length & 1, 1)
            else:
                self.fp.seek(length + (length & 1), 1)
        self.fp.seek(end)
