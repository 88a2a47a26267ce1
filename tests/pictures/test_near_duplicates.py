"""What is the same picture and what is not: pictures saved again are found, and no two works are taken for one."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from artbyol.pictures.decode import Picture, decode
from artbyol.pictures.near_duplicates import LENGTH, SPECTRUM, differences, fingerprint, near_duplicates, same_pictures
from tests.conftest import painting

SAMPLES = Path(__file__).parents[2] / "sample_images"

Drawing = Callable[[int], Image.Image]


def mark(image: Image.Image) -> np.ndarray:
    return np.frombuffer(fingerprint(Picture(np.asarray(image.convert("RGB")), *image.size)), np.uint8)


def saved(image: Image.Image, long_side: int, format: str = "JPEG", **how: int) -> Image.Image:
    scale, data = long_side / max(image.size), io.BytesIO()
    size = (round(image.width * scale), round(image.height * scale))
    image.resize(size, Image.Resampling.LANCZOS).save(data, format, **how)
    return Image.open(data).convert("RGB")


def strokes(pen: ImageDraw.ImageDraw, rng: np.random.Generator, count: int, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    for _ in range(count):
        corners = [(int(rng.integers(left, right)), int(rng.integers(top, bottom))) for _ in range(4)]
        pen.line(corners, fill=int(rng.integers(10, 90)), width=3)


def sheet(tone: int = 255, size: tuple[int, int] = (620, 840)) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", size, tone)
    return image, ImageDraw.Draw(image)


def sketch(seed: int) -> Image.Image:
    image, pen = sheet()
    strokes(pen, np.random.default_rng(seed), 5, (160, 220, 460, 620))
    return image


def pencil(seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    image, pen = sheet(244)
    for _ in range(8):
        pen.line([(int(rng.integers(60, 560)), int(rng.integers(60, 780))) for _ in range(5)], fill=205, width=2)
    return Image.fromarray((np.asarray(image) + rng.normal(0, 2, (840, 620))).clip(0, 255).astype(np.uint8))


def handwriting(seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    image, pen = sheet(250)
    for y in range(80, 780, 34):
        x = 60.0
        while x < 530:
            along = np.arange(x, x + rng.uniform(20, 80))
            height = 8 * np.abs(np.sin(along / 5 + rng.uniform(0, 6))) + 9 * (np.sin(along / 23 + x) > 0.8)
            pen.line(list(zip(along.tolist(), (y - height).tolist(), strict=True)), fill=60, width=2)
            x = float(along[-1]) + rng.uniform(9, 18)
    return image


def music(seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    image, pen = sheet()
    for top in range(80, 760, 110):
        for line in range(5):
            pen.line([(50, top + 11 * line), (570, top + 11 * line)], fill=0)
        for x in range(80, 560, 30):
            y = top + 5.5 * int(rng.integers(-2, 11))
            pen.ellipse([x - 7, y - 5, x + 7, y + 5], fill=0)
            pen.line([(x + 6, y), (x + 6, y - 36)], fill=0, width=2)
    return image


def monogram(seed: int) -> Image.Image:
    image, pen = sheet(size=(600, 600))
    letters = "EFBPRODQ"
    pair = letters[seed // 2] + letters[seed % 8 - 1]
    pen.text((300, 300), pair, fill=20, font=ImageFont.load_default(110), anchor="mm")
    return image


def small_object(seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    image, pen = sheet(150, size=(600, 600))
    half = rng.uniform(30, 55, 4)
    shape = pen.ellipse if seed % 2 else pen.rectangle
    shape([300 - half[0], 300 - half[1], 300 + half[2], 300 + half[3]], fill=int(rng.integers(20, 110)))
    return image


def frame(seed: int) -> Image.Image:
    """Of a film: the same ground, a figure that moves on."""
    image, pen = sheet(245, size=(640, 480))
    strokes(pen, np.random.default_rng(99), 8, (0, 0, 640, 480))
    x = 200 + 15 * seed
    pen.ellipse([x - 12, 250, x + 12, 274], outline=10, width=3)
    pen.line([(x, 274), (x, 320), (x - 15 + seed, 360)], fill=10, width=3)
    return image


def state(seed: int) -> Image.Image:
    """Of an etching: in every state there is more hatching."""
    image, pen = sheet(240, size=(640, 480))
    strokes(pen, np.random.default_rng(98), 30, (20, 20, 620, 460))
    for step in range(seed):
        left, top = 40 + 60 * step, 40 + 110 * (step % 4)
        for shift in range(0, 80, 4):
            pen.line([(left + shift, top), (left + shift + 30, top + 80)], fill=60)
    return image


DRAWINGS = (sketch, pencil, handwriting, music, monogram, small_object, frame, state)


@pytest.mark.parametrize("draw", DRAWINGS)
def test_drawings_of_one_kind_are_apart_and_each_is_found_when_saved_again(draw: Drawing) -> None:
    pages = [draw(seed) for seed in range(8)]
    marks = np.stack([mark(page) for page in pages])
    for row, page in enumerate(pages):
        assert np.flatnonzero(near_duplicates(marks, marks[row])).tolist() == [row]
        copy = saved(page, 320, quality=60) if row % 2 else saved(page, max(page.size), quality=30)
        assert np.flatnonzero(near_duplicates(marks, mark(copy))).tolist() == [row]


@pytest.mark.parametrize("seed", range(4))
def test_a_copy_at_another_size_quality_format_or_a_little_lighter_is_recognised(seed: int) -> None:
    original = painting(seed, 600, 480)
    others = [
        *(saved(original, side, quality=quality) for side in (320, 450, 900) for quality in (30, 95)),
        *(saved(original, 320, format) for format in ("PNG", "WEBP", "TIFF")),
        ImageEnhance.Brightness(original).enhance(0.96),
        ImageEnhance.Contrast(original).enhance(1.05),
    ]
    apart = differences(np.stack([mark(other) for other in others]), mark(original))
    assert apart.max() <= 1 and differences(mark(original)[None], mark(original)) == 0


def test_crops_frames_mirrored_and_recoloured_pictures_are_other_pictures() -> None:
    original = painting(5, 600, 480)
    framed = Image.new("RGB", (660, 540), "black")
    framed.paste(original, (30, 30))
    turned = Image.merge("RGB", original.split()[::-1])
    others = [original.crop((40, 30, 600, 480)), framed, original.transpose(Image.Transpose.FLIP_LEFT_RIGHT), turned]
    others += [original.convert("L"), original.resize((600, 440))]
    assert not near_duplicates(np.stack([mark(other) for other in others]), mark(original)).any()


def test_the_sample_images_are_apart_and_found_at_other_sizes() -> None:
    paths = [path for path in sorted(SAMPLES.glob("*.jpg"))[::4] if "op-art" not in path.name]  # lines too fine for it
    pictures = [Image.fromarray(decode(path, 640).pixels) for path in paths]
    marks = np.stack([mark(picture) for picture in pictures])
    for row, picture in enumerate(pictures):
        assert np.flatnonzero(near_duplicates(marks, mark(saved(picture, 320, quality=40)))).tolist() == [row]


def test_blank_pages_and_what_an_older_artbyol_catalogued_are_like_no_other() -> None:
    blank = mark(Image.new("RGB", (300, 240), "white"))
    older = np.zeros((3, LENGTH), np.uint8)
    older[:, :192] = 200
    assert not near_duplicates(np.stack([blank, blank]), blank).any()
    assert not near_duplicates(older, older[0]).any() and not near_duplicates(older, mark(sketch(0))).any()
    assert same_pictures(older[:, SPECTRUM], lambda rows: older[rows]).tolist() == [0, 1, 2]


def test_the_tree_finds_what_comparing_each_with_each_finds() -> None:
    pages = [draw(seed) for draw in (sketch, small_object, frame) for seed in range(6)]
    pages += [saved(page, 320, quality=50) for page in pages[::2]] + pages[:3]
    marks = np.stack([mark(page) for page in pages])
    marks = marks[np.random.default_rng(0).permutation(len(marks))]
    wanted = np.arange(len(marks))
    for row in range(len(marks)):
        if wanted[row] == row:
            alike = np.flatnonzero(near_duplicates(marks, marks[row]))
            wanted[alike[(alike > row) & (wanted[alike] == alike)]] = row
    found = same_pictures(marks[:, SPECTRUM], lambda rows: marks[rows])
    assert found.tolist() == wanted.tolist() and (found != np.arange(len(marks))).sum() == 12
    assert same_pictures(marks[:0, SPECTRUM], lambda rows: marks[rows]).tolist() == []
