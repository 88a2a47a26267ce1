"""The pages of a gallery, in a browser."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.report.browsing import Site, Visit, in_a_browser
from tests.report.conftest import HOSTILE, TITLE

pytestmark = in_a_browser

VIEWS = ("wall", "groups", "map", "timeline", "walks", "check", "about")


def works_shown(page: Any) -> int:
    return int(page.locator(".tile").count())


def colours(page: Any) -> tuple[str, str]:
    """Ground and ink."""
    return tuple(
        page.evaluate("(({backgroundColor, color}) => [backgroundColor, color])(getComputedStyle(document.body))")
    )


@pytest.mark.parametrize("width", [360, 1280, 3840])
def test_every_view_opens_and_fits(browser: Any, site: Site, width: int) -> None:
    visit = Visit(browser, site, viewport={"width": width, "height": 740})
    visit.to()
    work = f"work/{site.ids['panorama.png']}"
    for view in (*VIEWS, work, f"work/{site.ids['e' * 200 + '.png']}", f"work/{site.ids['tiny.png']}", "work/none"):
        page = visit.turn(f"#/{view}")
        assert page.locator("#view h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view
        beyond = page.evaluate(
            """() => [...document.querySelectorAll('#view *, .top *')].filter((one) => {
                const box = one.getBoundingClientRect();
                return box.width && !one.closest('.unseen, .scroll, nav, svg')
                    && (box.right > innerWidth + 1 || box.left < -1);
            }).map((one) => one.outerHTML.slice(0, 90))"""
        )
        assert beyond == [], view
        broken = page.evaluate("[...document.images].filter((i) => i.complete && !i.naturalWidth).map((i) => i.src)")
        assert broken == [], view
    visit.check()
    visit.context.close()


def test_from_neighbour_to_neighbour_and_back(visit: Visit, site: Site) -> None:
    page = visit.to()
    assert page.locator("nav a[aria-current]").inner_text() == "Wall"
    page.mouse.wheel(0, 300)
    visit.until("scrollY > 100")
    page.wait_for_timeout(200)
    before = page.evaluate("scrollY")
    page.locator(".tile").nth(12).click()
    page.wait_for_selector(".strip li")
    way = [page.url]
    for number in (0, 3):
        page.locator(".strip p a").nth(number).click()
        visit.until(f"location.href !== {json.dumps(way[-1])}")
        page.wait_for_selector(".strip li")
        way.append(page.url)
    assert len(set(way)) == 3 and all(re.search(r"#/work/[0-9a-f]{10,}$", url) for url in way)
    for url in reversed(way[:-1]):
        page.go_back()
        visit.until(f"location.href === {json.dumps(url)}")
    page.go_back()
    page.wait_for_selector(".tile")
    assert abs(page.evaluate("scrollY") - before) < 5
    page.go_forward()
    page.wait_for_selector(".strip li")
    page.keyboard.press("Escape")
    page.wait_for_selector(".tile")


def test_only_what_is_near_the_window_is_hung(browser: Any, site: Site) -> None:
    visit = Visit(browser, site, viewport={"width": 320, "height": 200})
    page = visit.to("#/wall")
    every = page.evaluate("artbyol.total()")
    assert 0 < works_shown(page) < every / 2
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_selector(f"[aria-posinset='{every}']")
    assert page.locator("[aria-posinset='1']").count() == 0
    visit.check()
    visit.context.close()


def test_the_keyboard_reaches_everything(visit: Visit, site: Site) -> None:
    page = visit.to("#/wall")
    page.keyboard.press("ArrowRight")
    focused = "document.activeElement.closest('.item')?.getAttribute('aria-posinset')"
    assert page.evaluate(focused) == "1"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "2"
    page.keyboard.press("ArrowDown")
    assert int(page.evaluate(focused)) > 2
    page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    assert page.evaluate(focused) == str(page.evaluate("artbyol.total()"))
    page.keyboard.press("Enter")
    page.wait_for_selector(".strip li")
    first = page.url
    page.keyboard.press("ArrowLeft")
    visit.until(f"location.href !== {json.dumps(first)}")
    page.keyboard.press("Escape")
    page.wait_for_selector(".tile")
    page.keyboard.press("3")
    page.wait_for_selector("canvas")
    visit.settle()
    page.locator("canvas").focus()
    before = page.evaluate("({...artbyol.current.view})")
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    after = page.evaluate("({...artbyol.current.view})")
    assert after["scale"] > before["scale"] and after["left"] > before["left"]
    page.keyboard.press("/")
    visit.until("document.activeElement.id === 'search'")
    page.keyboard.type("work0")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.wait_for_selector("dialog.help[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")


def test_light_dark_and_what_was_chosen_stays(browser: Any, site: Site) -> None:
    visit = Visit(browser, site, color_scheme="dark")
    page = visit.to("#/about")
    dark = colours(page)
    page.locator("#theme").click()
    light = colours(page)
    assert dark != light and light == ("rgb(250, 248, 244)", "rgb(38, 35, 31)")
    page = visit.to("#/about")
    assert colours(page) == light
    visit.check()
    visit.context.close()


CONTRAST = """() => {
    const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const luminance = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
    const ground = (node) => {
        for (let at = node; at; at = at.parentElement) {
            const [r, g, b, a = 1] = rgb(getComputedStyle(at).backgroundColor);
            if (a > 0.99) return [r, g, b];
        }
        return [255, 255, 255];
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !node.checkVisibility()) continue;
        if (node.closest('script, noscript, .unseen, .caption, .skip')) continue;
        const [one, other] = [luminance(rgb(getComputedStyle(node).color)), luminance(ground(node))];
        const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        if (ratio < 4.5) found.push([walker.currentNode.data.trim().slice(0, 40), ratio.toFixed(2)]);
    }
    return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_and_everything_has_a_name(browser: Any, site: Site, scheme: str) -> None:
    visit = Visit(browser, site, color_scheme=scheme)
    visit.to()
    for view in (*VIEWS, f"work/{site.ids['work03.png']}"):
        page = visit.turn(f"#/{view}")
        if view.startswith("work"):
            page.wait_for_selector(".why")
            page.locator(".attributes summary").click()
        assert page.evaluate(CONTRAST) == [], view
        tree = visit.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
        wanted = {"button", "link", "image", "img", "textbox", "searchbox", "combobox", "spinbutton", "application"}
        wanted |= {"region", "dialog", "search"}
        spoken = [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in tree
            if not node.get("ignored") and node["role"]["value"] in wanted
        ]
        assert [role for role, name in spoken if not name.strip()] == [], view
        assert {"link", "button"} <= {role for role, _ in spoken}
    visit.check()
    visit.context.close()


