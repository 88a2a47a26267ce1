"""A work as another file would have given it: what is the file's changes, what is the work's stays."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from artbyol.pictures.decode import Picture, decode
from artbyol.pictures.rendition import Rendition, as_rendered, rendition
from tests.conftest import painting


def picture(side: int = 320, blur: float = 0.0) -> Picture:
    image = painting(3, side, side).filter(ImageFilter.GaussianBlur(blur))
    return Picture(np.asarray(image), side, side)


def test_a_file_is_known_by_its_size_its_sharpness_and_its_compression(tmp_path: Path) -> None:
    path = tmp_path / "one.jpg"
    painting(3, 320, 400).save(path, quality=50)
    found = rendition(decode(path, 160))
    assert found.short_side == 320
    assert 57 < found.quantisation < 58  # the standard's own table
    assert rendition(picture(blur=2)).sharpness < rendition(picture()).sharpness / 2
    assert rendition(picture()).quantisation == 0


def test_a_picture_takes_on_the_ways_of_another_file() -> None:
    sharp, soft = picture(), rendition(picture(blur=2))
    softened = as_rendered(sharp, soft, random.Random(0))
    assert softened.pixels.shape == sharp.pixels.shape
    assert rendition(softened).sharpness < rendition(sharp).sharpness
    smaller = as_rendered(sharp, Rendition(96, rendition(sharp).sharpness, 0.0), random.Random(0))
    assert smaller.pixels.shape == (96, 96, 3)
    larger = as_rendered(sharp, Rendition(5000, rendition(sharp).sharpness, 0.0), random.Random(0))
    assert larger.pixels.shape == sharp.pixels.shape  # nothing is made up


def test_compression_leaves_its_blocks() -> None:
    noisy = np.random.default_rng(0).integers(90, 160, (64, 64, 3)).astype(np.uint8)
    seen = Picture(noisy, 64, 64)
    alike = Rendition(64, rendition(seen).sharpness, 0.0)
    clean, squeezed = (
        as_rendered(seen, one, random.Random(1)) for one in (alike, Rendition(64, alike.sharpness, 250.0))
    )
    assert np.unique(squeezed.pixels).size < np.unique(clean.pixels).size


def test_what_is_shown_stays_the_same_picture() -> None:
    seen = picture()
    again = as_rendered(seen, rendition(seen), random.Random(0))
    assert np.corrcoef(seen.pixels.ravel(), again.pixels.ravel())[0, 1] > 0.98
    once_more = as_rendered(seen, rendition(seen), random.Random(0))
    np.testing.assert_array_equal(again.pixels, once_more.pixels)
    grey = Picture(np.asarray(Image.fromarray(seen.pixels).convert("L").convert("RGB")), 320, 320)
    tinted = as_rendered(grey, rendition(grey), random.Random(0)).pixels.reshape(-1, 3).mean(0)
    assert 0 < np.ptp(tinted) < 40
