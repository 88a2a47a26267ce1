"""How long a command says nothing, and how true its time left is: `python -m tests.bench.silence [--works 200]`.

`--simulated 100000`: so many tiny pictures with random vectors (`tests.bench.waiting`), and the commands that do not
put all of them through the network; in `--folder`, made if it is not there, and kept.

Every command runs in a terminal (a pseudo-terminal) of its own, one after the other over one collection, as a user
would. Noted from outside: when the first sign of life came, the longest time from then to the last one in which nothing
on the screen moved, and how long the program took to end after that.
Noted from inside: every event with its time. Of these the table names the stages that were told of and the longest one
of which no event came (the screen moves all the same). Each recorded stage that can be counted is then played back
against `Pace`: at every half second from a fifth of its work on, the time left that was said against the time it then
took; the median and the largest error, as a share of the truth, where at least three seconds were left. With `--lines`
the same commands once more with their output redirected. `--traces FOLDER` keeps what was recorded.

The collection: crops of `sample_images`, each another; or copies of the first pictures of `--folder`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import pty
import random
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from artbyol.report.pace import Pace

SAMPLES = Path(__file__).resolve().parents[2] / "sample_images"
RECORDED = """
import json, sys, time
from artbyol.report import progress
from artbyol.cli import main
log, hear = open(sys.argv.pop(1), "a"), progress._Watcher.hear
def noted(self, event):
    said = vars(event) if isinstance(event, progress.Progress) else {}
    log.write(json.dumps([time.time(), said.get("stage"), said.get("done"), said.get("total")]) + chr(10))
    hear(self, event)
progress._Watcher.hear = noted
main()
"""
SAID_FROM, WORTH = 0.2, 3.0
"""The share of a stage's work from which on its time left is compared, and the seconds that must be left."""


@dataclass(frozen=True)
class Told:
    """An event: when, of what stage (None: a remark), and how much of it is done."""

    at: float
    stage: str | None
    done: int
    total: int | None


@dataclass(frozen=True)
class Watched:
    """One command: seconds in all, until the first sign of life, of the longest silence after it and when that began,
    and from the last sign to the end; events."""

    seconds: float
    first: float
    silence: float
    since: float
    ending: float
    told: tuple[Told, ...]


