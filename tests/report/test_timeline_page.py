"""The timeline of a gallery, in a browser."""

from __future__ import annotations

import re

from tests.report.browsing import Visit, in_a_browser

pytestmark = in_a_browser


def test_works_by_their_years(visit: Visit) -> None:
    page = visit.to("#/timeline")
    assert "20 works whose year is known" in page.locator(".intro").inner_text()
    years = [int(re.sub(r"\D.*", "", text)) for text in page.locator(".heading h2").all_inner_texts()]
    assert years == sorted(years) and years[0] == 1870
    page.locator(".tile").first.click()
    page.wait_for_selector(".byline >> text=c. 1870")


def test_the_chart_has_ticks_and_counts_every_work_and_p_values_on_demand(visit: Visit) -> None:
    page = visit.to("#/timeline")
    ticks = [int(text) for text in page.locator(".chart text:not(.turned)[text-anchor=middle]").all_text_contents()]
    assert len(ticks) >= 3 and len(set(ticks)) == len(ticks) and all(1870 <= tick <= 1927 for tick in ticks)
    bars = page.evaluate("[...document.querySelectorAll('.chart rect title')].map((one) => one.textContent)")
    assert sum(int(re.search(r": (\d+) work", bar)[1]) for bar in bars) == 20  # type: ignore[index]
    assert not page.locator("text=/p = 0/").first.is_visible()
    page.locator(".figures summary").first.click()
    assert page.locator("text=/p = 0/").first.is_visible()
