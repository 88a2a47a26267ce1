"""Works chosen, starred, noted and taken along in the pages of a gallery that has no server."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from tests.report.browsing import Site, Visit, in_a_browser

pytestmark = in_a_browser

CHOSEN = "artbyol.tray.rows().length"


def chosen(page: Any) -> list[int]:
    return list(page.evaluate("artbyol.tray.rows()"))


def order(page: Any) -> list[int]:
    return list(page.evaluate("artbyol.sequence"))


def test_works_are_chosen_by_mark_ctrl_shift_and_key(visit: Visit, site: Site) -> None:
    page = visit.to("#/wall?q=study")
    rows, tiles = order(page), page.locator(".tile")
    tiles.nth(0).hover()
    page.locator(".mark").nth(0).click()
    tiles.nth(2).click(modifiers=["ControlOrMeta"])
    tiles.nth(4).click(modifiers=["Shift"])
    assert chosen(page) == [rows[0], rows[2], rows[3], rows[4]]
    page.locator(".mark").nth(3).click()
    page.keyboard.press("Home")
    page.keyboard.press("x")  # the first, no longer
    page.keyboard.press("End")
    page.keyboard.press("x")
    assert chosen(page) == [rows[2], rows[4], rows[-1]]
    assert "in the tray" in page.locator("#said").inner_text()
    assert page.locator(".mark[aria-pressed=true]").count() == 3

    page.keyboard.press("t")
    page.keyboard.press("Enter")  # shows them
    assert page.locator(".chosen li a").count() == 3
    page.locator(".chosen .leave").first.click()
    assert chosen(page) == [rows[2], rows[4]]
    page = visit.to(f"#/work/{site.ids['work03.png']}")  # the page is loaded anew
    assert page.locator(".fold").inner_text().startswith("2 chosen")
    page.locator("button[data-choose]").click()
    visit.until(f"{CHOSEN} === 3")
    page.get_by_role("button", name="Clear").click()
    assert page.locator(".tray").count() == 0 and chosen(page) == []


def test_stars_and_notes_stay_in_the_browser(visit: Visit, site: Site) -> None:
    page = visit.to(f"#/work/{site.ids['work07.png']}")
    page.keyboard.press("s")
    page.get_by_role("textbox", name="Note on Study no. 7").fill("hang it <b>left</b>")
    page.keyboard.press("Tab")
    page = visit.to("#/wall")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    page.get_by_role("link", name="2 works starred").click()
    visit.until("document.querySelectorAll('.tile').length === 2")
    page.get_by_role("button", name="Choose these 2").click()
    assert len(chosen(page)) == 2
    page = visit.to(f"#/work/{site.ids['work07.png']}")
    assert page.get_by_role("textbox", name="Note on").input_value() == "hang it <b>left</b>"
    star = page.get_by_role("button", name="Star Study no. 7")
    assert star.get_attribute("aria-pressed") == "true"
    star.click()
    assert star.get_attribute("aria-pressed") == "false"
    assert page.locator(".tools .starred").inner_text().startswith("★ 1")


def test_chosen_works_are_taken_along_as_a_table(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit.to("#/wall")
    names = ["work01.png", "work00.png", "panorama.png"]
    rows = [page.evaluate(f"artbyol.rowOf('{site.ids[name]}')") for name in names]
    page.evaluate(f"artbyol.marks.write({rows[0]}, '=1+1 \"quoted\",\\nsecond line')")
    page.evaluate(f"artbyol.tray.add({rows})")
    page.get_by_role("button", name="Take along…").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Table").click()
    saved = tmp_path / "table.csv"
    download.value.save_as(saved)
    with saved.open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert [line["path"] for line in table] == names
    assert [line["work"] for line in table] == [site.ids[name] for name in names]
    assert table[0]["note"] == '\'=1+1 "quoted",\nsecond line'  # no formula of a spreadsheet
    assert table[0]["title"] == "Study no. 1" and table[0]["artist"] == "Bert" and table[2]["artist"] == ""
    page.evaluate("artbyol.tray.clear()")


def test_without_a_server_nothing_is_offered_that_needs_one(visit: Visit, site: Site) -> None:
    page = visit.to("#/groups")
    page.evaluate("artbyol.tray.add([1, 2])")
    labels = page.locator(".tray button, .tray a").all_inner_texts()
    assert [label for label in labels if "roup" in label or "Kin" in label] == []
    assert page.locator(".group button").count() == 0 and page.locator("#outside").count() == 0
    page.get_by_role("button", name="Take along…").click()
    assert page.locator(".choice button").count() == 2  # a table, and names
    page.keyboard.press("Escape")
    page = visit.turn(f"#/kin?like={site.ids['work01.png']}")
    assert "artbyol open" in page.locator("#view").inner_text()
    page.evaluate("artbyol.tray.clear()")
