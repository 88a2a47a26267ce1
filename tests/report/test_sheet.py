"""Contact sheets, drawn and looked at again."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from artbyol.base.errors import ArtbyolError, UsageError
from artbyol.pictures.measures.dominant import DominantColour
from artbyol.report.lettering import Lettering
from artbyol.report.pages import Heading, Section, pages
from artbyol.report.sheet import contact_sheet
from artbyol.report.tiles import Tile

COLOURS = [(200, 40, 40), (40, 160, 60), (40, 60, 200), (220, 180, 40), (120, 40, 160)]
MARK = (196, 72, 44)


def paintings(folder: Path, sizes: list[tuple[int, int]]) -> list[Path]:
    paths = []
    for number, size in enumerate(sizes):
        path = folder / f"painting {number}.png"
        Image.new("RGB", size, COLOURS[number % len(COLOURS)]).save(path)
        paths.append(path)
    return paths


def extent(sheet: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, width and height of where a colour appears."""
    rows, columns = np.nonzero((np.abs(np.asarray(sheet.convert("RGB")).astype(int) - colour) <= 2).all(axis=2))
    assert rows.size, colour
    left, top = int(columns.min()), int(rows.min())
    return left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1


def test_every_picture_appears_whole_in_order_and_never_much_enlarged(tmp_path: Path) -> None:
    sizes = [(400, 300), (300, 400), (350, 300), (300, 600), (20, 30)]
    paths = paintings(tmp_path, sizes)
    contact_sheet([Tile(path, path.name) for path in paths], tmp_path / "sheet.png", columns=5, tile_side=200)
    with Image.open(tmp_path / "sheet.png") as sheet:
        boxes = [extent(sheet, colour) for colour in COLOURS]
    assert [box[2:] for box in boxes] == [(200, 150), (150, 200), (200, 171), (100, 200), (40, 60)]
    assert [box[0] for box in boxes] == sorted(box[0] for box in boxes)
    assert len({box[1] + box[3] for box in boxes}) == 1  # all stand on one line


def test_panoramas_run_over_columns_and_scrolls_stand_higher(tmp_path: Path) -> None:
    sizes = [(4000, 200), (900, 300), (100, 2000), (300, 300)]
    paths = paintings(tmp_path, sizes)
    contact_sheet([Tile(path, path.name) for path in paths], tmp_path / "sheet.png", columns=4, tile_side=200)
    with Image.open(tmp_path / "sheet.png") as sheet:
        (left, top, wide, _), second, scroll, last = (extent(sheet, colour) for colour in COLOURS[:4])
        assert wide == 4 * 200 + 3 * 22 and left + wide <= sheet.width - left
    assert second[2:] == (422, 141)  # two columns and the gap between them
    assert scroll[2:] == (20, 400) and last[2:] == (200, 200)
    assert top < second[1]  # the panorama has a row to itself
    assert second[1] + second[3] == scroll[1] + scroll[3] == last[1] + last[3]


def pdf_pages(path: Path) -> int:
    return int(re.findall(rb"/Count (\d+)", path.read_bytes())[-1])


def test_a_pdf_has_pages_of_the_paper_asked_for(tmp_path: Path) -> None:
    paths = paintings(tmp_path, [(300, 300)] * 5)
    tiles = [Tile(path, path.name) for path in paths] * 10
    contact_sheet(tiles, tmp_path / "a4.pdf", title="Fifty", dpi=72)
    contact_sheet(tiles, tmp_path / "a3.pdf", title="Fifty", paper="a3", dpi=72)
    assert pdf_pages(tmp_path / "a4.pdf") == 3  # four columns, five rows and a title on the first
    assert pdf_pages(tmp_path / "a3.pdf") == 2
    written = (tmp_path / "a4.pdf").read_bytes()
    assert b"/MediaBox [ 0 0 595" in written
    assert b"/Title (" + "\ufeffa4".encode("utf-16-be") in written
    with pytest.raises(UsageError, match="no page of a4 at 10 dpi"):
        contact_sheet(tiles, tmp_path / "coarse.pdf", dpi=10)
    assert not (tmp_path / "coarse.pdf").exists()


def test_a_page_is_as_large_as_its_resolution_says_and_headings_stay_with_their_pictures(tmp_path: Path) -> None:
    (path,) = paintings(tmp_path, [(300, 300)])
    colours = (DominantColour("#102030", 0.75, (10.0, 0.0, 0.0)), DominantColour("#f0e0d0", 0.25, (90.0, 0.0, 0.0)))
    sections = [Section(Heading(f"Group {n}", "calmer", colours), [Tile(path, "one")]) for n in range(5)]
    made = list(pages(sections, dpi=100))
    assert [page.size for page in made] == [(827, 1169)] * 2
    shares = [extent(made[0], (16, 32, 48))[2], extent(made[0], (240, 224, 208))[2]]
    assert shares[0] == pytest.approx(3 * shares[1], rel=0.02)
    for page in made:
        heads = extent(page, (16, 32, 48))
        works = extent(page, COLOURS[0])
        assert heads[1] < works[1]  # a heading, then its work, and never a heading at the foot of a page
        assert heads[1] + heads[3] < works[1] + works[3]


