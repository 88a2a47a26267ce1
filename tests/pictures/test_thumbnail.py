"""Thumbnails: whole, upright, colour managed, never larger than asked for."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
from PIL import Image

from artbyol.base.errors import DecodeError
from artbyol.pictures.decode import decode
from artbyol.pictures.thumbnail import fitted, resized, thumbnail


@pytest.mark.parametrize(
    ("size", "box", "most", "expected"),
    [
        ((400, 200), (100, 100), 1.0, (100, 50)),
        ((200, 400), (100, 100), 1.0, (50, 100)),
        ((400, 200), (100, 20), 1.0, (40, 20)),
        ((40, 20), (100, 100), 1.0, (40, 20)),
        ((40, 20), (100, 100), 2.0, (80, 40)),
        ((40, 20), (100, 100), math.inf, (100, 50)),
        ((4000, 8), (100, 100), 1.0, (100, 1)),
    ],
)
def test_it_fits_with_its_proportions_kept(
    tmp_path: Path, size: tuple[int, int], box: tuple[int, int], most: float, expected: tuple[int, int]
) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", size, "navy").save(path)
    assert thumbnail(os.fsencode(path), *box, most_enlarged=most).size == expected
    picture = decode(path, 8)  # however small it was decoded, its full size decides
    assert fitted(picture, *box, most_enlarged=most).size == expected
    assert resized(picture, (7, 9)).size == (7, 9)


def test_it_stands_upright(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (64, 32), "navy").save(path, exif=exif)
    assert thumbnail(os.fsencode(path), 32, 32).size == (16, 32)


def test_what_is_no_picture_and_what_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("a letter")
    with pytest.raises(DecodeError):
        thumbnail(os.fsencode(path), 32, 32)
    Image.new("RGB", (64, 32)).save(path)
    with pytest.raises(DecodeError, match="pixels"):
        thumbnail(os.fsencode(path), 32, 32, max_pixels=1000)