def test_names_that_try_to_be_html_or_script_are_text(visit: Visit, site: Site) -> None:
    page = visit.to("#/wall?q=hacked")
    assert page.title().endswith(TITLE)
    assert page.locator(".top .name").inner_text() == TITLE
    labels = page.evaluate("[...document.querySelectorAll('.tile .caption')].map((one) => one.textContent)")
    assert "<img src=x onerror=window.hacked=1>" in labels and len(labels) == 5
    for name in HOSTILE:
        page = visit.turn(f"#/work/{site.ids[name]}")
        assert page.locator("#view h1 *").count() == 0
        assert page.locator(".table").count() == 1
    assert "\\xff\\xfe bytes" in visit.to(f"#/work/{site.ids[HOSTILE[4]]}").locator("h1").inner_text()
    page = visit.to(f"#/work/{site.ids['work00.png']}")
    assert page.locator("h1").inner_text() == "<script>window.hacked=1</script>"
    page = visit.to(f"#/work/{site.ids['work04.png']}")
    assert "javascript:" in page.locator(".table").inner_text()
    assert page.locator("a[href^='javascript']").count() == 0
    visit.to("#/work/%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D1%3E")
    visit.to("#/wall?q=<script>window.hacked=1</script>&group=x&folder=%00")


def test_what_is_missing_from_the_disc_breaks_nothing(browser: Any, site: Site, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(site.folder, tmp_path / "moved here"))
    shutil.rmtree(next(folder.glob("pages-*/data/details")))
    visit = Visit(browser, Site(site.collection, folder, site.ids))
    page = visit.to(f"#/work/{site.ids['work01.png']}")
    page.wait_for_selector("text=is missing")
    assert page.locator(".main-plate img").count() == 1  # a gallery that was moved still shows its pictures
    assert all(unquote(urlsplit(url).path).startswith(str(folder)) for url in visit.asked if url != "about:blank")
    visit.context.close()
