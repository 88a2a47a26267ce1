"""From a network in torch to a graph for another engine: exported, and compared with torch on the spot."""

import copy
import io
import os
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from artbyol.encoder.backbones import Backbone, JoinedBackbone, TokenBackbone
from artbyol.encoder.device import Machine
from artbyol.encoder.engine import FEATURES, VIEWS, Engine
from artbyol.encoder.kept_graph import KeptGraph
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.torch_network import TorchNetwork
from artbyol.pictures.views import whole_size

OPSET = 17
"""Of ONNX; has all that is needed."""

TOLERANCE = 1e-4
"""How far, in shares of their length, a graph's features may lie from torch's; rounding came to 1e-6."""

Pixels = NDArray[np.uint8]


def graph_of(encoder: StyleEncoder) -> KeptGraph:
    """The graph of an encoder's frozen part, or why there is none."""
    if _by_tokens(encoder.backbone):
        return KeptGraph(refused="a vision transformer that takes views of any size")
    reference = TorchNetwork(encoder, Machine("cpu", "fp32"))
    trials = _trials(encoder)
    try:
        expected = reference.features(trials)  # first: what is computed once and kept must not be traced
        graph = _exported(encoder, reference.backbone, trials[0])
        engine = Engine(graph)
        furthest = max(
            float((np.linalg.norm(a - b, axis=1) / np.linalg.norm(a, axis=1)).max())
            for a, b in zip(expected, engine.features(trials), strict=True)
        )
    except Exception as error:  # whatever an exporter or an engine meets in a network it does not know
        reason = (str(error) or type(error).__name__).splitlines()[0]
        return KeptGraph(refused=f"its graph cannot be made: {reason[:200].rstrip('.')}")
    if not furthest <= TOLERANCE:
        return KeptGraph(refused=f"its graph gives other numbers, by {furthest:.1g} of {TOLERANCE:.0e} allowed")
    return KeptGraph(graph)


def _by_tokens(backbone: Backbone) -> bool:
    parts = backbone.parts if isinstance(backbone, JoinedBackbone) else [backbone]
    return any(isinstance(part, TokenBackbone) for part in parts)


def _trials(encoder: StyleEncoder) -> list[list[Pixels]]:
    """Views to compare on, of the shapes that it sees: noise fine and coarse."""
    plan = encoder.config.views
    shapes = [(plan.crop_side,) * 2, whole_size(3, 4, plan), whole_size(9, 1, plan)]
    rng = np.random.default_rng(0)

    def noise(height: int, width: int, grain: int) -> Pixels:
        coarse = rng.integers(0, 256, (-(-height // grain), -(-width // grain), 3), np.uint8)
        return coarse.repeat(grain, 0).repeat(grain, 1)[:height, :width]

    sides = shapes[:1] if plan.fixed else shapes
    return [[noise(*shape, grain) for grain in (1, 16)] for shape in sides]


class _FeaturesOf(nn.Module):
    """(n, h, w, 3) uint8 -> (n, D)."""

    def __init__(self, backbone: Backbone, features: Callable[[Sequence[Tensor]], Tensor]) -> None:
        super().__init__()
        self.backbone, self.features = backbone, features

    def forward(self, views: Tensor) -> Tensor:
        maps = self.backbone(views.permute(0, 3, 1, 2).float() / 255)
        return self.features(maps).float()


def _exported(encoder: StyleEncoder, backbone: Backbone, views: Sequence[Pixels]) -> bytes:
    network = _FeaturesOf(_with_plain_padding(backbone), encoder.features_of).requires_grad_(False).eval()
    axes = {0: "n"} if encoder.config.views.fixed else {0: "n", 1: "h", 2: "w"}
    file = io.BytesIO()
    with _quietly():
        torch.onnx.export(
            network,
            (torch.from_numpy(np.stack(views)),),
            file,  # type: ignore[arg-type]  # of this exporter
            input_names=[VIEWS],
            output_names=[FEATURES],
            dynamic_axes={VIEWS: axes, FEATURES: {0: "n"}},
            opset_version=OPSET,
            dynamo=False,  # the other one wants onnxscript
        )
    return file.getvalue()


def _with_plain_padding(backbone: Backbone) -> Backbone:
    """A copy whose convolutions say that they pad as TensorFlow does ("SAME") where timm pads by itself, before them:
    a pass over memory less each, and ONNX Runtime keeps its own layout (twice as fast)."""
    from timm.layers.conv2d_same import Conv2dSame

    copied = copy.deepcopy(backbone)
    for module in copied.modules():
        if isinstance(module, Conv2dSame):
            module.forward = types.MethodType(_padded_same, module)  # type: ignore[method-assign]
    return copied


def _padded_same(conv: Any, x: Tensor, *_: Any) -> Tensor:
    _register_same()
    found: Tensor = torch.ops.artbyol.conv_same(x, conv.weight, conv.bias, conv.stride, conv.dilation, conv.groups)
    return found


@cache
def _register_same() -> torch.library.Library:
    """An operator for a convolution with "SAME" padding, and how it is written in ONNX."""
    from timm.layers.padding import pad_same

    def computed(x: Tensor, w: Tensor, b: Tensor | None, stride: list[int], dilation: list[int], groups: int) -> Tensor:
        return nn.functional.conv2d(
            pad_same(x, list(w.shape[-2:]), stride, dilation), w, b, stride, 0, dilation, groups
        )

    def written(g: Any, x: Any, w: Any, b: Any, stride: Any, dilation: Any, groups: Any) -> Any:
        how = {"strides_i": stride, "dilations_i": dilation, "group_i": groups, "kernel_shape_i": w.type().sizes()[2:]}
        inputs = (x, w) if b.node().mustBeNone() else (x, w, b)
        return g.op("Conv", *inputs, auto_pad_s="SAME_UPPER", **how)

    from torch.onnx import register_custom_op_symbolic  # type: ignore[attr-defined]
    from torch.onnx.symbolic_helper import parse_args

    library = torch.library.Library("artbyol", "DEF")
    library.define("conv_same(Tensor x, Tensor w, Tensor? b, int[] stride, int[] dilation, int groups) -> Tensor")
    library.impl("conv_same", computed, "CompositeExplicitAutograd")
    parsed = parse_args("v", "v", "v", "is", "is", "i")(written)
    register_custom_op_symbolic("artbyol::conv_same", parsed, OPSET)
    return library


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the exporter's warnings, and without what it writes to the process's own output when it fails: the graph,
    which can be megabytes."""
    sys.stdout.flush()
    kept, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)
