"""The views a recipe shows the networks, on whole batches of tensors at once.

All randomness comes from the generator handed in: the same generator state gives the same views.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

GREY = (0.299, 0.587, 0.114)  # ITU-R BT.601, as PIL and the paper's code use


@dataclass(frozen=True)
class Augmentation:
    """One distribution of views. Probabilities are per image; strengths as in BYOL's appendix B, table 6.

    Attributes:
        area, ratio: of the crop: shares of the picture's area, width by height.
        flip, jitter, greyscale, blur, solarize: probabilities.
        brightness, contrast, saturation, hue: how far jitter goes at most, either way.
        additive: brightness is added, as published, instead of multiplied by 1 plus itself.
    """

    area: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)
    flip: float = 0.5
    jitter: float = 0.0
    brightness: float = 0.4
    contrast: float = 0.4
    saturation: float = 0.2
    hue: float = 0.1
    additive: bool = False
    greyscale: float = 0.0
    blur: float = 0.0
    solarize: float = 0.0


PAPER_FIRST = Augmentation(jitter=0.8, additive=True, greyscale=0.2, blur=1.0, solarize=0.0)
PAPER_SECOND = Augmentation(jitter=0.8, additive=True, greyscale=0.2, blur=0.1, solarize=0.2)
"""The two views of Grill et al. 2020, appendix B: they differ in how often they blur and solarize."""

PALETTE = Augmentation(jitter=0.8, greyscale=0.2)
"""Colour only: what makes the `brushwork` recipe forget the palette."""


def random_boxes(height: int, width: int, stretch: Tensor, how: Augmentation, rng: Generator) -> Tensor:
    """(n, 4) boxes x0, y0, x1, y1 in pixels: random area and aspect ratio, anywhere inside (width, height).

    `stretch` (n,) says how many times wider the work is than the image that stands for it (1: not squeezed), so that
    proportions are drawn as on the work itself.
    """
    n = len(stretch)
    area = torch.empty(n).uniform_(*how.area, generator=rng) * width * height
    ratio = torch.empty(n).uniform_(math.log(how.ratio[0]), math.log(how.ratio[1]), generator=rng).exp() / stretch
    w = (area * ratio).sqrt().clamp(max=width)
    h = (area / ratio).sqrt().clamp(max=height)
    x = torch.rand(n, generator=rng) * (width - w)
    y = torch.rand(n, generator=rng) * (height - h)
    return torch.stack([x, y, x + w, y + h], 1)


def crop(images: Tensor, boxes: Tensor, size: int) -> Tensor:
    """One resized crop per image: (n, 3, H, W) and (n, 4) -> (n, 3, size, size), in the dtype float32, range kept."""
    from torchvision.ops import roi_align  # here, so that importing this module survives a broken installation

    index = torch.arange(len(images), device=images.device, dtype=torch.float32)[:, None]
    rois = torch.cat([index, boxes.to(images.device)], 1)
    return roi_align(images.float(), rois, (size, size), sampling_ratio=2, aligned=True)


def view(images: Tensor, stretch: Tensor, size: int, how: Augmentation, rng: Generator) -> Tensor:
    """(n, 3, H, W) uint8 -> one random view of each, (n, 3, size, size) float in 0..1."""
    n, _, height, width = images.shape
    x = crop(images, random_boxes(height, width, stretch, how, rng), size) / 255
    x = torch.where(_chosen(n, how.flip, rng, x), x.flip(-1), x)
    x = recolour(x, how, rng)
    if how.blur:
        x = torch.where(_chosen(n, how.blur, rng, x), gaussian_blur(x, rng), x)
    if how.solarize:
        x = torch.where(_chosen(n, how.solarize, rng, x) & (x >= 0.5), 1 - x, x)
    return x


def recolour(x: Tensor, how: Augmentation, rng: Generator) -> Tensor:
    """Colour jitter, then greyscale, each with its probability: (n, 3, h, w) in 0..1 -> the same shape and range."""
    n = len(x)
    if how.jitter:
        x = torch.where(_chosen(n, how.jitter, rng, x), colour_jitter(x, how, rng), x)
    if how.greyscale:
        x = torch.where(_chosen(n, how.greyscale, rng, x), luminance(x).expand_as(x), x)
    return x


def colour_jitter(x: Tensor, how: Augmentation, rng: Generator) -> Tensor:
    """Brightness, contrast, saturation and hue, each image by its own amounts and in its own order (appendix B)."""
    most = torch.tensor([how.brightness, how.contrast, how.saturation, how.hue])
    amounts = ((2 * torch.rand(len(x), 4, generator=rng) - 1) * most).to(x.device)
    order = torch.rand(len(x), 4, generator=rng).argsort(1).to(x.device)
    changes = (lighten if how.additive else brighten, stretch_contrast, saturate, turn_hue)
    x = x.clone()
    for turn, (which, change) in product(range(4), enumerate(changes)):
        rows = order[:, turn] == which
        x[rows] = change(x[rows], amounts[rows, which].view(-1, 1, 1, 1)).clamp(0, 1)
    return x


def lighten(x: Tensor, amounts: Tensor) -> Tensor:
    """Add `amounts` (n, 1, 1, 1): what the authors' code calls brightness."""
    return x + amounts


