"""Bends small sound files of every format, and decodes what comes out: `python -m tests.fuzz.decode --inputs 20000`.

Everything is decoded in processes of this script, AVIF and HEIC too, so that a crash by a signal is seen and costs one
input. Whatever is neither a picture nor a skip is a fault, and so is taking a minute; `--keep FOLDER` keeps those. The
same seed makes the same inputs. Exit 1 where there was a fault.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import struct
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from artbyol.base.errors import DecodeError
from artbyol.pictures.decode import decode_here, header
from artbyol.pictures.skips import SKIP_CODES
from tests.pictures.hostile import mutated, valid_files

_BATCH = 500  # inputs a process
_SECONDS = 60
_MAX_PIXELS = 50_000_000


class Tried(NamedTuple):
    """What one input came to: a skip code, "picture", an exception that got out, or the signal that ended it."""

    number: int
    name: str
    outcome: str
    seconds: float
    megabytes: int


def fuzzed(number: int, seed: int) -> tuple[str, bytes]:
    """The number-th input of a seed: the name of the file it was made from, and its bytes."""
    rng = random.Random(f"{seed} {number}")
    files = valid_files()
    name = list(files)[number % len(files)]
    content = mutated(files[name], rng)
    if rng.random() < 0.15:
        content = content[: rng.randrange(len(content) + 1)]
    elif rng.random() < 0.05:
        other = rng.choice(list(files.values()))
        at = rng.randrange(len(content) + 1)
        content = content[:at] + other[rng.randrange(len(other)) :]
    return name, content


def is_fault(one: Tried) -> bool:
    """Whether it ended as nothing that the program knows of."""
    return one.outcome != "picture" and one.outcome not in SKIP_CODES


def try_all(inputs: int, seed: int, keep: Path | None = None) -> list[Tried]:
    """Decode so many inputs."""
    done: list[Tried] = []
    while len(done) < inputs:
        done += _batch(range(len(done), min(inputs, len(done) + _BATCH)), seed)
    for one in filter(is_fault, done):
        if keep is None:
            break
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{one.number}-{one.name}").write_bytes(fuzzed(one.number, seed)[1])
    return done


def _batch(numbers: range, seed: int) -> list[Tried]:
    """What a process of its own finds; up to the input that ends it."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        with os.fdopen(writing, "wb", buffering=0) as answers, tempfile.TemporaryDirectory() as folder:
            for number in numbers:
                answers.write(_one(number, seed, Path(folder) / "input"))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        found = [
            Tried(number, fuzzed(number, seed)[0], outcome.rstrip(b"\0").decode(), seconds, megabytes)
            for number, (outcome, seconds, megabytes) in zip(numbers, _RECORD.iter_unpack(answers.read()), strict=False)
        ]
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        number = numbers[len(found)]
        name = signal.Signals(os.WTERMSIG(status)).name
        found.append(Tried(number, fuzzed(number, seed)[0], f"signal {name}", 0.0, 0))
    return found


_RECORD = struct.Struct("80sdi")


def _one(number: int, seed: int, path: Path) -> bytes:
    path.write_bytes(fuzzed(number, seed)[1])
    signal.alarm(_SECONDS)
    Path("/proc/self/clear_refs").write_text("5")  # the most memory in use is counted anew
    start = time.process_time()
    try:
        decode_here(path, None, 64, _MAX_PIXELS)
        outcome = "picture"
    except DecodeError as error:
        outcome = error.code
    except BaseException as error:
        outcome = f"raised {error!r}"
    try:
        with header(path) as im:
            im.getexif()
    except DecodeError:
        pass
    except BaseException as error:
        outcome = f"raised in the header {error!r}"
    seconds = time.process_time() - start
    status = Path("/proc/self/status").read_text().splitlines()
    most = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    return _RECORD.pack(outcome.encode()[:80], seconds, most >> 10)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for inputs that crash")
    given = parser.parse_args()
    done = try_all(given.inputs, given.seed, given.keep)
    print(f"{len(done):,} inputs of {len(valid_files())} files, seed {given.seed}")
    for outcome, count in Counter(one.outcome for one in done).most_common():
        print(f"{count:8,}  {outcome}")
    print("slowest:", *sorted(done, key=lambda one: -one.seconds)[:3], sep="\n  ")
    print("most memory:", *sorted(done, key=lambda one: -one.megabytes)[:3], sep="\n  ")
    faults = list(filter(is_fault, done))
    print("faults:", *faults, sep="\n  ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
