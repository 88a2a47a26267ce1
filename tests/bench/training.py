"""Training on pixels against other BYOL code and against its own bare step: `python -m tests.bench.training FOLDER`.

ResNet-18 from random weights, crops of 96 px, batches of 64, all layers learning, both views; from a folder of JPEGs to
the last step. Every contender runs in a process of its own, in turns (A B A B); the table gives medians and ratios of
one run. `lightly` and `byol-pytorch` take part where they are installed (`pip install lightly byol-pytorch`), with the
settings of their own examples.

"bare" is the same optimiser step on one batch that lies ready in memory, nothing decoded, nothing augmented, in the
precision that artbyol chooses on this machine; the other one is in fp32 with channels first, as the peers compute.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.bench import peers

SIDE, BATCH = 96, peers.BATCH
SKIPPED = 2
"""First steps, which allocate memory and choose kernels."""


def artbyol(folder: Path, epochs: int) -> dict[str, float]:
    """The product itself, `--recipe classic`."""
    from artbyol import train
    from artbyol.base.events import Progress, Step

    times: list[float] = []
    works = 0

    def hear(event: object) -> None:
        nonlocal works
        if isinstance(event, Progress) and event.stage == "learning":
            times.append(time.perf_counter())
        if isinstance(event, Step):
            works += event.works
            if event.done == event.total:
                raise _Enough

    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as store, suppress(_Enough):
        train(
            folder,
            store=store,
            recipe="classic",
            backbone="resnet18",
            weights="none",
            image_size=SIDE,
            batch_size=BATCH,
            epochs=epochs,
            listener=hear,
        )
    return _figures(start, times[1:], works)


def bare(precision: str, layout: str) -> Callable[[Path, int], dict[str, float]]:
    """artbyol's own step, on views that lie ready."""

    def run(_: Path, epochs: int) -> dict[str, float]:
        import torch

        from artbyol.encoder.backbones import as_backbone, bare_network
        from artbyol.encoder.device import choose_machine
        from artbyol.training.phases import classic_phase, encoder_for
        from artbyol.training.pixel_cache import Squares
        from artbyol.training.plan import TrainRequest, make_plan

        request = TrainRequest("resnet18", "none", "classic", epochs=1, batch_size=BATCH, image_size=SIDE)
        machine = choose_machine("cpu", precision)
        plan = make_plan(request, 4096, machine.device, machine.precision)
        encoder = encoder_for(plan, as_backbone("resnet18", bare_network("resnet18")), "none")
        none = Squares(torch.zeros(plan.works, 1, 1, 3, dtype=torch.uint8), torch.ones(plan.works))
        trainer = classic_phase(plan, encoder, none, machine)
        if layout == "NCHW":
            trainer.byol.to(memory_format=torch.contiguous_format)
        views = torch.rand(2, BATCH, 3, SIDE, SIDE)
        if layout == "NHWC":
            first, second = (v.contiguous(memory_format=torch.channels_last) for v in views)
        else:
            first, second = views[0], views[1]
        trainer.views.pair = lambda works, partners, rng, rows: (first, second)  # type: ignore[method-assign]
        start, times = time.perf_counter(), []
        for step, _ in zip(trainer.steps(), range(8 * epochs), strict=False):
            times.append(time.perf_counter())
            assert step.loss > 0
        return _figures(start, times, BATCH * len(times))

    return run


def lightly(folder: Path, epochs: int) -> dict[str, float]:
    """lightly's BYOL."""
    start = time.perf_counter()
    times = [time.perf_counter() for _ in peers.lightly(folder, SIDE, epochs, peers.resnet18(), 512)]
    return _figures(start, times, BATCH * len(times))


def byol_pytorch(folder: Path, epochs: int) -> dict[str, float]:
    """byol-pytorch's BYOL."""
    import torchvision

    start = time.perf_counter()
    times = [time.perf_counter() for _ in peers.byol_pytorch(folder, SIDE, epochs, torchvision.models.resnet18())]
    return _figures(start, times, BATCH * len(times))


CONTENDERS: dict[str, Callable[[Path, int], dict[str, float]]] = {
    "artbyol": artbyol,
    "bare": bare("auto", "NHWC"),
    "bare, fp32, NCHW": bare("fp32", "NCHW"),
    "lightly": lightly,
    "byol-pytorch": byol_pytorch,
}


class _Enough(Exception):
    """The last step is done: the verdict after it is not what is timed."""


def _figures(start: float, times: list[float], works: int) -> dict[str, float]:
    """Works a second from start to end, and in the steady part."""
    per_step = works / len(times)
    steady = (len(times) - 1 - SKIPPED) * per_step / (times[-1] - times[SKIPPED])
    return {"end to end": works / (times[-1] - start), "steady": steady, "seconds": times[-1] - start}


def _run(name: str, folder: Path, epochs: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.training", str(folder), "--epochs", str(epochs), "--one", name]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(f"{name}: {answer.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(CONTENDERS[arguments.one](arguments.folder, arguments.epochs)))
        return
    names = [name for name in arguments.only or CONTENDERS if not peers.missing(name)]
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(arguments.rounds):
        for name in names:
            runs[name].append(_run(name, arguments.folder, arguments.epochs))
    medians = {
        name: {key: statistics.median(run[key] for run in found) for key in found[0]} for name, found in runs.items()
    }
    own = medians.get("artbyol")
    print(f"{'works a second':<20}{'end to end':>12}{'steady':>9}   artbyol is, end to end / steady")
    for name, row in medians.items():
        ratio = f"{own['end to end'] / row['end to end']:.2f} x / {own['steady'] / row['steady']:.2f} x" if own else ""
        print(f"{name:<20}{row['end to end']:>12.1f}{row['steady']:>9.1f}   {ratio}")


if __name__ == "__main__":
    main()
