"""A folder of 100,000 files on a slow disk: `python -m tests.bench.load [--files 100000] [--broken 10000]`.

The files lie in trees up to 40 folders deep; every tenth is broken (cut off, empty, noise, text, no picture at all),
all are different. Pictures are 24 x 18 pixels, so that what is measured is artbyol and not the decoding of large ones.

The slow disk is a seam in Python: `open` and `os.scandir` wait before they answer, `--open` ms a file (a turn of a
disk) and `--stat` ms for each entry of a folder. The wait lets other threads run, as a disk does.

`embed` runs in a process of its own with a listener that notes when it was told something: of each stage how long it
took, how often something was told, and the longest silence; each is a line that moves. It is stopped after `--embed`
pictures, embedded by the four-convolution network that tests use; with `--all` it is run again for the others, and
again with nothing to do. Then `doctor` looks at the store.

`--rows 100000` asks `doctor` alone, of a store of so many simulated works (vectors on all axes, no files, no sample).
"""

from __future__ import annotations

import argparse
import builtins
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

IN_A_FOLDER = 50
BMP = b"BM" + struct.pack("<IIIIiiHHIIiiII", 54 + 1296, 0, 54, 40, 24, 18, 1, 24, 0, 1296, 2835, 2835, 0, 0)
"""The header of a picture of 24 x 18 pixels."""


def draw(folder: Path, files: int, broken: int) -> None:
    """Pictures in deep trees, `broken` of them spoilt in one way or another."""
    generator = np.random.default_rng(0)
    place = folder
    for number in range(files):
        if number % IN_A_FOLDER == 0:
            group = number // IN_A_FOLDER
            place = folder.joinpath(f"tree {group // 40}", *(f"{level}" for level in range(group % 40)))
            place.mkdir(parents=True, exist_ok=True)
        pixels = generator.integers(0, 256, (3, 4, 3), np.uint8).repeat(6, 0).repeat(6, 1)
        content = BMP + pixels.tobytes()
        before = number * broken // files
        if (number + 1) * broken // files > before:
            said = b"%d, dear aunt" % number
            content = (content[:600], b"", generator.bytes(900), said, b"GIF89a" + said)[before % 5]
        (place / f"work {number}.bmp").write_bytes(content)


@contextmanager
def slow_disk(open_ms: float, stat_ms: float) -> Iterator[None]:
    """Every file that is opened below waits, and every entry that is listed."""
    before = builtins.open, os.scandir

    class Slow:
        """What `os.scandir` gives, later."""

        def __init__(self, path: Any) -> None:
            self.listing = before[1](path)
            self.entries = enumerate(list(self.listing))

        def __enter__(self) -> Slow:
            return self

        def __exit__(self, *_: object) -> None:
            self.listing.close()

        def __iter__(self) -> Slow:
            return self

        def __next__(self) -> Any:
            at, entry = next(self.entries)
            if at % 20 == 0:  # sleeps of less than a millisecond take longer than they say
                time.sleep(20 * stat_ms / 1000)
            return entry

        def close(self) -> None:
            self.listing.close()

    def slow_open(path: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(path, (str, bytes, os.PathLike)) and os.fsdecode(path).endswith(".bmp"):
            time.sleep(open_ms / 1000)
        return before[0](path, *rest, **more)

    builtins.open, os.scandir = slow_open, Slow  # type: ignore[assignment]
    try:
        yield
    finally:
        builtins.open, os.scandir = before


class Listener:
    """Notes when it was told what."""

    def __init__(self, stop_after: int) -> None:
        self.began = self.last = time.monotonic()
        self.seconds: dict[str, float] = defaultdict(float)
        self.silence: dict[str, float] = defaultdict(float)
        self.told: dict[str, int] = defaultdict(int)
        self.done: dict[str, int] = {}
        self.stop_after = stop_after

    def __call__(self, event: Any) -> None:
        now = time.monotonic()
        stage = getattr(event, "stage", "remarks")
        self.seconds[stage] += now - self.last
        self.silence[stage] = max(self.silence[stage], now - self.last)
        self.told[stage] += 1
        self.done[stage] = getattr(event, "done", 0)
        self.last = now

    def stop(self) -> bool:
        return self.done.get("embedding", 0) >= self.stop_after

    def print(self) -> None:
        self(None)  # the end
        for stage, seconds in self.seconds.items():
            print(f"    {stage:<22}{seconds:>9.1f} s   told {self.told[stage]:>7,} times   longest silence "
                  f"{self.silence[stage]:.2f} s   done {self.done[stage]:,}")  # fmt: skip


def embed(folder: Path, stop_after: int) -> None:
    import artbyol
    from artbyol.base.errors import Interrupted

    listener = Listener(stop_after)
    try:
        found = artbyol.embed(folder, listener=listener, stop=listener.stop)
        print(f"    works {found.works:,}, skipped {len(found.skips):,}")
    except Interrupted as error:
        print(f"    {error}")
    listener.print()


def doctor(folder: Path, sample: int) -> None:
    import artbyol

    listener = Listener(0)
    found = artbyol.doctor(folder, listener=listener, sample=sample)
    print(
        f"    sound: {found.sound}; "
        + ", ".join(f"{one.check} {one.state}" for one in found.findings if one.state != "sound")
    )
    listener.print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--broken", type=int, default=10_000)
    parser.add_argument("--embed", type=int, default=2_000)
    parser.add_argument("--all", action="store_true", help="embed the others, too; 98,000 take half an hour and more")
    parser.add_argument("--open", type=float, default=4.0)
    parser.add_argument("--stat", type=float, default=0.2)
    parser.add_argument("--folder", type=Path, help="made by an earlier run")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, default=0)
    asked = parser.parse_args()
    if asked.one:
        began, at = time.monotonic(), os.times()
        with slow_disk(asked.open, asked.stat):
            {"embed": embed, "doctor": doctor}[asked.one](asked.folder, asked.embed)
        now = os.times()
        cpu = now.user + now.system - at.user - at.system
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"    {time.monotonic() - began:.1f} s, {cpu:.1f} s of a processor, {memory:,} MB at most", flush=True)
        return
    with tempfile.TemporaryDirectory() as place:
        folder = asked.folder or Path(place) / "works"
        if asked.rows:
            from tests.bench.waiting import simulated

            simulated(folder, asked.rows)
            command = [sys.executable, "-m", "tests.bench.load", "--one", "doctor", "--folder", str(folder)]
            subprocess.run([*command, "--embed", "0", "--open", "0", "--stat", "0"], check=True)
            return
        if not folder.exists():
            from tests.conftest import give_model

            began = time.monotonic()
            draw(folder, asked.files, asked.broken)
            give_model(folder)
            print(f"{asked.files:,} files drawn in {time.monotonic() - began:.0f} s")
        rest = ["--folder", str(folder), "--open", str(asked.open), "--stat", str(asked.stat)]
        others = (("embed, the others", "embed", asked.files), ("embed, nothing to do", "embed", asked.files))
        for what, verb, stop in (
            (f"embed, {asked.embed:,} pictures", "embed", asked.embed),
            *(others if asked.all else ()),
            ("doctor, 60 pictures", "doctor", 60),
        ):
            print(what, flush=True)
            command = [sys.executable, "-m", "tests.bench.load", "--one", verb, "--embed", str(stop), *rest]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
