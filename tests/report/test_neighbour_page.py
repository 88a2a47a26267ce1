"""One search as one HTML file: what is in it, and what a file name cannot do there."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

import artbyol
from artbyol.base.errors import ArtbyolError, UsageError
from artbyol.pictures.measures.axes import AXES
from artbyol.report.neighbour_page import neighbour_page
from artbyol.search.results import Neighbours
from tests.conftest import run_cli

HOSTILE = ['"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "<script>alert(1)<", "a\n\x1b[31mb", "\udcff\udce9"]


class Page(HTMLParser):
    """Every element with its attributes, and all text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attributes}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def write_page(found: Neighbours, output: Path) -> None:
    with artbyol.open(found.folder) as collection:
        neighbour_page(found, collection, output)


def test_the_page_shows_pictures_bars_and_palettes(gallery: Path, tmp_path: Path) -> None:
    found = artbyol.similar(gallery / "work05.png", 6, why=True)
    write_page(found, tmp_path / "page.html")
    page = Page(tmp_path / "page.html")
    pictures = page.all("img")
    assert [one["alt"] for one in pictures] == ["work05", *(one.path.decode()[:-4] for one in found.neighbours)]
    with Image.open(io.BytesIO(base64.b64decode(pictures[0]["src"].removeprefix("data:image/jpeg;base64,")))) as image:
        assert image.size == (96, 80) == (int(pictures[0]["width"]), int(pictures[0]["height"]))
    parts = [float(one["width"]) for one in page.all("rect") if one.get("class") == "part"]
    shares = [getattr(one.why, axis) for one in found.neighbours for axis in AXES]
    assert parts == pytest.approx(shares, abs=0.06)
    assert f"closer than {found.neighbours[0].percentile:.1f} %" in page.text
    palettes = [one for one in page.all("svg") if one.get("class") == "palette"]
    assert len(palettes) == 7 and all(re.match(r"Colours: #[0-9a-f]{6} \d+ %", one["aria-label"]) for one in palettes)


def test_the_page_asks_nothing_of_any_network_and_forbids_itself_the_rest(gallery: Path, tmp_path: Path) -> None:
    write_page(artbyol.similar(gallery / "work05.png", 3, why=True), tmp_path / "page.html")
    page = Page(tmp_path / "page.html")
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "link", "iframe", "object", "form", "a"})
    for _, attributes in page.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert attributes.get("src", "data:").startswith("data:")
    (policy,) = [one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    style = (tmp_path / "page.html").read_text(encoding="utf-8").split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style and "@import" not in style


def test_hostile_names_are_text(gallery: Path, tmp_path: Path) -> None:
    for number, name in enumerate(HOSTILE):
        shutil.move(gallery / f"work{number:02d}.png", os.fsencode(gallery) + b"/" + os.fsencode(name) + b".png")
    artbyol.embed(gallery)
    found = artbyol.similar(os.fsencode(gallery) + b"/" + os.fsencode(HOSTILE[0]) + b".png", 30, why=True)
    write_page(found, tmp_path / "page.html")
    page = Page(tmp_path / "page.html")
    assert "script" not in {tag for tag, _ in page.elements}
    assert len(page.all("img")) == 24
    names = {one["alt"] for one in page.all("img")}
    assert {HOSTILE[0], "{{ 7*7 }}", "<script>alert(1)<", "a\\n\\x1b[31mb", "\\xff\\xe9"} <= names


def test_a_picture_that_cannot_be_shown_is_said_to_be(gallery: Path, tmp_path: Path) -> None:
    found = artbyol.similar(gallery / "work05.png", 4, why=True)
    gone, broken = (gallery / one.path.decode() for one in found.neighbours[1:3])
    gone.unlink()
    broken.write_bytes(b"no picture any longer")
    write_page(found, tmp_path / "page.html")
    page = Page(tmp_path / "page.html")
    assert len(page.all("img")) == 3 and gone.stem in page.text
    assert "the file is gone" in page.text and "no picture in a format" in page.text
    assert len([one for one in page.all("rect") if one.get("class") == "part"]) == 4 * len(AXES)


def test_nothing_but_a_page_is_ever_replaced(gallery: Path, tmp_path: Path) -> None:
    found = artbyol.similar(gallery / "work05.png", 3, why=True)
    mine = tmp_path / "mine.html"
    mine.write_text("<p>mine</p>")
    with pytest.raises(UsageError, match="not a page of neighbours"):
        write_page(found, mine)
    assert mine.read_text() == "<p>mine</p>"
    with pytest.raises(UsageError, match=r"saved as \.html"):
        write_page(found, tmp_path / "page.pdf")
    with pytest.raises(ArtbyolError, match="cannot be written"):
        write_page(found, tmp_path / "missing" / "page.html")
    for _ in range(2):
        write_page(found, tmp_path / "page.html")


@pytest.mark.slow
def test_similar_writes_a_page(gallery: Path, tmp_path: Path) -> None:
    done = run_cli("similar", gallery / "work05.png", "-k", 2, "--html", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    assert len(Page(tmp_path / "page.html").all("img")) == 3 and b"The page is " in done.stderr
