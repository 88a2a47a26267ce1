"""How pictures are looked at: always the same crops, proportions kept, and copies of one picture recognised."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from artbyol.decoding import Picture
from artbyol.views import ViewPlan, fingerprint, look, near_duplicates, whole_size
from tests.conftest import painting


def picture(seed: int, width: int = 300, height: int = 240) -> Picture:
    return Picture(np.asarray(painting(seed, width, height)), width, height)


def mark(image: Image.Image) -> np.ndarray:
    return np.frombuffer(fingerprint(Picture(np.asarray(image), *image.size)), np.uint8)


def test_the_same_picture_gives_the_same_crops_and_another_seed_others() -> None:
    plan = ViewPlan(whole_side=64, crop_side=32, crops=6)
    first, again, other = (look(picture(1), seed, plan) for seed in (b"a" * 16, b"a" * 16, b"b" * 16))
    assert first.crops.shape == (6, 32, 32, 3) and first.crops.dtype == np.uint8
    assert np.array_equal(first.crops, again.crops)
    assert not np.array_equal(first.crops, other.crops)
    assert np.array_equal(first.whole, other.whole)
    assert len({crop.tobytes() for crop in first.crops}) == 6


def test_fewer_crops_are_the_first_of_more_and_none_is_an_empty_batch() -> None:
    plan = ViewPlan(whole_side=64, crop_side=32, crops=6)
    assert np.array_equal(look(picture(1), b"x", replace(plan, crops=2)).crops, look(picture(1), b"x", plan).crops[:2])
    assert look(picture(1), b"x", replace(plan, crops=0)).crops.shape == (0, 32, 32, 3)


def test_crops_show_the_share_of_the_work_asked_for() -> None:
    ramp = np.zeros((400, 400, 3), np.uint8)
    ramp[..., 0] = np.linspace(0, 255, 400).astype(np.uint8)  # red tells how far right, green how far down
    ramp[..., 1] = np.linspace(0, 255, 400).astype(np.uint8)[:, None]
    crops = look(Picture(ramp, 400, 400), b"s", ViewPlan(64, 64, 40, area=(0.02, 0.2))).crops.astype(float) / 255
    areas = np.ptp(crops[..., 0], axis=(1, 2)) * np.ptp(crops[..., 1], axis=(1, 2))
    assert 0.01 < areas.min() < 0.06 and 0.14 < areas.max() < 0.22
    assert crops[..., 0].min() < 0.1 and crops[..., 0].max() > 0.9  # from all over the work


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
