"""The map of a gallery, in a browser."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.report.browsing import Site, Visit, in_a_browser

pytestmark = in_a_browser


def test_the_map_zooms_moves_and_opens_works(visit: Visit, site: Site) -> None:
    page = visit.to("#/map")
    scale = "artbyol.current.view.scale"
    whole = page.evaluate(scale)
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 500, box["y"] + 300)
    view = "artbyol.current.view"
    place = f"[{view}.left + 500 / {view}.scale, {view}.top + 300 / {view}.scale]"
    under = page.evaluate(place)
    for _ in range(4):
        page.mouse.wheel(0, -120)
        visit.settle()
    assert page.evaluate(scale) > 2 * whole
    assert page.evaluate(place) == pytest.approx(under, abs=0.02)  # what is under the pointer stays there
    left = page.evaluate("artbyol.current.view.left")
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 300, steps=4)
    page.mouse.up()
    assert page.evaluate("artbyol.current.view.left") > left
    visit.until(f"Math.abs(Number(location.hash.split('_').pop()) * {whole} / {scale} - 1) < 0.02")
    shared = page.evaluate("[location.hash, artbyol.current.view.scale]")
    page = visit.to(shared[0])
    assert page.evaluate(scale) == pytest.approx(shared[1], rel=0.02)
    page.keyboard.press("0")
    visit.settle()
    assert page.evaluate(scale) == pytest.approx(whole, rel=0.01)

    page = visit.to(f"#/map?work={site.ids['work09.png']}")
    box = page.locator("canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visit.until(f"location.hash === '#/work/{site.ids['work09.png']}'")


def test_the_map_shows_the_works_themselves(visit: Visit, site: Site) -> None:
    page = visit.to("#/map")
    pixels = page.locator("canvas").screenshot()
    seen = np.asarray(Image.open(io.BytesIO(pixels)).convert("RGB")).reshape(-1, 3)
    ground = np.array([250, 248, 244])
    drawn = np.abs(seen.astype(int) - ground).max(1) > 40
    assert drawn.mean() > 0.05 and len(np.unique(seen[drawn] // 32, axis=0)) > 30


def test_two_fingers_enlarge_the_map(browser: Any, site: Site) -> None:
    visit = Visit(browser, site, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = visit.to("#/map")
    before = page.evaluate("artbyol.current.view.scale")
    touch = visit.context.new_cdp_session(page)
    for kind, apart in (("touchStart", 40), ("touchMove", 80), ("touchMove", 140)):
        points = [{"x": 195 - apart / 2, "y": 400, "id": 1}, {"x": 195 + apart / 2, "y": 400, "id": 2}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert page.evaluate("artbyol.current.view.scale") > 1.8 * before
    assert page.evaluate("visualViewport.scale") == 1  # the map grew, not the page
    visit.check()
    visit.context.close()


COLOURS = "artbyol.current.tiles.colours"


def test_the_map_fills_the_window_whatever_its_shape(browser: Any, site: Site) -> None:
    for width, height in ((2560, 1440), (390, 844)):
        visit = Visit(browser, site, viewport={"width": width, "height": height})
        page = visit.to("#/map")
        for address in ("#/map", "#/map?grid=1"):
            page = visit.to(address)
            across, down = page.evaluate(
                """() => {
                    const {x, y, side} = artbyol.current.tiles, {scale} = artbyol.current.view;
                    const {width, height} = document.querySelector('canvas');
                    const extent = (values) => (Math.max(...values) - Math.min(...values) + side) * scale;
                    return [extent(x) / width, extent(y) / height];
                }"""
            )
            assert max(across, down) > 0.9 and min(across, down) > 0.7, address
        visit.check()
        visit.context.close()


def test_every_work_has_a_cell_on_the_grid_and_colours_and_a_legend_tell_artists_apart(visit: Visit) -> None:
    page = visit.to("#/map")
    free = page.evaluate("artbyol.current.tiles.side * artbyol.current.view.scale")
    page.get_by_role("button", name="Grid").click()
    visit.settle()
    tiles = page.evaluate("({x: [...artbyol.current.tiles.x], y: [...artbyol.current.tiles.y]})")
    assert len(set(zip(tiles["x"], tiles["y"], strict=True))) == page.evaluate("artbyol.total()")
    assert page.evaluate("artbyol.current.tiles.side * artbyol.current.view.scale") > free  # and works are larger
    page.get_by_label("Colour by").select_option("artist")
    visit.settle()
    assert page.locator(".legend b").all_inner_texts() == ["Anna Ånström", "Bert"]
    colours = page.evaluate(f"[...{COLOURS}.numbers]")
    artists = page.evaluate("artbyol.works().artist")
    assert {(None, 0), ("Anna Ånström", 1), ("Bert", 2)} == set(zip(artists, colours, strict=True))
    page.locator(".legend button").first.click()  # only hers
    dimmed = page.evaluate("[...artbyol.current.tiles.dimmed]")
    assert [artist for artist, out in zip(artists, dimmed, strict=True) if not out] == ["Anna Ånström"] * 10
    visit.until("location.hash.includes('colour=artist') && location.hash.includes('grid=1')")
    page = visit.to(page.evaluate("location.hash"))
    assert page.get_by_label("Colour by").input_value() == "artist" and page.locator(".legend li").count() == 2


def test_what_the_wall_leaves_out_stands_back(visit: Visit) -> None:
    page = visit.to("#/wall")
    page.evaluate("artbyol.filtered = Uint8Array.from(artbyol.works().id, (_, row) => row % 3 === 0)")
    page = visit.turn("#/map")
    assert set(page.evaluate("[...artbyol.current.tiles.dimmed].filter((_, row) => row % 3 === 0)")) == {0}
    assert "stand out" in page.locator(".filtered").inner_text()
    page.get_by_role("button", name="Show all alike").click()
    assert page.evaluate("artbyol.current.tiles.dimmed") is None


def test_a_lasso_or_a_key_puts_works_into_the_tray(visit: Visit) -> None:
    page = visit.to("#/map?grid=1")
    box = page.locator("canvas").bounding_box()
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    for x, y in ((box["width"] * 0.6, 5), (box["width"] * 0.6, box["height"] - 5), (5, box["height"] - 5), (6, 6)):
        page.mouse.move(box["x"] + x, box["y"] + y, steps=3)
    page.mouse.up()
    page.keyboard.up("Shift")
    inside = page.evaluate(
        "(edge) => { const {tiles, view} = artbyol.current;"
        " return [...tiles.x.keys()].filter((row) => (tiles.x[row] - view.left) * view.scale < edge); }",
        box["width"] * 0.6,
    )
    assert inside and sorted(page.evaluate("artbyol.tray.rows()")) == inside
    page.evaluate("artbyol.tray.clear()")
    page.keyboard.press("a")
    assert len(page.evaluate("artbyol.tray.rows()")) == page.evaluate("artbyol.total()")
    page.evaluate("artbyol.tray.clear()")


def test_the_work_under_the_cursor_is_shown_beside_it_and_under_a_finger_by_a_tap(browser: Any, site: Site) -> None:
    middle = f"#/map?work={site.ids['work09.png']}"
    visit = Visit(browser, site)
    page = visit.to(middle)
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert "Study no. 9" in page.locator(".map-preview.shown").inner_text()
    visit.check()
    visit.context.close()
    visit = Visit(browser, site, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = visit.to(middle)
    box = page.locator("canvas").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator(".map-preview.pinned a").click()
    visit.until(f"location.hash === '#/work/{site.ids['work09.png']}'")
    visit.check()
    visit.context.close()


def test_labels_lie_inside_their_regions_and_not_over_one_another(visit: Visit) -> None:
    page = visit.to("#/map")
    page.wait_for_selector(".region")
    boxes = page.evaluate(
        "[...document.querySelectorAll('.region:not(.hidden)')].map((one) => one.getBoundingClientRect().toJSON())"
    )
    assert boxes
    for at, one in enumerate(boxes):
        for other in boxes[:at]:
            apart = one["right"] <= other["left"] or other["right"] <= one["left"]
            assert apart or one["bottom"] <= other["top"] or other["bottom"] <= one["top"]
    before = page.evaluate("artbyol.current.view.scale")
    page.locator(".region:not(.hidden)").first.click()
    visit.settle()
    assert page.evaluate("artbyol.current.view.scale") > before
