"""All faults at all calls, or some of them; prints a table: act, calls, trials, losses.

    python -m tests.faults [--sample TRIALS] [--seed N] [--only WORDS] [--kinds kill,tear,fail,full]

Takes a C compiler and Linux. All trials take a processor some tens of minutes.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import pkgutil
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHIM = Path(__file__).with_name("shim.c")


def compiled(folder: Path) -> Path:
    """The shim, compiled into a folder."""
    library = folder / "shim.so"
    command = [shutil.which("cc") or "cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SHIM), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return library


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--sample", type=int, help="so many trials, drawn at random: five of each of some acts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--kinds", default="kill,tear,fail,full")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=_quick_disk()) as folder:
        if "LD_PRELOAD" not in os.environ:  # once more, with the shim and one thread
            told = {"LD_PRELOAD": str(compiled(Path(folder))), "OMP_NUM_THREADS": "1", "ARTBYOL_WAIT": "5"}
            again = [sys.executable, "-m", "tests.faults", *sys.argv[1:]]
            return subprocess.run(again, env=os.environ | told).returncode
        return _run(Path(folder), chosen)


def _quick_disk() -> str | None:
    return "/dev/shm" if os.path.isdir("/dev/shm") else None


def _warm_up() -> None:
    """Import all that trials need: they are forked from here."""
    import artbyol
    from tests.conftest import narrow_classic_networks

    for name in ("torchvision", "timm", "sklearn.cluster", "faiss", "jinja2", "pyarrow.parquet", "PIL.Image"):
        importlib.import_module(name)
    for module in pkgutil.walk_packages(artbyol.__path__, "artbyol."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)

    class Patch:
        def setattr(self, target: str, value: object) -> None:
            module, _, name = target.rpartition(".")
            setattr(importlib.import_module(module), name, value)

    narrow_classic_networks(Patch())  # type: ignore[arg-type]


def _run(folder: Path, chosen: argparse.Namespace) -> int:
    from tests.faults.acts import ACTS
    from tests.faults.trial import Trials

    _warm_up()
    gc.freeze()  # so that forked processes share what is in memory
    begun, drawn = time.monotonic(), random.Random(chosen.seed)
    names = [name for name in ACTS if chosen.only in name]
    if chosen.sample:
        names = drawn.sample(names, min(len(names), -(-chosen.sample // 5)))
    sums = [0, 0, 0]
    print(f"{'act':<26} {'calls':>6} {'trials':>7} {'losses':>7} {'seconds':>8}", flush=True)
    for name in names:
        since, trials = time.monotonic(), Trials(folder, name)
        faults = [(kind, call) for kind in chosen.kinds.split(",") for call in trials.places(kind)]
        drawn.shuffle(faults)
        done = losses = 0
        for kind, call in faults[: 5 if chosen.sample else None]:
            done += 1
            if lost := trials.lost(kind, call):
                losses += 1
                print(f"  LOSS {name}: {kind} at call {call} of {len(trials.calls)}: {lost}", flush=True)
        spent = time.monotonic() - since
        print(f"{name:<26} {len(trials.calls):>6} {done:>7} {losses:>7} {spent:>8.1f}", flush=True)
        sums = [a + b for a, b in zip(sums, (len(trials.calls), done, losses), strict=True)]
    print(f"{'all':<26} {sums[0]:>6} {sums[1]:>7} {sums[2]:>7} {time.monotonic() - begun:>8.1f}")
    return int(sums[2] > 0)


if __name__ == "__main__":
    sys.exit(main())
