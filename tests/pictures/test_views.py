"""How pictures are looked at: always the same crops, proportions kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from artbyol.pictures.decode import Picture
from artbyol.pictures.views import ViewPlan, make_views, whole_size
from tests.conftest import painting


def picture(seed: int, width: int = 300, height: int = 240) -> Picture:
    return Picture(np.asarray(painting(seed, width, height)), width, height)


def test_the_same_picture_gives_the_same_crops_and_another_seed_others() -> None:
    plan = ViewPlan(whole_side=64, crop_side=32, crops=6)
    first, again, other = (make_views(picture(1), seed, plan) for seed in (b"a" * 16, b"a" * 16, b"b" * 16))
    assert first.crops.shape == (6, 32, 32, 3) and first.crops.dtype == np.uint8
    assert np.array_equal(first.crops, again.crops)
    assert not np.array_equal(first.crops, other.crops)
    assert np.array_equal(first.whole, other.whole)
    assert len({crop.tobytes() for crop in first.crops}) == 6


def test_fewer_crops_are_the_first_of_more_and_none_is_an_empty_batch() -> None:
    plan = ViewPlan(whole_side=64, crop_side=32, crops=6)
    two = make_views(picture(1), b"x", replace(plan, crops=2))
    assert np.array_equal(two.crops, make_views(picture(1), b"x", plan).crops[:2])
    assert make_views(picture(1), b"x", replace(plan, crops=0)).crops.shape == (0, 32, 32, 3)


def where(width: int, height: int, count: int, area: float) -> np.ndarray:
    """Left, right, top, bottom (n, 4) of crops, as shares of the work: red tells how far right, green how far down."""
    ramp = np.zeros((height, width, 3), np.uint8)
    ramp[..., 0] = np.linspace(0, 255, width).astype(np.uint8)
    ramp[..., 1] = np.linspace(0, 255, height).astype(np.uint8)[:, None]
    crops = make_views(Picture(ramp, width, height), b"s", ViewPlan(64, 64, count, area=area)).crops.astype(float) / 255
    red, green = crops[..., 0], crops[..., 1]
    return np.stack([red.min((1, 2)), red.max((1, 2)), green.min((1, 2)), green.max((1, 2))], 1)


def test_crops_show_the_share_of_the_work_asked_for_from_all_over_it() -> None:
    for share in (0.03, 0.1):
        left, right, top, bottom = where(400, 400, 40, share).T
        assert ((right - left) * (bottom - top)).tolist() == pytest.approx([share] * 40, rel=0.2)
        assert min(left.min(), top.min()) < 0.1 and max(right.max(), bottom.max()) > 0.9


@pytest.mark.parametrize(("width", "height", "along"), [(400, 400, 0), (600, 300, 0), (300, 600, 2), (1600, 100, 0)])
def test_crops_come_by_turns_from_two_halves_that_share_nothing(width: int, height: int, along: int) -> None:
    found = where(width, height, 24, 0.15)
    assert found[0::2, along + 1].max() <= 0.51 and found[1::2, along].min() >= 0.49
    assert found[0::2, along].min() < 0.1 and found[1::2, along + 1].max() > 0.9


def test_crops_of_a_scroll_keep_their_proportions() -> None:
    left, right, top, bottom = where(1600, 100, 24, 0.15).T
    ratios = (right - left) * 16 / (bottom - top)
    assert ratios.min() > 0.6 and ratios.max() < 1.5


@pytest.mark.parametrize(
    ("size", "expected"), [((300, 300), (320, 320)), ((600, 300), (448, 224)), ((100, 9000), (160, 640))]
)
def test_the_whole_view_keeps_area_and_proportions_up_to_four_to_one(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert whole_size(*size, ViewPlan(320)) == expected
    assert whole_size(*size, ViewPlan(224, fixed=True)) == (224, 224)
