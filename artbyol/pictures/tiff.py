"""TIFF files that Pillow reads wrongly without a word: the tags tell which, and they are read rightly, or refused."""

import threading
from contextlib import suppress
from typing import Final

from PIL import ImagePalette, TiffImagePlugin

from artbyol.pictures.skips import unusable

_SUBFILE, _OLD_SUBFILE, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _PLANES = 254, 255, 259, 262, 277, 284
_COLOURS, _INKS, _EXTRA_SAMPLES = 320, 332, 338

_REDUCED, _MASK, _OLD_REDUCED = 1, 4, 2
_INKS_OF_PRINT, _YCBCR, _PREMULTIPLIED = 5, 6, 1
_NOT_BY_PLANES: Final = ("LAB", "LA", "La", "PA")
_MOST_PAGES = 16

_setting = threading.Lock()


class TiffFile(TiffImagePlugin.TiffImageFile):
    """Pillow's reader, its mistakes mended where the tags tell of them.

    Raises:
        DecodeError: "unsupported": Pillow would show something else than the picture.
    """

    def _open(self) -> None:
        super()._open()
        for page in range(_MOST_PAGES):  # past a thumbnail or a mask that comes before the picture
            tags = self.tag_v2
            if not (tags.get(_SUBFILE, 0) & (_REDUCED | _MASK) or tags.get(_OLD_SUBFILE) == _OLD_REDUCED):
                return
            with suppress(EOFError):
                self.seek(page + 1)
                continue
            break
        self.seek(0)

    def _setup(self) -> None:
        tags = self.tag_v2
        samples = tags.get(_SAMPLES, 1)
        in_planes = tags.get(_PLANES, 1) == 2 and samples > 1
        subsampled = tags.get(_PHOTOMETRIC) == _YCBCR and samples > 1
        if tags.get(_COMPRESSION, 1) == 1 and (in_planes or subsampled):
            # Pillow's own reader of what is not compressed takes 16-bit planes for bytes and chroma for pixels.
            with _setting:
                TiffImagePlugin.READ_LIBTIFF = True
                try:
                    super()._setup()
                finally:
                    TiffImagePlugin.READ_LIBTIFF = False
        else:
            super()._setup()
        if in_planes and (self.mode in _NOT_BY_PLANES or _PREMULTIPLIED in tags.get(_EXTRA_SAMPLES, ())):
            raise unusable("unsupported", f"a TIFF of {self.mode} in separate planes")
        if tags.get(_PHOTOMETRIC) == _INKS_OF_PRINT and tags.get(_INKS, 1) != 1:
            raise unusable("unsupported", "a TIFF of other inks than cyan, magenta, yellow and black")
        colours = tags.get(_COLOURS, ())
        if self.mode in ("P", "PA") and max(colours) < 256:  # of 65,536, but old scanners counted to 255
            self.palette = ImagePalette.raw("RGB;L", bytes(colours))
