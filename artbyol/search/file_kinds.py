"""What files say of where they are from, without being opened: format, size in pixels, compression, folder.

Sizes and compression are split in two where that explains most of their variance (Otsu 1979, on logarithms): a scanner,
a museum or a web site gives its files much the same size, and two of them seldom the same.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from artbyol.base.vectors import Doubles
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.rows import Work

Aspect = Literal["folder", "format", "size", "compression"]
"""What may go with a source; all but the folder are said by the file itself."""

_SAME_FORMAT = {"jpg": "jpeg", "jpe": "jpeg", "jfif": "jpeg", "tif": "tiff", "heif": "heic"}


@dataclass(frozen=True, eq=False)
class FileKinds:
    """What the files of n works say.

    Attributes:
        said: by aspect, a label for each work, in words that follow "files": "of over 480 px".
            What is the same in all files, or what nobody knows, is left out.
        folders: the folder each work lies in, relative to the collection's; "" at its top.
    """

    said: Mapping[Aspect, tuple[str, ...]]
    folders: tuple[str, ...]

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


def file_kinds(catalogue: Catalogue, works: Sequence[Work]) -> FileKinds:
    """What the files of these works say, as far as the catalogue knows it."""
    files = catalogue.files()
    pixels = np.array([(work.width, work.height) for work in works], np.float64).reshape(-1, 2)
    endings = [work.path.rpartition(b".")[2].decode("ascii", "replace").lower() for work in works]
    bits = 8.0 * np.array([files[work.path].size for work in works]) / pixels.prod(axis=1)
    said: dict[Aspect, tuple[str, ...]] = {
        "format": tuple(f"in {_SAME_FORMAT.get(one, one).upper()}" for one in endings),
        "size": _halves(pixels.max(axis=1, initial=1), "of up to {:,.0f} px", "of over {:,.0f} px"),
        "compression": _halves(bits, "of up to {:.1f} bits a pixel", "of over {:.1f} bits a pixel"),
    }
    folders = tuple(os.fsdecode(work.path.rpartition(b"/")[0]) for work in works)
    return FileKinds({name: labels for name, labels in said.items() if len(set(labels)) > 1}, folders)


def _halves(values: Doubles, small: str, large: str) -> tuple[str, ...]:
    """Which side of `_threshold` each value is on, in words."""
    limit = _threshold(values)
    return tuple((small if value <= limit else large).format(limit) for value in values.tolist())


def _threshold(values: Doubles) -> float:
    """The greatest of the lower ones, when positive values (n,) are split so that the variance of their logarithms
    between the two parts is greatest."""
    ordered = np.sort(np.log(np.maximum(values, 1e-9)))
    below = np.arange(1, len(ordered))  # how many
    sums = ordered.cumsum()[:-1]
    if not len(below) or ordered[0] == ordered[-1]:
        return float(values.max(initial=0))
    means_apart = (ordered.sum() - sums) / (len(ordered) - below) - sums / below
    between = np.where(np.diff(ordered) > 0, below * (len(ordered) - below) * means_apart**2, -1.0)
    return float(np.sort(values)[between.argmax()])
