"""Take the pictures of docs/gallery.md anew: `python docs/make_screenshots.py FOLDER [--store DIR]`.

FOLDER is a collection that was embedded; those in the documentation are of works in the public domain. Needs Chromium
and the package playwright.
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

import artbyol

IMAGES = Path(__file__).resolve().parent / "images"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
LARGEST = 245_000  # bytes


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
    found = page.evaluate("(part) => artbyol.works().name.findIndex((name) => name.includes(part))", name)
    return str(page.evaluate("(row) => artbyol.works().id[row]", max(0, found)))


def take(index: str, browser: Any, chosen: argparse.Namespace) -> None:
    def shot(hash: str, width: int, height: int, scheme: str = "light", scroll: int = 0) -> Image.Image:
        size = {"width": width, "height": height}
        page = browser.new_page(viewport=size, color_scheme=scheme, reduced_motion="reduce")
        page.goto(f"{index}#/{hash}")
        settle(page)
        if scroll:
            page.mouse.wheel(0, scroll)
            settle(page)
        image = picture(page)
        page.close()
        return image

    page = browser.new_page()
    page.goto(index)
    settle(page)
    work, close, start, end = (work_named(page, name) for name in (chosen.work, chosen.close, *chosen.walk))
    page.close()
    save(shot("wall?order=style&group=3", 1280, 800), "gallery-wall.jpg")
    save(shot("groups", 1280, 800, scroll=170), "gallery-groups.jpg")
    save(shot("map", 1280, 860), "gallery-map.jpg")
    save(shot(f"map?work={close}", 1280, 760, "dark"), "gallery-map-close.jpg")
    save(shot(f"work/{work}", 1280, 1320), "gallery-work.jpg")
    save(shot("timeline", 1280, 900), "gallery-timeline.jpg")
    save(shot(f"walks?from={start}&to={end}", 1280, 900, "dark", scroll=150), "gallery-walk.jpg")
    phone = [
        shot("wall?order=style", 360, 700),
        shot(f"work/{close}", 360, 700, "dark"),
        shot("map", 360, 700, "dark"),
    ]
    beside = Image.new("RGB", (3 * 360 + 2 * 30, 700), (128, 124, 118))
    for number, image in enumerate(phone):
        beside.paste(image, (number * 390, 0))
    save(beside, "gallery-phone.jpg")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--store", type=Path)
    arguments.add_argument("--metadata", type=Path)
    arguments.add_argument("--gallery", type=Path, help="make it here; default: in a folder that is removed")
    # Works by a part of their files' names.
    arguments.add_argument("--work", default="14572")
    arguments.add_argument("--close", default="Alfred_Sisley_0064")
    arguments.add_argument("--walk", nargs=2, default=("Albrecht_Durer_0197", "Edgar_Degas_0110"))
    chosen = arguments.parse_args()
    target = chosen.gallery or Path(tempfile.mkdtemp(prefix="gallery-")) / "gallery"
    title = "Eight artists and a museum"
    made = artbyol.gallery(chosen.folder, target, store=chosen.store, metadata=chosen.metadata, title=title)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        take(made.index.as_uri(), browser, chosen)
        browser.close()
    if not chosen.gallery:
        shutil.rmtree(target.parent)


if __name__ == "__main__":
    main()
