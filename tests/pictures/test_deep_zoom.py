"""Tiles of a large picture, and where they lie in a gallery."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import artbyol
from artbyol.pictures.deep_zoom import TILE, Pyramid, cut
from tests.conftest import give_model, paint, painting


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (512, 512), (513, 1), (2000, 90), (40, 700)])
def test_levels_halve_and_tiles_cover_each_without_a_gap(size: tuple[int, int]) -> None:
    pyramid = Pyramid(*size)
    assert pyramid.size(pyramid.levels - 1) == size
    assert max(pyramid.size(0)) == 1 or size == (1, 1)
    for level in range(pyramid.levels):
        width, height = pyramid.size(level)
        image = Image.fromarray(np.arange(width * height, dtype=np.uint32).reshape(height, width).astype(np.int32))
        seen = np.concatenate([np.asarray(cut(image, tile)).ravel() for tile in pyramid.tiles(level)])
        assert np.array_equal(np.sort(seen), np.arange(width * height))


@pytest.mark.slow
def test_a_gallery_has_tiles_of_large_scans_alone_and_cuts_them_once(tmp_path: Path) -> None:
    folder = paint(tmp_path / "works", 6)
    scan = painting(9, 900, 600).convert("RGB")
    scan.save(folder / "scan.png")
    give_model(folder)
    artbyol.embed(folder)
    made = artbyol.gallery(folder, tmp_path / "site", thumbnails=64, large=200, zoom=True)
    assert made.zoomed == 1
    root = next((made.destination / f"images/zoom-{TILE}").glob("*/*"))
    assert sorted(path.name for path in root.iterdir()) == ["10", "8", "9"]  # 900, 450 and 225 px: the copy has 200
    tile = np.asarray(Image.open(root / "10" / "1_1.jpg").convert("RGB"), int)
    assert np.abs(tile - np.asarray(scan)[TILE:, TILE:]).mean() < 12
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*.jpg")}
    artbyol.gallery(folder, tmp_path / "site", thumbnails=64, large=200, zoom=True)
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*.jpg")} == before
    artbyol.gallery(folder, tmp_path / "site", thumbnails=64, large=200)
    assert not list(made.destination.glob("images/zoom-*/*/*/*/*.jpg"))