def paint(folder: Path, works: int, source: Path | None) -> None:
    """So many different pictures."""
    folder.mkdir()
    if source:
        found = sorted(path for path in source.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
        for number, path in enumerate(random.Random(0).sample(found, min(works, len(found)))):
            shutil.copy(path, folder / f"{number:05}{path.suffix}")
        return
    chosen = random.Random(0)
    for number, path in zip(range(works), itertools.cycle(sorted(SAMPLES.glob("*.jpg"))), strict=False):
        with Image.open(path) as image:
            width, height = (max(64, int(side * chosen.uniform(0.4, 0.8))) for side in image.size)
            left, top = (chosen.randrange(side - own) for side, own in zip(image.size, (width, height), strict=True))
            image.crop((left, top, left + width, top + height)).save(folder / f"{number:05}.jpg")


def watch(command: Sequence[str], *, terminal: bool, log: Path) -> Watched:
    """Run a command and note when something came from it."""
    log.write_text("")
    ours, theirs = pty.openpty() if terminal else os.pipe()
    started = last = time.time()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
    first, silence, since = 0.0, 0.0, 0.0
    with subprocess.Popen(
        [sys.executable, "-c", RECORDED, str(log), *command],
        stdout=theirs if terminal else subprocess.DEVNULL,
        stderr=theirs,
        stdin=theirs if terminal else subprocess.DEVNULL,
        env=environment,
    ) as process:
        os.close(theirs)
        while True:
            select.select([ours], [], [], 600)
            try:
                some = os.read(ours, 65536)
            except OSError:  # how a terminal says that nobody writes any more
                some = b""
            now = time.time()
            if not some:
                break
            if not first:
                first = now - started
            elif now - last > silence:
                silence, since = now - last, last - started
            last = now
        os.close(ours)
        if process.wait() and command[0] != "doctor":  # to whom simulated vectors are not the pictures'
            raise SystemExit(f"artbyol {' '.join(command)} failed with exit code {process.returncode}")
    told = tuple(Told(*json.loads(line)) for line in log.read_text().splitlines())
    return Watched(now - started, first, silence, since, now - last, told)


def stages(watched: Watched) -> Iterator[tuple[str, list[Told], float]]:
    """The stages that were told of: name, events, and when each ended."""
    told = [one for one in watched.told if one.stage]
    runs = [list(run) for _, run in itertools.groupby(told, key=lambda one: one.stage)]
    for run, following in itertools.zip_longest(runs, runs[1:]):
        yield run[0].stage or "", run, following[0].at if following else run[-1].at


def errors(events: Sequence[Told], end: float) -> list[float]:
    """What was said of the time left against the truth, every half second, as shares of the truth."""
    first = events[0]
    pace, waiting, found = Pace(first.done, first.total, first.at), list(events[1:]), []
    if not first.total:
        return []
    now = first.at
    while end - now > WORTH:
        now += 0.5
        while waiting and waiting[0].at <= now:
            one = waiting.pop(0)
            pace.reach(one.done, one.total, one.at)
        left = pace.seconds_left(now)
        if left is not None and pace.done - first.done >= SAID_FROM * (first.total - first.done):
            found.append((left - (end - now)) / (end - now))
    return found


def report(name: str, watched: Watched) -> None:
    """A line, and one for each stage that took a second or more."""
    at = f"(from {watched.since:.1f})" if watched.silence >= 1 else ""
    print(f"{name:<26}{watched.seconds:>8.1f}{watched.first:>8.2f}{watched.silence:>9.2f}{watched.ending:>8.2f}  {at}")
    for stage, events, end in stages(watched):
        took = end - events[0].at
        if took < 1:
            continue
        times = [one.at for one in events] + [end]
        gap = max(after - before for before, after in itertools.pairwise(times))
        wrong = sorted(map(abs, errors(events, end)))
        said = f"time left wrong by {wrong[len(wrong) // 2]:.0%}, at most {wrong[-1]:.0%}" if wrong else ""
        print(f"    {stage:<22}{took:>8.1f}   longest without an event {gap:>6.2f}   {said}")
    sys.stdout.flush()


def commands(folder: Path, root: Path) -> dict[str, list[str]]:
    """What is run, in this order."""
    works = sorted(path for path in folder.glob("**/*.*") if path.suffix in (".jpg", ".jpeg", ".png", ".bmp"))
    new = next(iter(sorted(SAMPLES.glob("*.jpg"))))
    work, other = str(works[3]), str(works[-1])
    lines = [f"{path.relative_to(folder).as_posix()},{1800 + at % 100}" for at, path in enumerate(works)]
    (folder / "metadata.csv").write_text("\n".join(["filename,year", *lines]))
    labels = [f"{path.relative_to(folder).as_posix()},{'ab'[at % 2]}" for at, path in enumerate(works)]
    (root / "labels.csv").write_text("\n".join(["filename,label", *labels]))
    return {
        "explore": ["explore", str(folder)],
        "embed, nothing new": ["embed", str(folder)],
        "train, anew": ["train", str(folder), "--fresh"],
        "embed, by the new model": ["embed", str(folder)],
        "info": ["info", str(folder)],
        "similar, a work": ["similar", work],
        "similar, a new picture": ["similar", str(new), "--in", str(folder)],
        "describe": ["describe", work],
        "between": ["between", work, other],
        "path": ["path", work, other],
        "cluster": ["cluster", str(folder)],
        "cluster --organize": ["cluster", str(folder), "--organize", str(root / "organized")],
        "cluster --sheet-dir": ["cluster", str(folder), "--sheet-dir", str(root / "sheets")],
        "cluster --keep": ["cluster", str(folder), "--keep"],
        "groups": ["groups", str(folder)],
        "tag --dry-run": ["tag", str(folder), "--dry-run"],
        "timeline": ["timeline", str(folder)],
        "outliers": ["outliers", str(folder)],
        "duplicates": ["duplicates", str(folder)],
        "export": ["export", str(folder), "-o", str(root / "works.jsonl")],
        "export, vectors": ["export", str(folder), "-o", str(root / "works.npy")],
        "evaluate": ["evaluate", str(folder), "--labels", str(root / "labels.csv")],
        "doctor": ["doctor", str(folder)],
        "gallery": ["gallery", str(folder), "-o", str(root / "gallery")],
    }


def simulate(folder: Path, works: int, root: Path) -> None:
    """A collection of so many, with a model that was really trained."""
    import artbyol
    from artbyol.storage.store import locate
    from tests.bench.waiting import simulated

    samples = root / "samples"
    shutil.copytree(SAMPLES, samples, ignore=shutil.ignore_patterns(".artbyol", "*.py"))
    artbyol.train(samples, effort="quick")
    simulated(folder, works, locate(samples).model)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--works", type=int, default=200)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--simulated", type=int, default=0)
    parser.add_argument("--lines", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--traces", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root, kept = Path(temporary), asked.traces or Path(temporary)
        kept.mkdir(exist_ok=True)
        folder = root / "works"
        if asked.simulated:
            folder = asked.folder or folder
            if not folder.exists():
                simulate(folder, asked.simulated, root)
        else:
            paint(folder, asked.works, asked.folder)
        chosen = {
            name: command
            for name, command in commands(folder, root).items()
            if asked.only in name and not (asked.simulated and command[0] in ("explore", "train", "evaluate"))
        }
        for terminal in (True, False) if asked.lines else (True,):
            if not asked.simulated:
                shutil.rmtree(folder / ".artbyol", ignore_errors=True)
            where = "a terminal" if terminal else "redirected"
            print(f"{where:<26}{'seconds':>8}{'first':>8}{'silence':>9}{'ending':>8}")
            for name, command in chosen.items():
                report(name, watch(command, terminal=terminal, log=kept / f"{where}, {name}.trace"))
            print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
