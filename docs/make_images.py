"""Draw the pictures of the documentation anew, with artbyol itself, from sample_images: `python docs/make_images.py`.

Takes a minute or two: it explores a copy of the sample pictures first.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from PIL import Image

import artbyol
from artbyol.grouping.groups import Groups
from artbyol.report.sheet import contact_sheet
from artbyol.report.sheets import neighbour_sheet, walk_sheet
from artbyol.report.tiles import Tile

ROOT = Path(__file__).resolve().parent.parent
QUERIES = ("ink-wash_tree", "impasto_face")
WALK = ("ink-wash_tree", "impasto_tree")
ROWS = 4


def main() -> None:
    images = ROOT / "docs" / "images"
    images.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "sample_images"
        folder.mkdir()
        for picture in (ROOT / "sample_images").glob("*.jpg"):
            shutil.copy2(picture, folder)
        found = artbyol.explore(folder)
        if found.groups is None:
            raise SystemExit("there are no groups to draw")
        sheet = Path(temporary) / "sheet.png"
        overview(found.groups, sheet)
        shrink(sheet, images / "groups.jpg", 1200)
        for name in QUERIES:
            neighbour_sheet(artbyol.similar(folder / f"{name}.jpg", 5), sheet)
            shrink(sheet, images / f"similar-{name}.jpg", 900)
        walk_sheet(artbyol.path(*(folder / f"{name}.jpg" for name in WALK), 7), sheet)
        shrink(sheet, images / "path.jpg", 1200)


def overview(found: Groups, sheet: Path) -> None:
    """Each group a column, its most typical work on top."""
    tiles = []
    for row in range(ROWS):
        for group in found.groups:
            path = os.path.join(os.fsencode(found.folder), group.members[row].path)
            tiles.append(Tile(path, f"group {group.number}" if row == 0 else ""))
    contact_sheet(tiles, sheet, columns=len(found.groups), tile_side=300)


def shrink(sheet: Path, target: Path, width: int) -> None:
    """A page for the screen out of a sheet for print."""
    with Image.open(sheet) as page:
        small = page.resize((width, round(page.height * width / page.width)), Image.Resampling.LANCZOS)
    small.convert("RGB").save(target, quality=82, optimize=True, progressive=True)


if __name__ == "__main__":
    main()
