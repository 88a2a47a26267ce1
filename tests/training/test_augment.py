"""The views: drawn from their generator alone, inside the picture, and each change does what its name says."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Generator, Tensor

from artbyol.training import augment
from artbyol.training.augment import (
    GREY,
    PALETTE,
    PAPER_FIRST,
    PAPER_SECOND,
    Augmentation,
    crop,
    draw,
    gaussian_blur,
    random_boxes,
    recolour,
    turn_hue,
)

UNTOUCHED = Augmentation(area=(1.0, 1.0), ratio=(1.0, 1.0), flip=0.0)


def rng(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def images(n: int = 6, height: int = 40, width: int = 40) -> Tensor:
    return torch.randint(0, 256, (n, 3, height, width), dtype=torch.uint8, generator=rng(99))


def view(pictures: Tensor, stretch: Tensor, size: int, how: Augmentation, source: Generator) -> Tensor:
    return augment.view(pictures, size, draw(stretch, *pictures.shape[2:], how, source))


def coloured(x: Tensor, how: Augmentation, source: Generator) -> Tensor:
    return recolour(x, draw(torch.ones(len(x)), *x.shape[2:], how, source))


def sigma(n: int) -> Tensor:
    return torch.empty(n).uniform_(0.1, 2.0, generator=rng())


def luminance(x: Tensor) -> Tensor:
    return (x * torch.tensor(GREY).view(1, 3, 1, 1)).sum(1, keepdim=True)


def turned(x: Tensor, turns: float | list[float]) -> Tensor:
    matrices, shifts = turn_hue(torch.tensor(turns).expand(len(x)), x.mean((2, 3)))
    return torch.baddbmm(shifts, matrices, x.flatten(2)).view(x.shape)


def muted(n: int = 4) -> Tensor:
    """Pictures in 0..1 whose colours are so mild that nothing is clipped."""
    return 0.4 + 0.2 * torch.rand(n, 3, 12, 12, generator=rng(7))


@pytest.mark.parametrize("how", [PAPER_FIRST, PAPER_SECOND, PALETTE, Augmentation()])
def test_views_have_the_size_asked_for_lie_in_0_to_1_and_repeat_with_the_generator(how: Augmentation) -> None:
    stretch = torch.linspace(0.5, 2, 6)
    first = view(images(), stretch, 24, how, rng(3))
    assert first.shape == (6, 3, 24, 24)
    assert first.dtype == torch.float32
    assert 0 <= float(first.min()) < 0.2 and 0.8 < float(first.max()) <= 1
    assert torch.equal(first, view(images(), stretch, 24, how, rng(3)))
    assert not torch.equal(first, view(images(), stretch, 24, how, rng(4)))


def test_the_global_random_state_neither_matters_nor_changes() -> None:
    torch.manual_seed(1)
    first = view(images(), torch.ones(6), 16, PAPER_FIRST, rng())
    state = torch.get_rng_state()
    torch.manual_seed(2)
    assert torch.equal(first, view(images(), torch.ones(6), 16, PAPER_FIRST, rng()))
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), state)


def test_boxes_lie_inside_the_picture_and_cover_the_area_and_proportions_asked_for() -> None:
    how = Augmentation(area=(0.05, 0.3), ratio=(3 / 4, 4 / 3))
    boxes = random_boxes(100, 200, torch.full((2000,), 2.0), how, rng())
    x0, y0, x1, y1 = boxes.T
    assert (x0 >= 0).all() and (y0 >= 0).all() and (x1 <= 200 + 1e-3).all() and (y1 <= 100 + 1e-3).all()
    area = (x1 - x0) * (y1 - y0) / (100 * 200)
    assert 0.05 - 1e-4 <= float(area.min()) < 0.07 and 0.28 < float(area.max()) <= 0.3 + 1e-4


@pytest.mark.parametrize("stretch", [0.5, 1.0, 2.0])
def test_a_squeezed_picture_is_cropped_by_the_proportions_of_the_work_itself(stretch: float) -> None:
    boxes = random_boxes(64, 64, torch.full((500,), stretch), Augmentation(area=(0.05, 0.2)), rng())
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    on_the_work = width * stretch / height  # the work is `stretch` times as wide as its square stand-in
    assert 0.75 - 1e-3 <= float(on_the_work.min()) < 0.8 and 1.25 < float(on_the_work.max()) <= 4 / 3 + 1e-3


def test_crops_are_cut_where_their_boxes_lie() -> None:
    image = torch.zeros(1, 3, 20, 40, dtype=torch.uint8)
    image[:, 0, :, :20], image[:, 2, :, 20:] = 200, 100  # red on the left, dark blue on the right
    left = crop(image, torch.tensor([[1.0, 2.0, 17.0, 18.0]]), 8)
    right = crop(image, torch.tensor([[22.0, 2.0, 38.0, 18.0]]), 8)
    assert torch.allclose(left, torch.tensor([200.0, 0, 0]).view(1, 3, 1, 1).expand_as(left))
    assert torch.allclose(right, torch.tensor([0, 0, 100.0]).view(1, 3, 1, 1).expand_as(right))


@pytest.mark.parametrize("size", [16, 40, 96])
def test_an_accelerator_cuts_the_crops_that_a_cpu_cuts(size: int) -> None:
    """In floating point, as there, and in 8 bits: at most one level of 256 apart, rounded once or twice."""
    pictures = images(24, 90, 120)
    boxes = random_boxes(90, 120, torch.ones(24), Augmentation(area=(0.02, 1.0)), rng())
    apart = (crop(pictures, boxes, size) - crop(pictures.float(), boxes, size)).abs()
    assert float(apart.max()) <= 1 and float(apart.mean()) < 0.25


def test_without_any_change_a_view_is_the_picture() -> None:
    ramp = torch.linspace(0, 255, 32).round().to(torch.uint8).expand(1, 3, 32, 32)
    seen = view(ramp, torch.ones(1), 32, UNTOUCHED, rng())
    assert torch.allclose(seen[..., 1:-1], (ramp / 255)[..., 1:-1], atol=0.01)


def test_a_flip_mirrors_left_and_right() -> None:
    straight = view(images(), torch.ones(6), 40, UNTOUCHED, rng())
    flipped = view(images(), torch.ones(6), 40, replace(UNTOUCHED, flip=1.0), rng())
    assert torch.equal(flipped, straight.flip(-1))


def test_greyscale_keeps_luminance_and_nothing_else() -> None:
    x = muted()
    grey = coloured(x, Augmentation(greyscale=1.0), rng())
    assert torch.allclose(grey[:, 0], grey[:, 1]) and torch.allclose(grey[:, 1], grey[:, 2])
    assert torch.allclose(luminance(grey), luminance(x), atol=1e-5)


def test_changes_come_as_often_as_their_probability_says() -> None:
    x = muted(2000)
    touched = (coloured(x, Augmentation(greyscale=0.2), rng()) != x).flatten(1).any(1)
    assert 0.17 < float(touched.float().mean()) < 0.23
    touched = (coloured(x, Augmentation(jitter=0.8), rng()) != x).flatten(1).any(1)
    assert 0.77 < float(touched.float().mean()) < 0.83


def only(**strengths: float) -> Augmentation:
    none = {"jitter": 1.0, "brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0}
    return Augmentation(**(none | strengths))


def test_brightness_scales_each_picture_by_a_factor_of_its_own() -> None:
    x = muted()
    ratio = coloured(x, only(brightness=0.4), rng()) / x
    factors = ratio.flatten(1).mean(1)
    assert torch.allclose(ratio, factors.view(-1, 1, 1, 1).expand_as(ratio), atol=1e-4)
    assert float(factors.min()) >= 0.6 and float(factors.max()) <= 1.4 and float(factors.std()) > 0.02


def test_the_papers_brightness_is_added_instead() -> None:
    """Appendix B: "shifted by a uniformly random offset"; black becomes grey, where a factor would leave it black."""
    assert PAPER_FIRST.additive and PAPER_SECOND.additive and not PALETTE.additive
    x = torch.full((200, 3, 2, 2), 0.5)
    shift = (coloured(x, replace(only(brightness=0.4), additive=True), rng()) - x).flatten(1)
    assert torch.allclose(shift, shift[:, :1].expand_as(shift), atol=1e-5)
    assert -0.4 <= float(shift.min()) < -0.37 and 0.37 < float(shift.max()) <= 0.4 + 1e-5


@pytest.mark.parametrize("seed", range(6))
def test_every_picture_is_changed_in_an_order_of_its_own(seed: int) -> None:
    """Half black, half white: only where brightness is clipped before contrast falls can the two come closer than 0.6
    without touching 0 or 1. By the arithmetic that happens to 21 % in that order, to none in the other."""
    x = torch.tensor([0.0, 1.0]).view(1, 1, 1, 2).expand(400, 3, 1, 2)
    how = replace(only(brightness=0.4, contrast=0.4), additive=True)
    dark, light = coloured(x, how, rng(seed))[:, 0, 0].T
    brightness_first = (dark > 0) & (light < 1) & (light - dark < 0.6 - 1e-4)
    assert 0.05 < float(brightness_first.float().mean()) < 0.16


def test_contrast_keeps_the_mean_luminance_and_scales_the_differences() -> None:
    x = muted()
    y = coloured(x, only(contrast=0.4), rng())
    assert torch.allclose(luminance(y).mean((2, 3)), luminance(x).mean((2, 3)), atol=1e-5)
    change = luminance(y).std((2, 3)) / luminance(x).std((2, 3))
    assert float(change.min()) >= 0.6 and float(change.max()) <= 1.4 and float((change - 1).abs().max()) > 0.05


def test_saturation_keeps_every_pixels_luminance() -> None:
    x = muted()
    y = coloured(x, only(saturation=0.2), rng())
    assert torch.allclose(luminance(y), luminance(x), atol=1e-5)
    assert not torch.allclose(y, x, atol=1e-3)


def test_no_turn_and_a_whole_turn_of_the_hue_change_nothing() -> None:
    x = muted(2)
    for turns in (0.0, 1.0):
        assert torch.allclose(turned(x, turns), x, atol=1e-4)


def test_a_turn_of_the_hue_keeps_luminance_and_grey_and_moves_colours() -> None:
    x = muted(2)
    other = turned(x, [0.1, 0.5])
    assert torch.allclose(luminance(other), luminance(x), atol=1e-4)
    assert (other - x).abs().mean((1, 2, 3)).tolist()[0] > 0.005
    grey = luminance(x).expand_as(x)
    assert torch.allclose(turned(grey, 0.3), grey, atol=2e-3)
    back = turned(other, [-0.1, -0.5])
    assert torch.allclose(back, x, atol=1e-4)
    red = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)
    opposite = turned(red, 0.5).flatten()
    assert opposite[0] < opposite[1] and opposite[0] < opposite[2]  # red's complement is cyan


def test_blur_smooths_detail_and_keeps_flat_colour() -> None:
    x = torch.rand(8, 3, 56, 56, generator=rng())
    blurred = gaussian_blur(x, sigma(len(x)))
    assert blurred.shape == x.shape
    assert (blurred.std((1, 2, 3)) <= x.std((1, 2, 3)) + 1e-6).all()
    assert float(blurred.std((1, 2, 3)).min()) < 0.9 * float(x.std())
    assert torch.allclose(blurred.mean((2, 3)), x.mean((2, 3)), atol=0.01)
    flat = torch.full((2, 3, 9, 9), 0.3)
    assert torch.allclose(gaussian_blur(flat, sigma(len(flat))), flat, atol=1e-5)


def test_blur_gives_every_picture_and_both_axes_the_same_treatment() -> None:
    point = torch.zeros(3, 3, 57, 57)
    point[:, :, 28, 28] = 1
    blurred = gaussian_blur(point, sigma(len(point)))
    assert torch.allclose(blurred, blurred.transpose(2, 3), atol=1e-6)
    assert torch.allclose(blurred[:, 0], blurred[:, 1])
    peaks = blurred[:, 0, 28, 28]
    assert len({round(float(p), 4) for p in peaks}) == 3  # each picture its own width


def test_solarize_turns_the_bright_half_round() -> None:
    plain = view(images(), torch.ones(6), 40, UNTOUCHED, rng())
    solarized = view(images(), torch.ones(6), 40, replace(UNTOUCHED, solarize=1.0), rng())
    assert torch.allclose(solarized, torch.where(plain >= 0.5, 1 - plain, plain))
    assert float(solarized.max()) <= 0.5
