"""A gallery of drawn pictures with names and notes that try to do harm, and a browser to look at it."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

import artbyol
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate
from tests.conftest import give_model, paint, painting
from tests.report.browsing import BROWSER, FLAGS, Site, Visit

TITLE = '<b>Works</b> & "studies" </title><script>window.hacked = 1</script>'
HOSTILE = (
    "<img src=x onerror=window.hacked=1>.png",
    "</script><script>window.hacked=1<.png".replace("/", "∕"),
    "\"'`;window.hacked=1.png",
    "line\nbreak {{ 7*7 }} ${7*7}.png",
    os.fsdecode(b"\xff\xfe bytes.png"),
    "‮gnp.drawkcab.png",
    "e" * 200 + ".png",
)
ODD = {
    0: {"title": "<script>window.hacked=1</script>", "year": "c. 1870"},
    3: {"tags": "river|<i>tag</i>"},
    4: {"permalink": "javascript:window.hacked=1", "medium": "javascript:window.hacked=1"},
}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    root = tmp_path_factory.mktemp("site")
    folder = paint(root / "works", 30)
    paint(folder / "early" / "studies", 6, first=40)
    for number, name in enumerate(HOSTILE):
        painting(60 + number).save(folder / name)
    painting(70, 2000, 90).save(folder / "panorama.png")
    painting(71, 40, 700).save(folder / "scroll.png")
    painting(72, 9, 12).save(folder / "tiny.png")
    shutil.copy(folder / "work05.png", folder / "early" / "copy of work05.png")
    give_model(folder)
    artbyol.embed(folder)
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, ("filename", "title", "artist", "year", "tags", "permalink", "medium"))
        table.writeheader()
        for number in range(20):
            row = {"filename": f"work{number:02d}.png", "title": f"Study no. {number}", "year": str(1870 + 3 * number)}
            row |= {"artist": ("Anna Ånström", "Bert")[number % 2], "medium": "oil on canvas"}
            table.writerow(row | ODD.get(number, {}))
    about = "Seen from a train.\n\n<b>Through</b> a window.\nCredit: Museum of Trains\nLicence: https://example.org/licence.\n"
    (folder / "about.txt").write_text(about, encoding="utf-8")
    made = artbyol.gallery(folder, root / "site", k=4, title=TITLE, thumbnails=96, large=400, zoom=True)
    assert made.with_year == 20
    (script,) = made.destination.glob("pages-*/data/works.js")
    works = json.loads(script.read_text()[len('artbyol.receive("works",') : -3])["works"]
    with Catalogue.open(locate(folder).catalogue, read_only=True) as catalogue:
        hashes = {work.path: work.hash.hex() for work in catalogue.works()}
    ids = {os.fsdecode(path): next(one for one in works["id"] if hash.startswith(one)) for path, hash in hashes.items()}
    return Site(folder, root / "site", ids)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="needs the package playwright: pip install '.[test]'"
    )
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Any, site: Site) -> Iterator[Visit]:
    visit = Visit(browser, site)
    yield visit
    visit.check()
    visit.context.close()
