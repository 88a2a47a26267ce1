"""A gallery in a real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
in_a_browser = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="needs a browser: apt-get install chromium"),
]
"""For `pytestmark` of a file whose tests drive the browser."""

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--renderer-process-limit=1", "--in-process-gpu", "--disable-features=SpareRendererForSitePerProcess"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@dataclass(frozen=True)
class Site:
    """A gallery, and what its pages should show."""

    collection: Path
    folder: Path
    ids: dict[str, str]  # name of file -> id

    @property
    def url(self) -> str:
        return (self.folder / "index.html").as_uri()

    @property
    def within(self) -> str:
        """How every address that its pages ask for begins."""
        return self.folder.as_uri()


class Visit:
    """A page, and everything that went wrong on it."""

    def __init__(self, browser: Any, site: Site, **context: Any) -> None:
        self.site = site
        settings: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
        self.context = browser.new_context(**settings | context)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.wrong: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda said: self.wrong.append(f"console {said.type}: {said.text}"))
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("requestfailed", self.failed)
        self.page.on("dialog", lambda dialog: (self.wrong.append("a dialog"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def failed(self, request: Any) -> None:
        """What is not there is wrong; a picture that a page no longer waits for, when it is left, is not."""
        if request.failure != "net::ERR_ABORTED":
            self.wrong.append(f"failed: {request.url}: {request.failure}")

    def to(self, hash: str = "") -> Any:
        """Open an address as if it had been sent by somebody."""
        self.page.goto("about:blank")
        self.page.goto(self.site.url + hash)
        self.page.wait_for_selector("#view h1", state="attached")
        self.settle()
        return self.page

    def turn(self, hash: str) -> Any:
        """Go there from the view that is open, as a link does: a third of the work of loading the page again."""
        self.page.evaluate("(hash) => { location.hash = hash; }", hash)
        self.until("artbyol.shown === location.hash")
        self.settle()
        return self.page

    def settle(self) -> None:
        """Until nothing is loaded or drawn any more."""
        self.page.wait_for_function(
            "() => ![...document.images].some((i) => i.src && i.loading !== 'lazy' && !i.complete)"
            " && !(artbyol.current.busy && artbyol.current.busy())"
        )
        self.page.wait_for_timeout(60)

    def until(self, condition: str) -> None:
        """Until this is true; as a function, because the pages forbid `eval`."""
        self.page.wait_for_function(f"() => {condition}")

    def check(self) -> None:
        assert self.wrong == []
        assert [url for url in self.asked if not url.startswith(self.site.within) and url != "about:blank"] == []
        assert self.page.evaluate("window.hacked") is None
