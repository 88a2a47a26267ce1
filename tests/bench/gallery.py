"""A gallery of many works: what it takes to make, and whether it stays smooth in a real browser.

    python -m tests.bench.gallery --works 20000

A simulation: works are made up of vectors between clumps and of pictures of strokes, up to 360 px a side. Times in the
browser are those of headless Chromium without a graphics card: everything is drawn by the processor.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import artbyol
from artbyol.base.events import Notice, Progress
from artbyol.encoder.current import untrained_id
from artbyol.pictures.decode import decode
from artbyol.pictures.measures.measure import measure
from artbyol.pictures.near_duplicates import fingerprint
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import create, locate
from tests.conftest import painting

DIFFERENT = 400  # pictures that are painted; the others are these, cropped and tinted
BATCH = 500


def collection(folder: Path, works: int, d: int = 128) -> None:
    """A folder of pictures with a catalogue, as if they had been embedded."""
    rng = np.random.default_rng(0)
    painted = [painting(n, 480, 360).convert("RGB") for n in range(DIFFERENT)]
    centres = rng.normal(size=(60, d))
    place = locate(folder)
    folder.mkdir(parents=True)
    create(place)
    with Catalogue.open(place.catalogue) as catalogue:
        for start in range(0, works, BATCH):
            with catalogue.batch():
                record(catalogue, folder, painted, centres, range(start, min(start + BATCH, works)), rng)
        catalogue.set_model(untrained_id())


def record(
    catalogue: Catalogue, folder: Path, painted: list[Image.Image], centres: Any, numbers: range, rng: Any
) -> None:
    digests, measures = [], []
    for number in numbers:
        width, height = int(rng.integers(200, 360)), int(rng.integers(200, 360))
        left, top = int(rng.integers(0, 480 - width)), int(rng.integers(0, 360 - height + 1))
        picture = painted[number % DIFFERENT].crop((left, top, left + width, top + height))
        tint = Image.new("RGB", picture.size, tuple(int(c) for c in rng.integers(0, 256, 3)))
        path = folder / f"room {number % 40:02d}" / f"work {number:06d}.jpg"
        path.parent.mkdir(exist_ok=True)
        Image.blend(picture, tint, 0.35).save(path, quality=85)
        decoded = decode(path, 64)
        status, name = path.stat(), path.relative_to(folder).as_posix().encode()
        digests.append(hashlib.blake2b(path.read_bytes(), digest_size=16).digest())
        catalogue.record_ok(
            *(name, status.st_size, status.st_mtime_ns, digests[-1], width, height, fingerprint(decoded))
        )
        measures.append(measure(decoded))
    clump = rng.integers(len(centres), size=len(numbers))
    other = rng.integers(len(centres), size=len(numbers))
    share = rng.beta(0.6, 4, size=(len(numbers), 1))
    vectors = (
        centres[clump] * (1 - share) + centres[other] * share + rng.normal(0, 0.4, (len(numbers), centres.shape[1]))
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    catalogue.put_vectors(untrained_id(), digests, vectors.astype(np.float32))
    for axis in measures[0]:
        catalogue.put_vectors(axis, digests, np.stack([one[axis] for one in measures]))


def build(folder: Path, target: Path) -> None:
    """Make the gallery twice and say what it took."""
    for again in (False, True):
        started = time.monotonic()
        marks: list[tuple[float, object]] = []

        def listen(event: object, started: float = started, marks: list[tuple[float, object]] = marks) -> None:
            if isinstance(event, Notice) or (isinstance(event, Progress) and event.done in (1, event.total)):
                marks.append((time.monotonic() - started, event))

        made = artbyol.gallery(folder, target, k=24, large=0, listener=listen)
        how = "again" if again else "first"
        print(f"{how}: {made.seconds:.0f} s, {made.bytes / 1e6:.0f} MB, {made.copied:,} pictures copied", flush=True)
        print(f"  trustworthiness {made.trustworthiness:.4f}, continuity {made.continuity:.4f}")
        for when, event in marks:
            print(f"  {when:>6.1f} s  {event}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"  memory at most {peak:,.0f} MB, what drew the works included", flush=True)
    for path in sorted(target.glob("pages-*/data/*.js")):
        print(f"  {path.name}: {path.stat().st_size / 1e6:.2f} MB")


FRAMES = """(move) => new Promise((resolve) => {
    const moves = {
        scroll: (share) => scrollTo(0, share * 60000),
        leap: (share) => scrollTo(0, (Math.floor(share * 12) / 12) * document.documentElement.scrollHeight),
        zoom: (share) => document.querySelector('canvas').dispatchEvent(new WheelEvent('wheel', {
            deltaY: share < 0.5 ? -26 : 26, clientX: 700, clientY: 430, bubbles: true, cancelable: true})),
        pan: (share) => document.dispatchEvent(new KeyboardEvent('keydown', {
            key: Math.floor(share * 8) % 2 ? 'ArrowLeft' : 'ArrowRight', bubbles: true})),
    };
    const frames = [];
    const begin = performance.now();
    let before = begin;
    const step = (now) => {
        frames.push(now - before);
        before = now;
        if (now - begin > 4000) return resolve(frames.slice(2));
        moves[move]((now - begin) / 4000);
        requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
})"""

FIND = """() => {
    const begin = performance.now();
    const found = artbyol.pictures.views.wall.matches('room 07 work');
    return [found.length, performance.now() - begin];
}"""


def smoothness(page: Any, session: Any, move: str) -> str:
    """Times between frames; and the processor's time that the page's own thread takes for one, which other programs on
    the machine do not change."""
    before = computed(session)
    values = np.array(page.evaluate(FRAMES, move))
    each = (computed(session) - before) / len(values) * 1e3
    return (
        f"{move}: median {np.median(values):.1f} ms, 95 % {np.quantile(values, 0.95):.1f} ms,"
        f" worst {values.max():.0f} ms, {(values > 34).mean():.1%} over 34 ms; {each:.1f} ms of computing a frame"
    )


def computed(session: Any) -> float:
    """Seconds of the processor's time that the page's main thread has taken."""
    return float(
        next(one["value"] for one in session.send("Performance.getMetrics")["metrics"] if one["name"] == "TaskDuration")
    )


def memory_of(root: int) -> float:
    """MB that a process and all it started hold, shared pages counted once by each (proportional set size)."""
    parents, total = {}, 0.0
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
    for process in parents:
        above = process
        while above in parents and above != root:
            above = parents[above]
        if above == root and process != root:
            with suppress(OSError):
                rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
                total += int(rollup.split("Pss:")[1].split()[0]) / 1e3
    return total


def browse(target: Path) -> None:
    """Open the gallery and say how it behaves."""
    from playwright.sync_api import sync_playwright

    from tests.report.browsing import BROWSER, FLAGS

    index = (target / "index.html").as_uri()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=[*FLAGS, "--enable-precise-memory-info"])
        print("Chromium", browser.version)
        for width, height in ((1280, 800), (3840, 2160)):
            page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            page.goto("about:blank")
            print(f"{width} x {height}; an empty browser: {memory_of(os.getpid()):,.0f} MB")
            for view, ready, moves in (
                ("wall", ".tile", ("scroll", "leap")),
                ("map", "canvas", ("zoom", "pan", "zoom")),
            ):
                page.goto("about:blank")
                started = time.monotonic()
                page.goto(f"{index}#/{view}")
                page.wait_for_selector(ready)
                shown = time.monotonic() - started
                page.wait_for_function("() => !(artbyol.current.busy && artbyol.current.busy())", timeout=60_000)
                print(f"{view}: there after {shown:.2f} s, all drawn after {time.monotonic() - started:.2f} s")
                for move in moves:
                    print(" ", smoothness(page, session, move))
                heap = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
                elements = page.evaluate("document.querySelectorAll('*').length")
                print(
                    f"  scripts hold {heap:.0f} MB, {elements:,} elements; the browser {memory_of(os.getpid()):,.0f} MB"
                )
            found, took = page.evaluate(FIND)
            print(f"find: {found:,} works in {took:.0f} ms")
            page.goto(f"{index}#/walks")
            started = time.monotonic()
            page.wait_for_selector(".walk, .notice")
            print(f"walks: a walk after {time.monotonic() - started:.2f} s", flush=True)
            page.close()
        browser.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--works", type=int, default=20_000)
    arguments.add_argument("--keep", type=Path, help="make it here, or use what is there")
    chosen = arguments.parse_args()
    root = chosen.keep or Path(tempfile.mkdtemp(prefix="bench-gallery-"))
    try:
        if not (root / "works").exists():
            started = time.monotonic()
            collection(root / "works", chosen.works)
            print(f"{chosen.works:,} works drawn and measured in {time.monotonic() - started:.0f} s (not counted)")
        if not (root / "site" / "index.html").exists():
            build(root / "works", root / "site")
        browse(root / "site")
    finally:
        if not chosen.keep:
            shutil.rmtree(root)


if __name__ == "__main__":
    main()
