"""A gallery that answers for pictures from outside, in the browser alone."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import artbyol
from artbyol.base.errors import UsageError
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.engine import FEATURES, VIEWS, Engine
from artbyol.encoder.graph_size import half_size
from artbyol.encoder.model_file import save_model
from artbyol.encoder.readers import current_reader
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.weights import load_backbone
from artbyol.pictures.views import ViewPlan
from artbyol.report.gallery.browser_libraries import library
from artbyol.storage.store import create, locate
from tests.conftest import model_header, paint, painting
from tests.report.browsing import Site, Visit, in_a_browser

pytestmark = in_a_browser

ASK = """([name, text, more]) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const files = [new File([bytes], name)];
    return artbyol.ask({ files, k: 8, ...more }).catch((error) => ({ error: error.message }));
}"""


def ask(page: Any, file: Path, **more: Any) -> Any:
    return page.evaluate(ASK, [file.name, base64.b64encode(file.read_bytes()).decode(), more])


def give_small_model(folder: Path) -> None:
    """Four convolutions that nobody has trained, by their statistics of the whole and of crops, as the default is."""
    place = locate(folder)
    create(place)
    backbone, origin = load_backbone("conv4", "none", 0)
    views = ViewPlan(whole_side=96, crop_side=64, crops=6)
    save_model(place.model, StyleEncoder(EncoderConfig("conv4", origin, views), backbone), model_header())


@pytest.fixture(scope="module")
def searching(tmp_path_factory: pytest.TempPathFactory) -> Site:
    try:
        library("onnxruntime-web.wasm", "the test")
    except UsageError as error:
        pytest.skip(f"{error.message} {error.hint}")
    root = tmp_path_factory.mktemp("searching")
    folder = paint(root / "works", 16)
    paint(folder / "elsewhere", 8, first=40)
    give_small_model(folder)
    artbyol.embed(folder)
    notices: list[str] = []
    listener = lambda event: notices.append(str(getattr(event, "text", "")))  # noqa: E731
    artbyol.gallery(folder, root / "site", thumbnails=96, large=0, with_search=True, listener=listener)
    assert any(" MB" in notice for notice in notices)
    return Site(folder, root / "site", {})


@pytest.fixture(scope="module")
def page(browser: Any, searching: Site) -> Iterator[Any]:
    visit = Visit(browser, searching)
    yield visit.to()
    visit.asked = [url for url in visit.asked if not url.startswith("blob:")]  # the worker
    visit.check()  # and nothing was asked of the network
    visit.context.close()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """From outside: as browsers and Pillow may see them differently."""
    folder = tmp_path_factory.mktemp("pictures")
    work = painting(90, 700, 500)
    files = {name: folder / name for name in ("plain.png", "large.jpg", "turned.jpg", "clear.png", "small.jpg")}
    work.save(files["plain.png"])
    work.resize((2800, 2000)).save(files["large.jpg"], quality=92, progressive=True)
    lying = Image.Exif()
    lying[0x0112] = 6
    painting(91, 640, 900).transpose(Image.Transpose.ROTATE_90).save(files["turned.jpg"], quality=95, exif=lying)
    clear = painting(92, 600, 600).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    clear.save(files["clear.png"])
    painting(93, 60, 45).save(files["small.jpg"], quality=90)
    return files


@pytest.mark.parametrize("name", ["plain.png", "large.jpg", "turned.jpg", "clear.png", "small.jpg"])
def test_the_page_answers_as_similar_does(page: Any, searching: Site, pictures: dict[str, Path], name: str) -> None:
    told = ask(page, pictures[name])
    found = artbyol.similar(pictures[name], k=8, why=True, folder=searching.collection)
    names = page.evaluate("artbyol.works().name")
    ids = page.evaluate("artbyol.works().id")
    theirs = {one.path.decode(): one.why for one in found.neighbours}
    mine = {names[ids.index(one)]: shares for one, *shares in told["near"]}
    assert len(mine.keys() & theirs.keys()) >= 7
    for work in mine.keys() & theirs.keys():
        why = theirs[work]
        assert why is not None
        expected = [why.style, why.brushwork, why.palette, why.composition, why.tone]
        assert np.abs(np.array(mine[work]) / 10 - expected).max() < 4, work
    assert abs(told["kin"] - (found.kin or 0)) <= 2
    assert told["colours"] and all(len(one) == 7 for one, _ in told["colours"])


def test_a_work_of_the_collection_is_recognised_and_left_out(page: Any, searching: Site) -> None:
    file = searching.collection / "work03.png"
    told = ask(page, file)
    (own,) = told["same"]
    assert page.evaluate("(id) => artbyol.works().name[artbyol.rowOf(id)]", own) == "work03.png"
    assert own not in [one for one, *_ in told["near"]]
    by_id = page.evaluate("(id) => artbyol.ask({ like: [id], k: 8 })", own)
    assert by_id["near"] == told["near"]


def test_other_axes_less_like_and_elsewhere(page: Any, searching: Site, pictures: dict[str, Path]) -> None:
    palette = ask(page, pictures["plain.png"], by="palette")
    found = artbyol.similar(pictures["plain.png"], k=8, by="palette", folder=searching.collection)
    ids = page.evaluate("artbyol.works().id")
    names = page.evaluate("artbyol.works().name")
    mine = [names[ids.index(one)] for one, *_ in palette["near"]]
    assert len(set(mine) & {one.path.decode() for one in found.neighbours}) >= 7
    assert palette["kin"] is None
    without = palette["near"][0][0]
    less = ask(page, pictures["plain.png"], by="palette", unlike=[without])
    assert less["near"][0][0] != without
    row = names.index("work05.png")
    away = page.evaluate("(id) => artbyol.ask({ like: [id], across: 'folders', k: 8 })", ids[row])
    assert all(names[ids.index(one)].startswith("elsewhere/") for one, *_ in away["near"])


@pytest.mark.parametrize("by", ["click", "key"])
def test_a_picture_that_is_chosen_is_answered(page: Any, pictures: dict[str, Path], by: str) -> None:
    page.wait_for_function("() => !artbyol.current.busy?.()")
    page.evaluate("location.hash = '#/wall'")
    page.wait_for_selector(".tile")
    with page.expect_file_chooser() as chooser:
        page.click("#outside") if by == "click" else page.keyboard.press("o")
    chooser.value.set_files(pictures["small.jpg"])
    page.wait_for_selector("ol.kin .plate")
    assert page.locator("#view h1").inner_text() == "Kin of small.jpg"


def test_what_cannot_be_read_is_said(page: Any, tmp_path: Path) -> None:
    file = tmp_path / "notes.jpg"
    file.write_bytes(b"no picture at all")
    assert "cannot read that picture" in ask(page, file)["error"]
    Image.new("RGB", (300, 5)).save(tmp_path / "line.png")
    assert "too small" in ask(page, tmp_path / "line.png")["error"]


def test_a_network_of_half_the_size_says_the_same(searching: Site) -> None:
    from artbyol.base.run import Run

    reader, _ = current_reader(locate(searching.collection).model, Run(device="cpu"))
    assert isinstance(reader.network, Engine)
    small = half_size(reader.network.graph)
    assert len(small) < 0.55 * len(reader.network.graph)
    views = [np.asarray(painting(95, 320, 320))]
    before, after = (engine.features([views])[0] for engine in (reader.network, Engine(small)))
    assert np.linalg.norm(before - after) < 2e-3 * np.linalg.norm(before)
    assert (VIEWS, FEATURES) == ("views", "features")  # the page's worker says them, too


def test_galleries_without_it_hold_no_network_and_forbid_one(site: Site) -> None:
    index = (site.folder / "index.html").read_text()
    assert "wasm" not in index and "data-search" not in index
    assert not list(site.folder.glob("pages-*/data/network.js"))
