"""How much of an accelerator is used: `python -m tests.bench.gpu [--device cuda|mps|cpu] [--peak TFLOPS]`.

Two figures on views that lie ready in memory: training steps (ResNet-18, 96 px, all layers, both views, several batch
sizes) and looking (the default network, whole views and crops), in fp32 and bf16. Floating-point operations are counted
with torch's own counter on one step; `--peak` is what the data sheet promises for the precision, in TFLOP/s, and gives
the share reached. Where there is no accelerator this says so and measures nothing, unless `--device cpu` asks for it.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from artbyol.encoder.backbones import as_backbone, bare_network
from artbyol.encoder.device import Machine, choose_machine
from artbyol.encoder.model_file import untrained_encoder
from artbyol.encoder.torch_network import TorchNetwork
from artbyol.encoder.weights import load_backbone
from artbyol.training.phases import classic_phase, encoder_for
from artbyol.training.pixel_cache import Squares
from artbyol.training.plan import TrainRequest, make_plan

SIDE = 96


def training(machine: Machine, batch: int) -> Callable[[], object]:
    request = TrainRequest("resnet18", "none", "classic", epochs=1000, batch_size=batch, image_size=SIDE)
    plan = make_plan(request, 4 * batch, machine.device, machine.precision)
    encoder = encoder_for(plan, as_backbone("resnet18", bare_network("resnet18")), "none")
    none = Squares(torch.zeros(plan.works, 1, 1, 3, dtype=torch.uint8), torch.ones(plan.works))
    trainer = classic_phase(plan, encoder, none, machine)
    views = torch.rand(2, batch, 3, SIDE, SIDE, device=machine.device)
    first, second = (view.contiguous(memory_format=torch.channels_last) for view in views)
    trainer.views.pair = lambda works, partners, rng, rows: (first, second)  # type: ignore[method-assign]
    steps = trainer.steps()
    return lambda: next(steps)


def looking(machine: Machine, side: int, batch: int) -> Callable[[], object]:
    encoder = untrained_encoder("efficientnet_lite0", *load_backbone("efficientnet_lite0", "pretrained"))
    network = TorchNetwork(encoder, machine)
    pixels = torch.rand(batch, 3, side, side, device=machine.device).contiguous(memory_format=torch.channels_last)

    def look() -> None:
        with torch.inference_mode(), machine.autocast():
            network.encoder.features_of(network.backbone(pixels))

    return look


def measured(machine: Machine, work: Callable[[], object], repeats: int = 10) -> tuple[float, float]:
    """Seconds (median) and floating-point operations of one call."""
    work()
    counter: Any = FlopCounterMode(display=False)
    with counter:
        work()
    times = []
    for _ in range(repeats):
        _wait(machine)
        start = time.perf_counter()
        work()
        _wait(machine)
        times.append(time.perf_counter() - start)
    return statistics.median(times), float(counter.get_total_flops())


def _wait(machine: Machine) -> None:
    if machine.device == "cuda":
        torch.cuda.synchronize()
    elif machine.device == "mps":
        torch.mps.synchronize()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", nargs="+", default=["fp32", "bf16"])
    parser.add_argument("--batch", type=int, nargs="+", default=[64, 256, 1024])
    parser.add_argument("--peak", type=float)
    asked = parser.parse_args()
    if asked.device == "auto" and choose_machine().device == "cpu":
        print("There is no accelerator here that PyTorch can use; --device cpu measures the processor.")
        return
    print(f"{'':<28}{'images/s':>10}{'TFLOP/s':>10}{'of peak':>9}")
    for precision in asked.precision:
        machine = choose_machine(asked.device, precision)
        tasks = {f"train, batch {batch}": (training(machine, batch), batch) for batch in asked.batch}
        tasks |= {f"look, {side} px": (looking(machine, side, 5120 // side), 5120 // side) for side in (160, 320)}
        print(machine.describe())
        for name, (work, images) in tasks.items():
            seconds, operations = measured(machine, work)
            rate = operations / seconds / 1e12
            share = f"{rate / asked.peak:>9.0%}" if asked.peak else ""
            print(f"  {name:<26}{images / seconds:>10,.0f}{rate:>10.2f}{share}", flush=True)


if __name__ == "__main__":
    main()
