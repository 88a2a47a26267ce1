"""A network in torch, seen as the reader sees any: views in, features out. For accelerators, for bf16, and for what no
other engine takes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from artbyol.base.processes import MOST_AT_ONCE, at_once
from artbyol.base.vectors import Floats
from artbyol.encoder.device import Machine, threads
from artbyol.encoder.folding import folded
from artbyol.encoder.model_file import SentEncoder
from artbyol.encoder.style_encoder import StyleEncoder

PASS_PIXELS = {"cpu": 16 * 160 * 160, "cuda": 256 * 160 * 160, "mps": 64 * 160 * 160}
"""Pixels per forward pass: enough to fill a core, or an accelerator; small enough for a laptop's memory."""


class TorchNetwork:
    """The frozen part of an encoder at work on a machine, folded. Pickled, it goes as its weights."""

    name = "PyTorch"

    def __init__(self, encoder: StyleEncoder, machine: Machine) -> None:
        self.encoder, self.machine = encoder.eval(), machine
        self.pass_pixels = PASS_PIXELS[machine.device]
        views = encoder.config.views
        light = folded(encoder.backbone, views.whole_side if views.fixed else 64)
        self.backbone = light.to(machine.device).to(memory_format=torch.channels_last)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (SentEncoder.of(self.encoder), self.machine)

    def features(self, batches: Sequence[Sequence[NDArray[np.uint8]]]) -> list[Floats]:
        """Batches of views (h, w, 3) of one shape each -> their features (n, D), batch by batch. On a processor each
        core has a batch of its own instead of a share of one: a network that only looks has no need to wait, layer by
        layer, for the slowest core."""
        if self.machine.device != "cpu":
            return [self._in_one_pass(batch) for batch in batches]
        cores = torch.get_num_threads()
        together = min(MOST_AT_ONCE, cores)
        # A batch that is alone has one thread, too: with more its sums would be rounded otherwise.
        with threads(cores // together):
            return at_once(self._in_one_pass, batches, together)

    @torch.inference_mode()
    def _in_one_pass(self, views: Sequence[NDArray[np.uint8]]) -> Floats:
        batch = torch.from_numpy(np.stack(views)).to(self.machine.device)
        x = batch.permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last) / 255
        with self.machine.autocast():
            found: Floats = self.encoder.features_of(self.backbone(x)).float().cpu().numpy()
        return found


def _rebuilt(sent: SentEncoder, machine: Machine) -> TorchNetwork:
    return TorchNetwork(sent.built(), machine)