def brighten(x: Tensor, amounts: Tensor) -> Tensor:
    """Multiply by 1 + `amounts` (n, 1, 1, 1), as a lamp does: black stays black."""
    return x * (1 + amounts)


def stretch_contrast(x: Tensor, amounts: Tensor) -> Tensor:
    """Multiply differences from the mean luminance by 1 + `amounts` (n, 1, 1, 1)."""
    mean = luminance(x).mean((2, 3), keepdim=True)
    return mean + (x - mean) * (1 + amounts)


def saturate(x: Tensor, amounts: Tensor) -> Tensor:
    """Multiply differences from grey by 1 + `amounts` (n, 1, 1, 1)."""
    grey = luminance(x)
    return grey + (x - grey) * (1 + amounts)


def luminance(x: Tensor) -> Tensor:
    """(n, 3, h, w) -> (n, 1, h, w)."""
    weights = torch.tensor(GREY, device=x.device, dtype=x.dtype).view(1, 3, 1, 1)
    return (x * weights).sum(1, keepdim=True)


def turn_hue(x: Tensor, turns: Tensor) -> Tensor:
    """Rotate hue by `turns` (n, 1, 1, 1) of a full circle, about the grey axis in YIQ.

    YIQ keeps luminance exactly and is one matrix per image, where HSV would branch on every pixel.
    """
    to_yiq = torch.tensor([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
    angle = turns.flatten().cpu() * 2 * math.pi
    turn = torch.eye(3).repeat(len(x), 1, 1)
    turn[:, 1, 1] = turn[:, 2, 2] = angle.cos()
    turn[:, 1, 2], turn[:, 2, 1] = -angle.sin(), angle.sin()
    matrix = (torch.linalg.inv(to_yiq) @ turn @ to_yiq).to(x.device)
    return torch.einsum("nij,njhw->nihw", matrix, x)


def gaussian_blur(x: Tensor, rng: Generator) -> Tensor:
    """Each image by its own sigma in 0.1..2.0 px at 224 px, kernel a tenth of the side (appendix B), both scaled
    to the size at hand."""
    n, channels, height, width = x.shape
    sigma = torch.empty(n).uniform_(0.1, 2.0, generator=rng) * max(height, width) / 224
    radius = max(1, round(max(height, width) / 20))
    offsets = torch.arange(-radius, radius + 1).float()
    kernel = torch.exp(-(offsets[None] ** 2) / (2 * sigma[:, None].clamp(min=0.05) ** 2))
    kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(channels, 0).to(x.device)
    flat = x.reshape(1, n * channels, height, width)
    flat = F.conv2d(
        F.pad(flat, (radius, radius, 0, 0), mode="replicate"), kernel[:, None, None, :], groups=n * channels
    )
    flat = F.conv2d(
        F.pad(flat, (0, 0, radius, radius), mode="replicate"), kernel[:, None, :, None], groups=n * channels
    )
    return flat.view(n, channels, height, width)


def _chosen(n: int, probability: float, rng: Generator, like: Tensor) -> Tensor:
    return (torch.rand(n, generator=rng) < probability).view(-1, 1, 1, 1).to(like.device)
