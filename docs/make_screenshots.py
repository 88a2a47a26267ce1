"""Take the pictures of docs/gallery.md anew: `python docs/make_screenshots.py FOLDER [--store DIR]`.

FOLDER is a collection that was embedded; those in the documentation are of works in the public domain. Needs Chromium
and the package playwright.
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

import artbyol

IMAGES = Path(__file__).resolve().parent / "images"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
LARGEST = 245_000  # bytes

Shot = Callable[[Page], None]


def settle(page: Page) -> None:
    page.wait_for_selector("#view h1", state="attached")
    page.wait_for_function("() => !(artbyol.current.busy && artbyol.current.busy())")
    page.wait_for_timeout(1500)


def picture(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def save(image: Image.Image, name: str) -> None:
    """As JPEG, at the highest quality that keeps it small."""
    for quality in range(88, 40, -4):
        image.save(IMAGES / name, quality=quality, optimize=True, progressive=True)
        if (IMAGES / name).stat().st_size <= LARGEST:
            return
    raise SystemExit(f"{name} does not become small enough")


def work_named(page: Page, name: str) -> str:
    """The id of the work whose file's name holds this, or of the first."""
    return str(
        page.evaluate(
            "(n) => artbyol.works().id[Math.max(0, artbyol.works().name.findIndex((one) => one.includes(n)))]", name
        )
    )


def take(index: str, browser: Any, work: str, ends: tuple[str, str]) -> None:
    def shot(hash: str, width: int, height: int, scheme: str = "light", then: Shot = lambda page: None) -> Image.Image:
        page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
        )
        page.goto(f"{index}#/{hash}")
        settle(page)
        then(page)
        settle(page)
        image = picture(page)
        page.close()
        return image

    page = browser.new_page()
    page.goto(index)
    settle(page)
    shown, start, end = (work_named(page, name) for name in (work, *ends))
    page.close()
    save(shot("wall?order=style", 1280, 800, then=lambda page: page.mouse.wheel(0, 9000)), "gallery-wall.jpg")
    save(shot("groups", 1280, 800, then=lambda page: page.mouse.wheel(0, 170)), "gallery-groups.jpg")
    save(shot("map", 1280, 860), "gallery-map.jpg")
    save(shot(f"map?work={shown}", 1280, 760, "dark"), "gallery-map-close.jpg")
    save(shot(f"work/{shown}", 1280, 1180), "gallery-work.jpg")
    save(shot(f"ideas?from={start}&to={end}", 1280, 960, "dark"), "gallery-walk.jpg")
    phone = [
        shot(hash, 360, 700, scheme)
        for hash, scheme in (("wall?order=style", "light"), (f"work/{shown}", "dark"), ("map", "dark"))
    ]
    beside = Image.new("RGB", (3 * 360 + 2 * 30, 700), (128, 124, 118))
    for number, image in enumerate(phone):
        beside.paste(image, (number * 390, 0))
    save(beside, "gallery-phone.jpg")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--store", type=Path)
    arguments.add_argument("--gallery", type=Path, help="make it here; default: in a folder that is removed")
    arguments.add_argument("--work", default="Alfred_Sisley_0064", help="the work shown, by a part of its file's name")
    arguments.add_argument("--walk", nargs=2, default=("Albrecht_Durer_0197", "Edgar_Degas_0110"))
    chosen = arguments.parse_args()
    target = chosen.gallery or Path(tempfile.mkdtemp(prefix="gallery-")) / "gallery"
    made = artbyol.gallery(chosen.folder, target, store=chosen.store, title="Eight artists and a museum")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        take(made.index.as_uri(), browser, chosen.work, tuple(chosen.walk))
        browser.close()
    if not chosen.gallery:
        shutil.rmtree(target.parent)


if __name__ == "__main__":
    main()
