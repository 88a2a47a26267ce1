"""An encoder's frozen part at work: views in, features out, as fast as the machine can.

Three things are done for speed, none of which changes what comes out by more than rounding. Pictures of one shape go
through the network together. Each BatchNorm becomes part of the convolution before it: a pass over memory less for
each layer. On a CPU each core has a batch of its own instead of a share of one: a network that only looks has no need
to wait, layer by layer, for the slowest core, and with pictures decoded beside it, or another program at work, that
wait is much of the time.
"""

import copy
import functools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_weights

from artbyol.encoder.backbones import Backbone
from artbyol.encoder.device import Machine, threads
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.pictures.views import Views

PASS_PIXELS = {"cpu": 16 * 160 * 160, "cuda": 256 * 160 * 160, "mps": 64 * 160 * 160}
"""Pixels per forward pass: enough to fill a core, or an accelerator; small enough for a laptop's memory."""

MOST_BATCHES = 16
"""Batches at once on a CPU. Beyond so many, Python's lock would be what they wait for; more cores than twice that are
shared out among them."""

TOLERANCE = 1e-3
"""How far, in shares of their size, maps of a folded network may lie from those before: rounding stays below a tenth of
it."""

Batch = TypeVar("Batch")
Result = TypeVar("Result")


class FeatureReader:
    """Runs the frozen part of an encoder over views, on the machine chosen, in batches of one shape."""

    def __init__(self, encoder: StyleEncoder, machine: Machine) -> None:
        self.machine = machine
        views = encoder.config.views
        light = folded(encoder.backbone, views.whole_side if views.fixed else 64)
        self.encoder = encoder.eval().to(machine.device)
        self.backbone = light.to(machine.device).to(memory_format=torch.channels_last)

    def features(self, pixels: Sequence[NDArray[np.uint8]]) -> Tensor:
        """(h, w, 3) uint8 arrays of any mix of shapes -> features (n, D) float32 on the CPU, in the same order."""
        by_shape: dict[tuple[int, ...], list[int]] = {}
        for i, array in enumerate(pixels):
            by_shape.setdefault(array.shape, []).append(i)
        batches = [
            places[start : start + size]
            for shape, places in by_shape.items()
            for size in (max(1, PASS_PIXELS[self.machine.device] // (shape[0] * shape[1])),)
            for start in range(0, len(places), size)
        ]
        run = at_once if self.machine.device == "cpu" else map
        rows = torch.cat(list(run(lambda batch: self._in_one_pass([pixels[i] for i in batch]), batches)))
        order = torch.tensor([i for batch in batches for i in batch])
        return torch.empty_like(rows).index_copy_(0, order, rows)

    @torch.inference_mode()
    def _in_one_pass(self, pixels: Sequence[NDArray[np.uint8]]) -> Tensor:
        """The same of arrays of one shape, in one pass."""
        batch = torch.from_numpy(np.stack(pixels)).to(self.machine.device)
        x = batch.permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last) / 255
        with self.machine.autocast():
            return self.encoder.features_of(self.backbone(x)).float().cpu()

    def read(self, views: Sequence[Views]) -> tuple[Tensor, Tensor]:
        """Views of n works -> features of the whole works (n, D) and of their k crops (n, k, D), float32."""
        whole = self.features([v.whole for v in views])
        crops = [c for v in views for c in v.crops]
        if not crops:
            return whole, whole.new_zeros(len(whole), 0, whole.shape[1])
        return whole, self.features(crops).unflatten(0, (len(views), -1))

    def encode(self, views: Sequence[Views]) -> NDArray[np.float32]:
        """Views of n works -> unit vectors (n, d) float32."""
        whole, crops = self.read(views)
        return self.project(whole, crops)

    def project(self, whole: Tensor, crops: Tensor) -> NDArray[np.float32]:
        """Features -> unit vectors (n, d) float32, in full precision; by one thread, see `at_once`."""
        device = self.machine.device
        with threads(1):
            vectors = self.encoder.vectors(whole.to(device), crops.to(device)).cpu().numpy()
        return np.ascontiguousarray(vectors, dtype=np.float32)


def seconds_a_picture(encoder: StyleEncoder, machine: Machine) -> float:
    """What the networks take for one picture on this machine now, in seconds: for a grey one, read alone, the second
    time."""
    plan, reader = encoder.config.views, FeatureReader(encoder, machine)
    side = plan.crop_side
    grey = Views(
        np.full((plan.whole_side,) * 2 + (3,), 128, np.uint8), np.full((plan.crops, side, side, 3), 128, np.uint8)
    )
    reader.read([grey])
    started = time.perf_counter()
    reader.read([grey])
    return time.perf_counter() - started


def at_once(work: Callable[[Batch], Result], batches: Sequence[Batch]) -> list[Result]:
    """What `work` makes of each batch, in their order, on a CPU. A batch that is alone has one thread, too: with more
    its sums would be rounded otherwise, and the same pictures give the same numbers on two cores as on one."""
    cores = torch.get_num_threads()
    together = min(MOST_BATCHES, cores)
    with threads(cores // together):
        if together == 1 or len(batches) == 1:
            return [work(batch) for batch in batches]
        return list(_pool(together).map(work, batches))


@functools.lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "batch")


def folded(backbone: Backbone, side: int = 64) -> Backbone:
    """A copy, in evaluation mode, whose BatchNorms have gone into the convolutions before them; the maps it gives are
    the same up to rounding. Where they would not be, an unchanged copy.

    Args:
        side: of the square that it is tried on, in pixels.
    """
    original = copy.deepcopy(backbone).eval()
    trial = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    pairs = _pairs(original, trial)
    if not pairs:
        return original
    lighter = copy.deepcopy(original)
    for conv, norm in pairs:
        _fold(lighter, conv, norm)
    with torch.inference_mode():
        alike = all(
            torch.linalg.vector_norm(a - b) <= TOLERANCE * torch.linalg.vector_norm(a)
            for a, b in zip(original(trial), lighter(trial), strict=True)
        )
    return lighter if alike else original


def _pairs(network: nn.Module, trial: Tensor) -> list[tuple[str, str]]:
    """Names of convolutions and of the BatchNorms that take what they give, found by watching."""
    names = {module: name for name, module in network.named_modules()}
    made: dict[int, tuple[str, Tensor]] = {}
    pairs: list[tuple[str, str]] = []

    def watch(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            made[id(output)] = (names[module], output)  # the tensor too, lest its id be given to another
        elif id(inputs[0]) in made:
            pairs.append((made.pop(id(inputs[0]))[0], names[module]))

    foldable = [
        module
        for module in network.modules()
        if isinstance(module, nn.Conv2d) or (isinstance(module, _BatchNorm) and module.track_running_stats)
    ]
    handles = [module.register_forward_hook(watch) for module in foldable]
    with torch.inference_mode():
        network(trial)
    for handle in handles:
        handle.remove()
    return pairs


def _fold(network: nn.Module, conv_name: str, norm_name: str) -> None:
    """The norm goes into the convolution; of timm's norms the activation stays."""
    conv: Any = network.get_submodule(conv_name)
    norm: Any = network.get_submodule(norm_name)
    conv.weight, conv.bias = fuse_conv_bn_weights(
        *(conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias)
    )
    parent, _, name = norm_name.rpartition(".")
    setattr(network.get_submodule(parent), name, getattr(norm, "act", nn.Identity()))
