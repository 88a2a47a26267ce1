"""The views a recipe shows the networks, on whole batches of tensors at once.

All randomness comes from the generator handed in: the same generator state gives the same views.
"""

import math
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from artbyol.pictures.views import Views

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


@dataclass(frozen=True, eq=False)
class Draw:
    """What chance decides about one view of each of n works, before a pixel is touched. Drawn for a whole batch and cut
    into shares afterwards, it is the same whichever process makes which views.

    Attributes:
        boxes: (n, 4) x0, y0, x1, y1 of the crop, in pixels.
        flip, jitter, greyscale, blur, solarize: (n,) bool, which works get it.
        amounts: (n, 4) of brightness, contrast, saturation, hue; `order`: (n, 4), which of them comes when.
        sigma: (n,) of the blur, in pixels at a side of 224.
        additive: see `Augmentation`.
    """

    boxes: Tensor
    flip: Tensor
    jitter: Tensor
    amounts: Tensor
    order: Tensor
    greyscale: Tensor
    blur: Tensor
    sigma: Tensor
    solarize: Tensor
    additive: bool = False

    def share(self, rows: slice) -> "Draw":
        """The same for some of the works."""
        cut = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "additive"}
        return Draw(**cut, additive=self.additive)


def draw(stretch: Tensor, height: int, width: int, how: Augmentation, rng: Generator) -> Draw:
    """Draw one view of each of n images of height by width pixels; `stretch` (n,) as in `random_boxes`."""
    n = len(stretch)
    most = torch.tensor([how.brightness, how.contrast, how.saturation, how.hue])
    return Draw(
        boxes=random_boxes(height, width, stretch, how, rng),
        flip=torch.rand(n, generator=rng) < how.flip,
        jitter=torch.rand(n, generator=rng) < how.jitter,
        amounts=(2 * torch.rand(n, 4, generator=rng) - 1) * most,
        order=torch.rand(n, 4, generator=rng).argsort(1),
        greyscale=torch.rand(n, generator=rng) < how.greyscale,
        blur=torch.rand(n, generator=rng) < how.blur,
        sigma=torch.empty(n).uniform_(0.1, 2.0, generator=rng),
        solarize=torch.rand(n, generator=rng) < how.solarize,
        additive=how.additive,
    )


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
    """One resized crop per image: (n, 3, H, W) uint8 and (n, 4) -> (n, 3, size, size) float32, 0 to 255.

    Boxes are rounded to pixels and crops resized one by one, antialiased: on a CPU in 8 bits, which took a sixteenth of
    the time of `roi_align` (4 against 66 ms for 64 crops of 96 px). Accelerators cannot do that; they compute in
    floating point, and round what they get.
    """
    if images.device.type != "cpu":
        images = images.float()
    images = images.contiguous(memory_format=torch.channels_last)
    corners = boxes.round().long().tolist()
    cut = (
        image[None, :, y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
        for image, (x0, y0, x1, y1) in zip(images, corners, strict=True)
    )
    shaped = torch.cat([F.interpolate(one, (size, size), mode="bilinear", antialias=True) for one in cut])
    return shaped.round_() if shaped.is_floating_point() else shaped.float()


def view(images: Tensor, size: int, drawn: Draw) -> Tensor:
    """(n, 3, H, W) uint8 -> one view of each as drawn, (n, 3, size, size) float in 0..1."""
    x = crop(images, drawn.boxes, size).div_(255)
    flip, blur, solarize = (rows.nonzero()[:, 0].to(x.device) for rows in (drawn.flip, drawn.blur, drawn.solarize))
    x[flip] = x[flip].flip(-1)
    x = recolour(x, drawn)
    if len(blur):
        x[blur] = gaussian_blur(x[blur], drawn.sigma[drawn.blur])
    if len(solarize):
        bright = x[solarize]
        x[solarize] = torch.where(bright >= 0.5, 1 - bright, bright)
    return x


def recoloured(views: Views, seed: bytes) -> Views:
    """The same with the colours of its crops changed at random, drawn from `seed`."""
    rng = torch.Generator().manual_seed(int.from_bytes(seed[:7], "big"))
    crops = torch.from_numpy(views.crops).permute(0, 3, 1, 2).float() / 255
    drawn = draw(torch.ones(len(crops)), crops.shape[2], crops.shape[3], PALETTE, rng)
    changed = (recolour(crops, drawn) * 255).round().byte()
    return Views(views.whole, changed.permute(0, 2, 3, 1).numpy())


def recolour(x: Tensor, drawn: Draw) -> Tensor:
    """Colour jitter, then greyscale, of the works drawn for it: (n, 3, h, w) in 0..1 -> the same shape and range.

    Brightness, contrast, saturation and hue come in each work's own order (appendix B), and what leaves 0..1 is clipped
    after each. All four are linear in a pixel's red, green and blue, so a turn is one matrix product for all works,
    whichever change each of them is at.
    """
    flat = x.flatten(2).contiguous()
    if drawn.jitter.any():
        first = lighten if drawn.additive else brighten
        changes = (first, stretch_contrast, saturate, turn_hue)
        for turn in range(4):
            at, means = drawn.order[:, turn], flat.mean(2).cpu()
            every = [change(drawn.amounts[:, which], means) for which, change in enumerate(changes)]
            rows = torch.arange(len(at))
            matrix, shift = (torch.stack(parts)[at, rows] for parts in zip(*every, strict=True))
            matrix = torch.where(_each(drawn.jitter), matrix, torch.eye(3)).to(x.device)
            shift = torch.where(_each(drawn.jitter), shift, torch.zeros(1)).to(x.device)
            flat = (matrix @ flat).add_(shift).clamp_(0, 1)
    if drawn.greyscale.any():
        grey = torch.tensor(GREY).expand(3, 3)
        flat = torch.where(_each(drawn.greyscale), grey, torch.eye(3)).to(x.device) @ flat
    return flat.view(x.shape)


Linear = tuple[Tensor, Tensor]
"""What happens to a pixel's colour, for each of n pictures: matrices (n, 3, 3), and what is added then (n, 3, 1)."""


def lighten(amounts: Tensor, means: Tensor) -> Linear:
    """Add `amounts` (n,): what the authors' code calls brightness."""
    return _scaling(torch.ones_like(amounts)), _shift(amounts)


def brighten(amounts: Tensor, means: Tensor) -> Linear:
    """Multiply by 1 + `amounts` (n,), as a lamp does: black stays black."""
    return _scaling(1 + amounts), _shift(torch.zeros_like(amounts))


def stretch_contrast(amounts: Tensor, means: Tensor) -> Linear:
    """Multiply differences from the mean luminance by 1 + `amounts` (n,); `means` (n, 3) of red, green and blue."""
    return _scaling(1 + amounts), _shift(-amounts * (means @ torch.tensor(GREY)))


def saturate(amounts: Tensor, means: Tensor) -> Linear:
    """Multiply differences from grey by 1 + `amounts` (n,)."""
    grey = torch.tensor(GREY).expand(3, 3)
    return _scaling(1 + amounts) - _each(amounts) * grey, _shift(torch.zeros_like(amounts))


def turn_hue(amounts: Tensor, means: Tensor) -> Linear:
    """Rotate hue by `amounts` (n,) of a full circle, about the grey axis in YIQ.

    YIQ keeps luminance exactly and is one matrix per image, where HSV would branch on every pixel.
    """
    to_yiq = torch.tensor([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
    angle = amounts * 2 * math.pi
    turn = torch.eye(3).repeat(len(amounts), 1, 1)
    turn[:, 1, 1] = turn[:, 2, 2] = angle.cos()
    turn[:, 1, 2], turn[:, 2, 1] = -angle.sin(), angle.sin()
    return torch.linalg.inv(to_yiq) @ turn @ to_yiq, _shift(torch.zeros_like(amounts))


def gaussian_blur(x: Tensor, sigma: Tensor) -> Tensor:
    """Each image by its own sigma (n,) in pixels, kernel a tenth of the side (appendix B), both for a side of 224 and
    scaled to the size at hand."""
    n, channels, height, width = x.shape
    sigma = sigma * max(height, width) / 224
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


def _scaling(factors: Tensor) -> Tensor:
    return _each(factors) * torch.eye(3)


def _shift(amounts: Tensor) -> Tensor:
    return _each(amounts).expand(-1, 3, 1)


def _each(values: Tensor) -> Tensor:
    """(n,) -> (n, 1, 1): one for each picture."""
    return values.view(-1, 1, 1)
