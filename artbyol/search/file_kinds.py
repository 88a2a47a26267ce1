"""What files say of where they are from: format, size, compression, camera, folder.

Numbers are split in two where that explains most of their variance (Otsu 1979, on logarithms): a scanner, a museum or
a web site gives its files much the same size and compression, and two of them seldom the same. How many bits a pixel
takes is no such sign: a line drawing takes more than a wash. The steps in which a JPEG counts are.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from artbyol.base.errors import DecodeError
from artbyol.base.processes import in_threads
from artbyol.base.text import display_text
from artbyol.base.vectors import Doubles
from artbyol.pictures.decode import header, quantisation
from artbyol.pictures.rendition import jpeg_quality
from artbyol.storage.rows import Work

_SAME_FORMAT = {"jpg": "jpeg", "jpe": "jpeg", "jfif": "jpeg", "tif": "tiff", "heif": "heic"}
_MAKE, _MODEL = 0x010F, 0x0110  # of EXIF
_AHEAD = 64  # files opened before their turn

_TWO_KINDS: Final = 0.9
"""Share of the variance of qualities that two kinds of file explain, at least. Qualities chosen one by one stay below
it, however they are spread: 0.64 of a normal, 0.75 of a uniform distribution, 0.62 and 0.83 of two sets of files saved
to one size in bytes (docs/experiments/sources.md)."""


@dataclass(frozen=True, eq=False)
class FileKinds:
    """What the files of n works say.

    Attributes:
        said: by aspect ("format", "size", "compression" or "camera"), a label for each work, in words that follow
            "file": "of over 480 px". What is the same in all files is left out.
        folders: the folder each work lies in, relative to the collection's; "" at its top.
        of_content: aspects that may follow what is shown, and not only where a file is from: compression, where
            qualities are not of two kinds. Who saves to a given size of file has them chosen by the picture.
    """

    said: Mapping[str, tuple[str, ...]]
    folders: tuple[str, ...]
    of_content: frozenset[str] = frozenset()

    @property
    def together(self) -> tuple[str, ...] | None:
        """Format and size as one label; None where they are the same in all files. Compression is left out: it goes
        with what is shown."""
        labels = [self.said[aspect] for aspect in ("format", "size") if aspect in self.said]
        return tuple(map(", ".join, zip(*labels, strict=True))) or None

    @property
    def top_folders(self) -> tuple[str, ...]:
        """The first subfolder each work lies in, "" for none."""
        return tuple(folder.partition("/")[0] for folder in self.folders)


def file_kinds(works: Sequence[Work]) -> FileKinds:
    """What the catalogue knows of the files: nothing is opened."""
    longest = np.array([max(work.width, work.height) for work in works], np.float64)
    endings = [work.path.rpartition(b".")[2].decode("ascii", "replace").lower() for work in works]
    said: dict[str, tuple[str, ...]] = {
        "format": tuple(f"in {_SAME_FORMAT.get(one, one).upper()}" for one in endings),
        "size": _halves(longest, "of up to {:,.0f} px", "of over {:,.0f} px"),
    }
    return _of_files(said, works)


def kinds_inside(folder: Path, works: Sequence[Work]) -> FileKinds:
    """What the files say inside, by their headers: each is opened, none is decoded."""
    read = in_threads(partial(_inside, os.fsencode(folder)), works, ahead=_AHEAD)
    qualities, cameras = zip(*read, strict=True) if works else ((), ())
    is_jpeg = np.array([quality is not None for quality in qualities], bool)
    known = np.array([one or 1.0 for one in qualities])[is_jpeg]
    steps = iter(_halves(known, "up to {:.0f}", "over {:.0f}"))
    kinds = _of_files(
        {
            "compression": tuple(f"of JPEG quality {next(steps)}" if one else "that is no JPEG" for one in is_jpeg),
            "camera": tuple(f"by {one}" if one else "that names no camera" for one in cameras),
        },
        works,
    )
    return replace(kinds, of_content=frozenset({"compression"} if _threshold(known)[1] < _TWO_KINDS else ()))


def _of_files(said: Mapping[str, tuple[str, ...]], works: Sequence[Work]) -> FileKinds:
    folders = tuple(os.fsdecode(work.path.rpartition(b"/")[0]) for work in works)
    return FileKinds({aspect: labels for aspect, labels in said.items() if len(set(labels)) > 1}, folders)


def _inside(root: bytes, work: Work) -> tuple[float | None, str]:
    """The quality of a JPEG, None for others; and the camera, "" where none is named."""
    try:
        with header(os.path.join(root, work.path)) as im:
            step = quantisation(im)
            quality = jpeg_quality(step) if step else None
            tags = im.getexif()
            camera = " ".join(str(tags.get(tag) or "") for tag in (_MAKE, _MODEL))
            return quality, display_text(camera.replace("\0", "").strip())
    except (DecodeError, OSError, ValueError, SyntaxError):  # gone since, or its EXIF is damaged
        return None, ""


def _halves(values: Doubles, small: str, large: str) -> tuple[str, ...]:
    """Which side of `_threshold` each value is on, in words."""
    limit, _ = _threshold(values)
    return tuple((small if value <= limit else large).format(limit) for value in values.tolist())


def _threshold(values: Doubles) -> tuple[float, float]:
    """The greatest of the lower ones, when positive values (n,) are split so that the variance of their logarithms
    between the two parts is greatest; and the share of the variance that this is (Otsu's separability), 0..1."""
    ordered = np.sort(np.log(np.maximum(values, 1e-9)))
    below = np.arange(1, len(ordered))  # how many
    sums = ordered.cumsum()[:-1]
    if not len(below) or ordered[0] == ordered[-1]:
        return float(values.max(initial=0)), 0.0
    means_apart = (ordered.sum() - sums) / (len(ordered) - below) - sums / below
    between = np.where(np.diff(ordered) > 0, below * (len(ordered) - below) * means_apart**2, -1.0)
    explained = between.max() / (len(ordered) ** 2 * ordered.var())
    return float(np.sort(values)[between.argmax()]), float(explained)
