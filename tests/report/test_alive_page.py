"""The pages with their server beside them, as `artbyol open` shows them: every flow by click and by key."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import artbyol
from tests.conftest import paint, painting
from tests.report.browsing import Site, Visit, in_a_browser

pytestmark = in_a_browser


@dataclass(frozen=True)
class Served(Site):
    """A collection that is open in the browser."""

    address: str = ""
    process: Any = None

    @property
    def url(self) -> str:
        return self.address

    @property
    def within(self) -> str:
        return self.address

    def end(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=20)


def served(site: Site, root: Path) -> Served:
    """A copy of the collection, opened by the program itself."""
    folder = Path(shutil.copytree(site.collection, root / "works", symlinks=True))

    command = [sys.executable, "-m", "artbyol", "open", str(folder), "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    return Served(folder, root, site.ids, process.stdout.readline().strip(), process)


@pytest.fixture(scope="session")
def opened(site: Site, browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    opened = served(site, tmp_path_factory.mktemp("opened"))
    try:
        first = browser.new_page()  # the pages are being made; they open by themselves
        first.goto(opened.address)
        first.wait_for_selector("#view h1", state="attached", timeout=120_000)
        first.close()
        yield opened
    finally:
        opened.end()


@pytest.fixture
def alive(browser: Any, opened: Served) -> Iterator[Visit]:
    visit = Visit(browser, opened)
    yield visit
    visit.check()
    visit.context.close()


def ready(visit: Visit, hash: str = "") -> Any:
    page = visit.to(hash)
    visit.until("artbyol.live.state !== null")
    return page


def drag(page: Any, picture: Path) -> Any:
    """A picture held over the window."""
    data = base64.b64encode(picture.read_bytes()).decode()
    held = page.evaluate_handle(
        """([data, name]) => {
            const held = new DataTransfer();
            held.items.add(new File([Uint8Array.from(atob(data), (one) => one.charCodeAt(0))], name));
            return held;
        }""",
        [data, picture.name],
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": held})
    return held


def names(opened: Served) -> list[str]:
    return [group.name for group in artbyol.groups(opened.collection).groups]


def kin(page: Any) -> list[str]:
    return [link.get_attribute("href").rpartition("/")[2] for link in page.locator(".kin .plate").all()]


def test_a_dropped_picture_gets_its_kin(alive: Visit, opened: Served, tmp_path: Path) -> None:
    dropped = tmp_path / "<i>phone shot.png"
    painting(91).save(dropped)
    found = artbyol.similar(dropped, 24, store=opened.collection / ".artbyol").neighbours
    page = ready(alive)
    held = drag(page, dropped)
    page.dispatch_event(".zone", "drop", {"dataTransfer": held})
    page.wait_for_selector(".kin .plate")
    assert kin(page) == [opened.ids[os.fsdecode(one.path)] for one in found]
    assert page.locator(".percentile").all_inner_texts() == [f"{one.percentile:.1f}" for one in found]
    assert page.locator("h1").inner_text() == "Kin of <i>phone shot.png"
    assert page.locator(".posed img").evaluate("(image) => image.naturalWidth") > 0

    page.get_by_role("button", name="Palette").click()
    alive.until("location.hash.includes('by=palette') && !artbyol.current.busy()")
    page.locator(".kin button[aria-label^=Why]").first.click()
    page.wait_for_selector("dialog.pairing .bars dt")
    assert page.locator("dialog.pairing .bars dt").count() == 5
    page.keyboard.press("Escape")
    page.locator(".kin button[aria-label^=More]").nth(1).click()
    page.wait_for_selector("h1 >> text=Kin of 2 pictures together")
    page.get_by_role("button", name="Less like this:").last.click()
    page.wait_for_selector(".posed .less")
    alive.until("!artbyol.current.busy()")
    assert "unlike" in page.url and page.locator(".kin .plate").count() == 24


def test_a_pasted_picture_gets_its_kin(alive: Visit, tmp_path: Path) -> None:
    painting(92).save(tmp_path / "pasted.png")
    page = ready(alive)
    held = drag(page, tmp_path / "pasted.png")
    page.evaluate(
        "(held) => document.body.dispatchEvent(new ClipboardEvent('paste', "
        "{clipboardData: held, bubbles: true, cancelable: true}))",
        held,
    )
    page.wait_for_selector(".kin .plate")
    assert page.locator("h1").inner_text() == "Kin of pasted.png"


def test_what_a_model_cannot_tell_is_said_in_a_sentence(alive: Visit, opened: Served) -> None:
    page = ready(alive, f"#/work/{opened.ids['work07.png']}")
    page.get_by_role("button", name="Where?").press("Enter")
    page.wait_for_selector("[role=status] >> text=does not tell where in a picture something is")
    assert all("status of 400" in said for said in alive.wrong)
    alive.wrong.clear()


def test_another_folder_is_compared(alive: Visit, opened: Served, tmp_path: Path) -> None:
    folder = paint(tmp_path / "theirs", 3, first=80)
    shutil.copy(opened.collection / "work03.png", folder / "same.png")
    page = ready(alive, "#/collections")
    page.get_by_label("Folder of the other collection").fill(str(folder))
    page.keyboard.press("Enter")
    page.wait_for_selector(".compared .pairs li")
    assert "The same picture" in page.locator(".compared .pairs li").first.inner_text()
    page.wait_for_function("() => document.querySelector('.compared .pairs img[src*=compared]').naturalWidth > 0")
    page.get_by_role("button", name="Only here").press("Enter")
    assert page.locator(".compared .pairs li").count() == len(artbyol.compare(opened.collection, folder).only_mine)


def test_a_file_that_is_no_picture_is_named(alive: Visit, tmp_path: Path) -> None:
    (tmp_path / "letter.png").write_text("Dear curator")
    page = ready(alive)
    held = drag(page, tmp_path / "letter.png")
    page.dispatch_event(".zone", "drop", {"dataTransfer": held})
    page.wait_for_selector("[data-notice=wrong] >> text=letter.png is not usable")
    assert page.locator(".zone").count() == 0 and "#/kin" not in page.url


def test_kin_by_keys_alone(alive: Visit, opened: Served, tmp_path: Path) -> None:
    painting(92).save(tmp_path / "chosen.png")
    alive.page.on("filechooser", lambda chooser: chooser.set_files(tmp_path / "chosen.png"))
    page = ready(alive, "#/wall")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("k")
    page.wait_for_selector(".kin .plate")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("-")
    page.wait_for_selector(".posed .less")
    page.keyboard.press("o")
    page.wait_for_selector(".posed >> text=chosen.png")
    alive.until("!artbyol.current.busy()")


def test_groups_are_made_merged_and_taken_back(alive: Visit, opened: Served) -> None:
    page = ready(alive, "#/wall?q=study")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("x")
    page.keyboard.press("g")
    page.keyboard.type("Storms <b>")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-notice=group] >> text=Storms <b>")
    assert "Storms <b>" in names(opened) and page.locator(".tray").count() == 0
    before = len(names(opened))

    page = alive.turn("#/groups")
    page.get_by_role("button", name="Edit: Storms <b>").click()
    page.get_by_label("Name").fill("Gales")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-notice=group] >> text=Gales")
    page.get_by_role("button", name="Edit: Gales").click()
    page.locator(".picker button").first.click()
    alive.until(f"artbyol.data.works.groups.length === {before - 1}")
    assert "Gales" not in names(opened)
    page.locator("[data-notice=group]").get_by_role("button", name="Undo").click()
    alive.until(f"artbyol.data.works.groups.length === {before}")
    page.keyboard.press("u")  # and the name
    page.wait_for_selector(".group >> text=Storms <b>")
    page.keyboard.press("u")  # and the group itself
    alive.until(f"artbyol.data.works.groups.length === {before - 1}")
    assert "Storms <b>" not in names(opened)


def test_two_windows_and_the_command_line_see_each_other(alive: Visit, browser: Any, opened: Served) -> None:
    page = ready(alive, "#/groups")
    other = Visit(browser, opened)
    there = ready(other, f"#/work/{opened.ids['work05.png']}")
    there.keyboard.press("s")
    there.get_by_role("textbox", name="Note on").fill("hang it high")
    there.keyboard.press("Tab")
    page.wait_for_selector(".tools .starred >> text=★ 1")
    page.evaluate("window.same = true")
    if not page.evaluate("artbyol.live.state.kept"):
        page.get_by_role("button", name="Keep these groups").click()
        page.wait_for_selector("[data-notice=group]")
    number = artbyol.groups(opened.collection).groups[0].id
    artbyol.groups(opened.collection, rename=(str(number), "From the command line"))
    page.wait_for_selector(".group >> text=From the command line")
    there.wait_for_function("() => artbyol.data.works.groups.some((group) => group.name === 'From the command line')")
    assert page.evaluate("window.same") is True  # not loaded anew
    row = page.evaluate(f"artbyol.rowOf('{opened.ids['work05.png']}')")
    assert page.evaluate(f"artbyol.marks.note({row})") == "hang it high"
    page.evaluate(f"artbyol.marks.star([{row}], false)")
    there.wait_for_selector("button.star[aria-pressed=false]")
    other.check()
    other.context.close()


def test_new_files_are_offered_and_taken_in_and_the_end_is_told(browser: Any, tmp_path: Path, opened: Served) -> None:
    small = paint(tmp_path / "small", 6)
    shutil.copytree(opened.collection / ".artbyol", small / ".artbyol")
    shutil.rmtree(small / ".artbyol" / "gallery")  # pages of other works
    artbyol.embed(small)
    open_ = served(Site(small, small, {}), tmp_path / "open")
    visit = Visit(browser, open_)
    try:
        visit.page.goto(open_.address)
        visit.page.wait_for_selector("#view h1", state="attached", timeout=60_000)
        visit.until("typeof artbyol !== 'undefined' && artbyol.live?.state && artbyol.total() === 6")
        painting(80).save(open_.collection / "new.png")
        visit.page.evaluate("window.dispatchEvent(new Event('focus'))")
        offer = visit.page.locator("[data-notice=new]")
        offer.get_by_text("1 new file in the folder: new.png").wait_for()
        offer.get_by_role("button", name="Take them in").click()
        visit.until("typeof artbyol !== 'undefined' && artbyol.data.works && artbyol.total() === 7")
    finally:
        open_.end()
    visit.page.wait_for_selector("[data-notice=away] >> text=has ended")
    assert [said for said in visit.wrong if "ERR_CONNECTION_REFUSED" not in said and "failed" not in said] == []
    visit.context.close()


def test_chosen_works_are_taken_along(alive: Visit, opened: Served, tmp_path: Path) -> None:
    page = ready(alive, "#/wall?q=study")
    rows = page.evaluate("artbyol.sequence.slice(0, 3)")
    page.evaluate(f"artbyol.tray.add({rows})")
    page.get_by_role("button", name="Take along…").click()
    with page.expect_download() as table:
        page.get_by_role("button", name="Table").click()
    table.value.save_as(tmp_path / "table.csv")
    said = (tmp_path / "table.csv").read_text("utf-8-sig").splitlines()
    assert len(said) == 4 and said[0].startswith("path,title,artist")
    page.get_by_role("button", name="Take along…").click()
    page.get_by_role("button", name="Folder of copies").click()
    page.get_by_label("Where").fill(str(tmp_path / "for the printer"))
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-notice^=job] >> text=3 copies are in")
    assert len(list((tmp_path / "for the printer").glob("*.png"))) == 3
    page.get_by_role("button", name="Take along…").click()
    page.get_by_role("button", name="Keywords").click()
    page.get_by_role("button", name="Take them out again").click()
    page.wait_for_selector("[data-notice^=job]:not(:has-text('Take them out again'))")
    page.get_by_role("button", name="Take along…").click()
    with page.expect_download() as sheet:
        page.get_by_role("button", name="Contact sheet").click()
    sheet.value.save_as(tmp_path / "sheet.pdf")
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")
    page.evaluate("artbyol.tray.clear()")


def test_keys_are_listed(alive: Visit) -> None:
    page = ready(alive)
    page.keyboard.press("?")
    listed = json.dumps(page.locator("dialog.help dt").all_inner_texts())
    assert all(f'"{key}"' in listed for key in ("x", "s", "k", "o", "u", "t", "Shift x"))
