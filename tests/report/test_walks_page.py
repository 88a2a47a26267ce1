"""Walks, their slow slide show, and what deserves a second look, in a browser."""

from __future__ import annotations

import os
from itertools import pairwise

import artbyol
from tests.report.browsing import Site, Visit, in_a_browser

pytestmark = in_a_browser


def test_what_lies_between_two_works_is_what_the_program_says(visit: Visit, site: Site) -> None:
    visit.to(f"#/walks?from={site.ids['work01.png']}&to={site.ids['work22.png']}")
    visit.page.wait_for_selector(".walk li")
    shelf = visit.page.locator("section", has=visit.page.get_by_role("heading", name="Between"))
    shown = [link.get_attribute("href").rpartition("/")[2] for link in shelf.locator("a").all()]
    ends = (site.collection / "work01.png", site.collection / "work22.png")
    said = [site.ids[os.fsdecode(one.path)] for one in artbyol.between(*ends, k=12).intermediates]
    assert len(shown) == 12 and shown[:2] == said[:2]
    assert len(set(shown) & set(said)) >= 11  # a byte a number leaves the last place open


def test_a_walk_goes_from_neighbour_to_neighbour(visit: Visit, site: Site) -> None:
    page = visit.to(f"#/walks?from={site.ids['work01.png']}&to={site.ids['work22.png']}")
    page.wait_for_selector(".walk li")
    steps = [link.get_attribute("href").rpartition("/")[2] for link in page.locator(".walk a").all()]
    assert steps[0] == site.ids["work01.png"] and steps[-1] == site.ids["work22.png"] and len(steps) == len(set(steps))
    name_of = {number: name for name, number in site.ids.items()}

    def near(work: str) -> set[str]:
        found = artbyol.similar(site.collection / name_of[work], 12).neighbours
        return {site.ids[os.fsdecode(one.path)] for one in found}

    for one, other in pairwise(steps):
        assert other in near(one) or one in near(other)
    page.get_by_role("button", name="Start: choose another").click()
    page.get_by_label("Find a work").fill("study no. 13")
    page.locator(".walk-found button").first.click()
    visit.until(f"location.hash.includes('{site.ids['work13.png']}')")
    page.wait_for_selector(".walk li")
    page.get_by_role("button", name="End: choose another").click()
    page.locator(".walk-found button").first.click()  # one of those that stand for a group
    page.wait_for_selector("dialog", state="detached")


def test_old_addresses_lead_to_walks(visit: Visit, site: Site) -> None:
    page = visit.to(f"#/ideas?from={site.ids['work01.png']}&to={site.ids['work22.png']}")
    page.wait_for_selector(".walk li")
    assert page.locator("#view h1").inner_text() == "Walks"
    assert site.ids["work01.png"] in page.locator(".chooser a").first.get_attribute("href")


def test_a_walk_is_played_paused_and_leafed(visit: Visit, site: Site) -> None:
    page = visit.to(f"#/walks?from={site.ids['work01.png']}&to={site.ids['work22.png']}")
    page.wait_for_selector(".walk li")
    many = page.locator(".walk li").count()
    page.get_by_role("button", name="Play").click()
    page.wait_for_selector(f".slides .place >> text=1 of {many}")
    assert page.get_by_role("button", name="Play", exact=True).count() == 1  # less motion is wished: it waits
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(f".slides .place >> text=2 of {many}")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Pause").wait_for()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")


def test_the_check_shows_what_stands_alone_what_is_saved_twice_and_what_likeness_follows(visit: Visit) -> None:
    page = visit.to("#/check")
    page.wait_for_selector("text=several identical files")  # the copy
    headings = page.locator("#view h2").all_inner_texts()
    assert headings == ["Stand alone", "Saved twice", "Style, or source?"]
    alone = page.locator(".shelf").first.locator("a").count()
    assert alone == page.evaluate("artbyol.data.ideas.alone.length") > 0
    for line in page.evaluate("artbyol.data.works.about.follows"):
        assert line in page.locator(".prose").inner_text()