def test_the_query_is_framed(tmp_path: Path) -> None:
    paths = paintings(tmp_path, [(300, 200), (300, 200)])
    tiles = [Tile(paths[0], "query", emphasis=True), Tile(os.fsencode(paths[1]), "neighbour")]
    contact_sheet(tiles, tmp_path / "sheet.png", title="Nearest")
    with Image.open(tmp_path / "sheet.png") as sheet:
        frame, query, other = (extent(sheet, colour) for colour in (MARK, COLOURS[0], COLOURS[1]))
    assert frame[0] < query[0]
    assert frame[1] < query[1]
    assert query[0] + query[2] < frame[0] + frame[2] < other[0]


def test_a_picture_that_cannot_be_decoded_becomes_a_grey_tile(tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff nothing")
    tiles = [Tile(tmp_path / "bad.jpg", "bad"), Tile(tmp_path / "gone.jpg", "gone")]
    contact_sheet(tiles, tmp_path / "sheet.png", tile_side=200)
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert extent(sheet, (228, 224, 218))[2] >= 200


@pytest.mark.parametrize("suffix", ["png", "jpg", "JPEG", "pdf"])
def test_formats_by_suffix_and_sheets_replace_sheets(tmp_path: Path, suffix: str) -> None:
    (path,) = paintings(tmp_path, [(300, 200)])
    output = tmp_path / f"sheet.{suffix}"
    for _ in range(2):
        contact_sheet([Tile(path, "one")], output)
    assert output.read_bytes()[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0", b"%PDF")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["painting 0.png", output.name]


def test_nothing_but_a_sheet_is_ever_replaced(tmp_path: Path) -> None:
    (path,) = paintings(tmp_path, [(300, 200)])
    before = path.read_bytes()
    with pytest.raises(UsageError, match="not a contact sheet"):
        contact_sheet([Tile(path, "one")], path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["sheet.txt", "sheet", "missing/sheet.png"])
def test_outputs_that_cannot_be(tmp_path: Path, name: str) -> None:
    (path,) = paintings(tmp_path, [(300, 200)])
    with pytest.raises(ArtbyolError):
        contact_sheet([Tile(path, "one")], tmp_path / name)
    with pytest.raises(UsageError):
        contact_sheet([], tmp_path / "sheet.png")


def test_many_tiles_get_smaller_and_too_many_are_refused(tmp_path: Path) -> None:
    (path,) = paintings(tmp_path, [(64, 64)])
    contact_sheet([Tile(path, "x")] * 60, tmp_path / "sheet.png", max_pixels=1_000_000)
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width * sheet.height <= 1_000_000
        assert 0.7 < sheet.width / sheet.height < 2
    with pytest.raises(UsageError, match="too many"):
        contact_sheet([Tile(path, "x")] * 60, tmp_path / "other.png", max_pixels=100_000)


CAPTIONS = [
    "",
    "Dürer — Häschen №1.jpg",
    "日本の絵 🎨 Ωμέγα.jpg",
    "\udcff\udce9.jpg",
    "a\x1b[31m\x00\u202eb",
    "x" * 5000,
    "one\ntwo\nthree\nfour",
    "\uffff\U0010ffff",
    "e\u0301\u200d\ufe0f",
]


def test_no_caption_is_too_odd(tmp_path: Path) -> None:
    (path,) = paintings(tmp_path, [(64, 64)])
    contact_sheet([Tile(path, text) for text in CAPTIONS], tmp_path / "sheet.png", title=CAPTIONS[2], tile_side=80)


@pytest.mark.parametrize("text", CAPTIONS)
def test_lines_are_cut_to_their_width_and_keep_their_end(text: str) -> None:
    lettering = Lettering(16)
    line = lettering.shortened(text.replace("\n", " "), 100)
    assert lettering.width(line) <= 100
    canvas = Image.new("RGB", (300, 40))
    lettering.write(ImageDraw.Draw(canvas), (0, 0), "Albrecht_Dürer_Hundreds_of_Hares_0283.jpg", (255,) * 3, 150)
    assert canvas.getbbox() is not None
    assert lettering.shortened("Albrecht_Duerer_Hundreds_0283.jpg", 150).endswith(".jpg")
