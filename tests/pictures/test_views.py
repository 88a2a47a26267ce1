"""How pictures are looked at: always the same crops, proportions kept, and copies of one picture recognised."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from artbyol.pictures.decode import Picture
from artbyol.pictures.near_duplicates import fingerprint, near_duplicates
from artbyol.pictures.views import ViewPlan, make_views, whole_size
from tests.conftest import painting


def picture(seed: int, width: int = 300, height: int = 240) -> Picture:
    return Picture(np.asarray(painting(seed, width, height)), width, height)


def mark(image: Image.Image) -> np.ndarray:
    return np.frombuffer(fingerprint(Picture(np.asarray(image), *image.size)), np.uint8)


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


@pytest.mark.parametrize("seed", range(8))
def test_a_copy_at_another_size_or_quality_is_recognised(seed: int) -> None:
    original = painting(seed, 300, 240)
    compressed = io.BytesIO()
    original.resize((200, 160), Image.Resampling.LANCZOS).save(compressed, "JPEG", quality=60)
    others = np.stack([mark(Image.open(compressed)), mark(original.resize((450, 360)))])
    assert near_duplicates(others, mark(original)).all()


def test_other_pictures_and_other_sketches_on_white_are_not_taken_for_copies() -> None:
    marks = np.stack([mark(painting(seed)) for seed in range(40)])
    for row, one in enumerate(marks):
        assert np.flatnonzero(near_duplicates(marks, one)).tolist() == [row]
    sketches = []
    for x in (40, 150):
        sheet = Image.new("RGB", (300, 240), "white")
        sheet.paste((60, 60, 60), (x, 60, x + 50, 110))
        sketches.append(mark(sheet))
    assert not near_duplicates(np.stack(sketches[:1]), sketches[1]).any()


def test_crops_of_narrow_strips_stay_inside() -> None:
    # Where the fit of a crop is rounded up, its corner came to lie a trifle outside, and Pillow refused it.
    for number in range(60):
        width, height = 400 + 7 * number, 8 + number % 25
        for size in ((width, height), (height, width)):
            picture = Picture(np.zeros((*size, 3), np.uint8), size[1], size[0])
            for seed in range(3):
                make_views(picture, bytes([number, seed]), ViewPlan(whole_side=32, crop_side=8, crops=4))
