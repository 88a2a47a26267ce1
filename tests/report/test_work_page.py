"""The page of one work, in a browser."""

from __future__ import annotations

import os
from typing import Any

import pytest

import artbyol
from tests.report.browsing import Site, Visit, in_a_browser

pytestmark = in_a_browser

STATES = "document.querySelector('dialog.viewer').panes()"


def test_a_work_says_why_its_neighbours_are_near(visit: Visit, site: Site) -> None:
    found = artbyol.similar(site.collection / "work07.png", 12, why=True).neighbours
    page = visit.to(f"#/work/{site.ids['work07.png']}")
    near = [link.get_attribute("href") for link in page.locator(".strip p a").all()]
    assert near == [f"#/work/{site.ids[os.fsdecode(one.path)]}" for one in found]
    assert page.locator(".percentile").all_inner_texts() == [f"{one.percentile:.1f}" for one in found]
    page.locator(".strip button").nth(2).click()
    page.wait_for_selector(".strip li:nth-child(3) button[aria-pressed=true]")
    page.wait_for_selector(f".side a[href='{near[2]}']")
    shown = dict(
        zip(page.locator(".bars dt").all_inner_texts(), page.locator(".bars .number").all_inner_texts(), strict=True)
    )
    why = found[2].why
    assert why is not None
    assert shown == {axis: f"{getattr(why, axis):.1f}" for axis in shown} and len(shown) == 5
    said = page.locator(".why .verdict").inner_text()
    for axis in (*why.agree, *why.differ):
        assert axis in said
    assert page.locator(".why .palette").count() == 2
    table = page.locator(".table").inner_text()
    assert "Study no. 7" in page.locator("h1").inner_text() and "oil on canvas" in table
    assert page.locator(".byline").inner_text() == "Bert, 1891"
    page.locator(".main-plate .enlarge").click()
    page.wait_for_selector("dialog.viewer canvas")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")


def shown_nearest(page: Any) -> list[str]:
    return [link.get_attribute("href") for link in page.locator(".strip p a").all()]


def test_the_nearest_on_another_axis_are_those_the_program_finds(visit: Visit, site: Site) -> None:
    page = visit.to(f"#/work/{site.ids['work07.png']}")
    for axis in ("palette", "tone"):
        page.get_by_role("group", name="Closest in").get_by_role("button", name=axis.capitalize()).click()
        page.wait_for_selector(f"text=Closest in {axis}")
        found = artbyol.similar(site.collection / "work07.png", 12, by=axis).neighbours  # type: ignore[arg-type]
        assert shown_nearest(page) == [f"#/work/{site.ids[os.fsdecode(one.path)]}" for one in found]
        assert page.locator(".percentile").all_inner_texts() == [f"{one.percentile:.1f}" for one in found]
    page = visit.turn(f"#/work/{site.ids['work08.png']}")
    page.wait_for_selector("text=Closest in tone")  # the axis stays chosen from work to work


def test_nothing_is_said_twice(visit: Visit, site: Site) -> None:
    page = visit.to(f"#/work/{site.ids['work07.png']}")
    page.wait_for_selector(".table")
    said = page.locator(".label").inner_text()
    for fact in ("Bert", "1891", "Study no. 7", "oil on canvas"):
        assert said.count(fact) == 1, fact


def test_colours_are_copied(browser: Any, site: Site) -> None:
    visit = Visit(browser, site, permissions=["clipboard-read", "clipboard-write"])
    page = visit.to(f"#/work/{site.ids['work07.png']}")
    first = page.locator(".swatches button").first
    hex_ = first.locator("b").inner_text()
    first.click()
    page.wait_for_selector(".swatches >> text=copied")
    assert page.evaluate("navigator.clipboard.readText()") == hex_ and hex_.startswith("#")
    visit.check()
    visit.context.close()


def test_two_works_are_enlarged_in_step_by_wheel_keys_and_drag(visit: Visit, site: Site) -> None:
    page = visit.to(f"#/work/{site.ids['work07.png']}")
    page.get_by_role("button", name="Both large").click()
    page.wait_for_selector("dialog.viewer canvas >> nth=1")
    visit.until(f"{STATES}.every(({{by}}) => Math.abs(by - 1) < 0.01)")
    page.mouse.move(300, 300)
    for _ in range(5):
        page.mouse.wheel(0, -120)
    page.keyboard.press("+")
    page.mouse.down()
    page.mouse.move(360, 330, steps=3)
    page.mouse.up()
    one, other = page.evaluate(STATES)
    assert one["by"] > 2 and abs(one["x"] - 0.5) > 0.01
    for name in ("by", "x", "y"):
        assert other[name] == pytest.approx(one[name], abs=0.01)
    page.keyboard.press("0")
    assert page.evaluate(STATES)[1]["by"] == pytest.approx(1, abs=0.01)
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")


def test_enlarged_works_are_leafed_through_and_pinched(browser: Any, site: Site) -> None:
    visit = Visit(browser, site, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = visit.to(f"#/work/{site.ids['work07.png']}")
    page.locator(".main-plate .enlarge").click()
    page.wait_for_selector("dialog.viewer canvas")
    visit.until(f"{STATES}[0].by > 0.9")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("dialog.viewer >> text=Study no. 8")
    visit.until(f"{STATES}[0].by > 0.9")
    touch = visit.context.new_cdp_session(page)
    for kind, apart in (("touchStart", 40), ("touchMove", 80), ("touchMove", 140)):
        points = [{"x": 195 - apart / 2, "y": 400, "id": 1}, {"x": 195 + apart / 2, "y": 400, "id": 2}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert page.evaluate(STATES)[0]["by"] > 1.8
    visit.check()
    visit.context.close()


def test_a_large_scan_is_enlarged_by_its_tiles(visit: Visit, site: Site) -> None:
    page = visit.to(f"#/work/{site.ids['panorama.png']}")  # 2000 px, its large copy 800
    page.locator(".main-plate .enlarge").click()
    page.wait_for_selector("dialog.viewer canvas")
    visit.until(f"{STATES}[0].by > 0.9")
    assert page.evaluate(STATES)[0]["tiles"] == [] or page.evaluate(STATES)[0]["by"] < 1.1
    for _ in range(3):
        page.keyboard.press("+")
    visit.until(f"{STATES}[0].tiles.some((tile) => tile.includes('/11/'))")  # the level of the original
    loaded = page.evaluate(STATES)[0]["tiles"]
    assert loaded and all((site.folder / tile).is_file() for tile in loaded)
    assert page.evaluate("artbyol.data.works.zoomed.map((row) => artbyol.works().id[row])") == sorted(
        (site.ids["panorama.png"], site.ids["scroll.png"]), key=list(page.evaluate("artbyol.works().id")).index
    )
