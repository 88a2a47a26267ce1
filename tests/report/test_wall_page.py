"""The wall and its filters, groups coarser and finer, About, and all views on paper; in a browser."""

from __future__ import annotations

import base64
import os
import re
from typing import Any

import numpy as np
import pytest

import artbyol
from tests.report.browsing import Site, Visit, in_a_browser

pytestmark = in_a_browser


def shown(page: Any) -> int:
    """How many works the wall says that it shows."""
    return int(page.locator(".count").inner_text().split()[0])


def search(visit: Visit, words: str) -> int:
    visit.page.locator("#search").fill(words)
    visit.until(f"location.hash.includes('q=') === {'true' if words else 'false'}")
    visit.page.wait_for_timeout(200)
    return shown(visit.page)


def test_the_wall_opens_by_style(visit: Visit, site: Site) -> None:
    page = visit.to()
    order = page.evaluate("[...document.querySelectorAll('.tile')].map((one) => one.getAttribute('href'))")
    alike = "artbyol.load('directions').then(({dimensions, bytes}) => [dimensions, bytes])"
    dimensions, text = page.evaluate(alike)
    vectors = np.frombuffer(base64.b64decode(text), np.int8).reshape(-1, dimensions).astype(np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = page.evaluate("artbyol.works().id")
    rows = [ids.index(one.rpartition("/")[2]) for one in order]
    by_name = sorted(rows)

    def mean(some: list[int]) -> float:
        return float((vectors[some[:-1]] * vectors[some[1:]]).sum(axis=1).mean())

    assert len(rows) > 20 and mean(rows) > mean(by_name) + 0.02
    page.locator("select[name=order]").select_option("name")
    visit.until("location.hash.includes('order=name')")
    first = page.locator(".tile").first.get_attribute("href")
    assert first == f"#/work/{ids[0]}"
    page.locator("select[name=order]").select_option("group")
    visit.until("location.hash.includes('order=group')")
    assert page.locator(".heading h2").first.inner_text().startswith(page.evaluate("artbyol.groupName(1)"))


def test_everything_written_about_works_is_found(visit: Visit, site: Site) -> None:
    visit.to()
    every = visit.page.evaluate("artbyol.total()")
    assert search(visit, "anstrom study") == 9  # accents and capitals do not matter
    assert search(visit, "OIL canvas") == 19
    assert search(visit, "medium:oil bert") == 10
    assert search(visit, '"study no. 1"') == 11  # 1, and 10 to 19
    assert search(visit, "titel:study") == 0  # no such column: words like others
    assert search(visit, "early") == 7  # one of them is a copy
    number = visit.page.evaluate("artbyol.data.works.groups[1].label")
    members = visit.page.evaluate("artbyol.works().group.filter((group) => group === 2).length")
    assert search(visit, f'group:"{number}"') == members
    assert search(visit, "nothing of the kind") == 0
    assert visit.page.locator(".nothing").count() == 1
    assert search(visit, "") == every


def test_filters_are_chosen_seen_and_removed(visit: Visit, site: Site) -> None:
    page = visit.to()
    page.get_by_role("button", name="Filter", exact=True).click()
    page.locator(".facets [data-value='oil on canvas']").click()
    visit.until("location.hash.includes('c.medium=oil')")
    assert shown(page) == 19
    page.locator(".facets [data-value='Bert']").click()
    page.locator("input[name=from]").fill("1900")
    visit.until("location.hash.includes('from=1900')")
    assert shown(page) == 5
    shared = page.evaluate("location.hash")
    page = visit.to(shared)
    assert shown(page) == 5
    chips = page.locator(".filtering > span:first-child").all_inner_texts()
    assert chips == ["Medium oil on canvas", "Artist Bert", "Year 1900 – …"]
    page.get_by_role("button", name="Remove the filter Artist: Bert").press("Enter")
    visit.until("!location.hash.includes('Bert')")
    assert shown(page) == 9 or shown(page) == 10
    assert page.evaluate("document.activeElement.className") == "filtering"
    page.get_by_role("button", name="Clear all").click()
    visit.until("location.hash === '#/wall'")
    assert page.evaluate("artbyol.filtered") is None
    page = visit.to("#/wall?folder=early")
    assert shown(page) == 7


def test_a_column_of_many_values_is_a_combobox_for_the_keyboard(visit: Visit, site: Site) -> None:
    page = visit.to()
    page.evaluate("artbyol.works().artist = artbyol.works().id.map((id, row) => `Artist ${row % 20}`)")
    page.get_by_role("button", name="Filter", exact=True).press("Enter")
    field = page.get_by_role("combobox", name="Artist")
    field.focus()
    assert field.get_attribute("aria-expanded") == "true"
    page.keyboard.type("st 17")
    assert field.locator("..").get_by_role("option").all_inner_texts() == ["Artist 17\n2"]
    page.keyboard.press("ArrowDown")
    active = field.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    visit.until("location.hash.includes('artist=Artist+17')")
    assert shown(page) == 2


def test_the_size_of_pictures_and_their_titles_are_remembered(browser: Any, site: Site) -> None:
    visit = Visit(browser, site, viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    page = visit.to()
    assert page.locator(".captioned .caption").first.is_visible()  # no pointer can hover here
    tallest = "Math.max(...[...document.querySelectorAll('.item')].map((one) => one.offsetHeight))"
    before = page.evaluate(tallest)
    page.locator("input[type=range]").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    larger = page.evaluate(tallest)
    assert larger > 1.2 * before
    page.get_by_role("button", name="Titles").click()
    page = visit.to()
    assert before < page.evaluate(tallest) < larger
    assert page.locator(".captioned").count() == 0
    visit.check()
    visit.context.close()


def test_groups_show_what_cluster_found(visit: Visit, site: Site) -> None:
    found = artbyol.cluster(site.collection, 4)
    page = visit.to("#/groups")
    assert page.locator(".group").count() == 4
    for group, section in zip(found.groups, page.locator(".group").all(), strict=True):
        links = section.locator(".shelves > .filled a")
        typical = [link.get_attribute("href") for link in links.all()]
        members = list(dict.fromkeys(f"#/work/{site.ids[os.fsdecode(one.path)]}" for one in group.members))
        assert typical == members[: len(typical)] and typical
        assert section.locator("h2").inner_text() == group.title
        assert f"cohesion {group.cohesion:.2f}" in section.locator(".over").inner_text()
        edge = section.locator(".shelves").bounding_box()
        last = links.last.bounding_box()
        fills = abs(edge["x"] + edge["width"] - last["x"] - last["width"]) < 2
        assert fills or len(typical) == len(members)
    page.locator(".group").nth(1).locator("text=All its works").click()
    page.wait_for_selector(".tile")
    assert shown(page) == len({site.ids[os.fsdecode(one.path)] for one in found.groups[1].members})


def test_groups_can_be_coarser_or_finer(visit: Visit, site: Site) -> None:
    finer = artbyol.cluster(site.collection, 8)
    page = visit.to("#/groups")
    page.get_by_role("button", name="8 groups").click()
    visit.until("location.hash === '#/groups?in=8'")
    assert page.locator(".group").count() == 8
    assert page.locator(".group h2").all_inner_texts() == [group.title for group in finer.groups]
    page.locator(".group").nth(5).locator("h2 a").click()
    page.wait_for_selector(".tile")
    members = {site.ids[os.fsdecode(one.path)] for one in finer.groups[5].members}
    assert shown(page) == len(members)
    page = visit.to(page.evaluate("location.hash"))  # sent to somebody
    page.wait_for_selector(".filtering >> text=" + finer.groups[5].title)
    assert shown(page) == len(members)
    page = visit.turn("#/groups?in=4")
    visit.until("document.querySelectorAll('.group').length === 4")


def test_about_says_what_the_owner_says(visit: Visit, site: Site) -> None:
    page = visit.to("#/about")
    said = page.locator(".prose").inner_text()
    assert f"{page.evaluate('artbyol.total()')} works" in page.locator(".lead").inner_text()
    assert "Seen from a train.\n" in said and "Museum of Trains" in said
    link = page.get_by_role("link", name="https://example.org/licence")
    assert link.get_attribute("href") == "https://example.org/licence"
    assert page.locator(".prose script, .prose b").count() == 0


VIEWS = ("wall", "groups", "map", "timeline", "walks", "check", "about")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_can_be_printed(browser: Any, site: Site, scheme: str) -> None:
    visit = Visit(browser, site, color_scheme=scheme)
    visit.to()
    pages = {}
    for view in (*VIEWS, f"work/{site.ids['work07.png']}"):
        page = visit.turn(f"#/{view}")
        page.emulate_media(media="print")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.set_viewport_size({"width": 688, "height": 900})  # A4 within its margins
        page.wait_for_timeout(100)
        beyond = page.evaluate(
            """() => [...document.querySelectorAll('body *')].filter((one) => {
                const box = one.getBoundingClientRect();
                const off = box.right > innerWidth + 1 || box.left < -1;
                return box.width && off && one.checkVisibility() && !one.closest('.unseen, .skip');
            }).map((one) => one.outerHTML.slice(0, 90))"""
        )
        assert beyond == [], view
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(255, 255, 255)"
        if view == "map":
            assert page.locator(".stage canvas").bounding_box()["height"] > 200
        if view == "wall":
            assert page.locator(".printed img").count() == page.evaluate("artbyol.total()")
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": 1280, "height": 800})
        if scheme == "light":
            pages[view] = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    if pages:
        assert pages["about"] <= 3 and pages["map"] == 1, pages
        assert pages["wall"] <= 4 and pages["groups"] <= 4, pages
    visit.check()
    visit.context.close()
