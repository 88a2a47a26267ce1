"""The measured axes: each sees what its name says, and does not see the rest."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from artbyol.pictures.decode import Picture, decode
from artbyol.pictures.measures.attributes import ATTRIBUTES
from artbyol.pictures.measures.axes import ATTRIBUTES_ID, AXIS_IDS, MEASURED_IDS, STANDARDISED_IDS
from artbyol.pictures.measures.dominant import as_colours, dominant, together
from artbyol.pictures.measures.measure import measure
from artbyol.pictures.measures.palette import palette
from artbyol.pictures.measures.surface import lab_of, srgb_of, surface_of
from tests.bench.axes import darker, grey, hue_turned, kept, mirrored, shuffled, vectors_of
from tests.conftest import SAMPLES, painting

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def drawn() -> list[Pixels]:
    """Thirty-two sample pictures, four subjects in eight styles."""
    return [decode(path, 160).pixels for path in sorted(SAMPLES.glob("*.jpg"))[::2]]


@pytest.fixture(scope="module")
def before(drawn: list[Pixels]) -> dict[str, NDArray[np.float32]]:
    return vectors_of(drawn)


def stay(drawn: list[Pixels], before: dict[str, NDArray[np.float32]], change: object) -> dict[str, float]:
    """The share of the ten neighbours that each axis keeps when every picture is changed."""
    after = vectors_of([change(pixels) for pixels in drawn])  # type: ignore[operator]
    return {axis: kept(before[name], after[name], name in STANDARDISED_IDS) for axis, name in AXIS_IDS.items()}


@pytest.mark.slow
def test_turning_the_hue_changes_the_palette_alone(drawn: list[Pixels], before: dict[str, NDArray[np.float32]]) -> None:
    shares = stay(drawn, before, hue_turned)
    assert min(shares["brushwork"], shares["composition"], shares["tone"]) > 0.85
    assert shares["palette"] < 0.5


@pytest.mark.slow
def test_greyscale_leaves_all_but_the_palette_as_it_is(
    drawn: list[Pixels], before: dict[str, NDArray[np.float32]]
) -> None:
    shares = stay(drawn, before, grey)
    assert min(shares["brushwork"], shares["composition"], shares["tone"]) > 0.9
    assert shares["palette"] < 0.6


@pytest.mark.slow
def test_tiles_put_in_another_order_keep_the_palette_and_lose_the_composition(
    drawn: list[Pixels], before: dict[str, NDArray[np.float32]]
) -> None:
    shares = stay(drawn, before, shuffled)
    assert shares["palette"] > 0.9
    assert shares["composition"] < 0.5


@pytest.mark.slow
def test_a_mirrored_picture_is_another_composition_with_the_same_touch_and_colours(
    drawn: list[Pixels], before: dict[str, NDArray[np.float32]]
) -> None:
    shares = stay(drawn, before, mirrored)
    assert shares["palette"] > 0.95 and shares["brushwork"] > 0.95
    assert shares["composition"] < 0.8


@pytest.mark.slow
def test_a_darker_print_has_the_same_composition_and_another_tone(
    drawn: list[Pixels], before: dict[str, NDArray[np.float32]]
) -> None:
    shares = stay(drawn, before, darker)
    assert shares["composition"] > 0.85
    assert shares["tone"] < 0.7


@pytest.mark.parametrize("size", [(8, 8), (8, 900), (900, 8), (33, 500), (640, 640)])
@pytest.mark.parametrize("code", [0, 255])
def test_any_picture_can_be_measured(size: tuple[int, int], code: int) -> None:
    flat = np.full((*size, 3), code, np.uint8)
    noisy = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    reference = measure(Picture(np.asarray(painting(0)), 96, 80))
    assert tuple(sorted(reference)) == tuple(sorted(MEASURED_IDS))
    for pixels in (flat, noisy):
        measured = measure(Picture(pixels, size[1], size[0]))
        for name, vector in measured.items():
            assert vector.shape == reference[name].shape and vector.dtype == np.float32
            assert np.isfinite(vector).all(), name


def flat(*colours: tuple[str, int]) -> Pixels:
    """Upright bands of flat colour, so many pixels wide each, 96 high."""
    return np.concatenate([np.asarray(Image.new("RGB", (width, 96), colour)) for colour, width in colours], axis=1)


def test_the_cosine_of_two_palettes_is_what_they_share() -> None:
    one = palette(surface_of(flat(("#ff0000", 48), ("#0000ff", 48))))
    same = palette(surface_of(flat(("#0000ff", 24), ("#ff0000", 48), ("#0000ff", 24))))
    half = palette(surface_of(flat(("#ff0000", 48), ("#00ff00", 48))))
    none = palette(surface_of(flat(("#00ff00", 96))))
    assert one @ same == pytest.approx(1, abs=1e-5)
    assert one @ half == pytest.approx(0.5, abs=1e-5)
    assert one @ none == pytest.approx(0, abs=1e-5)


def test_lightness_and_colour_are_cielab() -> None:
    """White, black and primaries as published for sRGB and D65."""
    pixels = np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
    expected = [(100, 0, 0), (0, 0, 0), (53.24, 80.09, 67.20), (87.73, -86.18, 83.18), (32.30, 79.19, -107.86)]
    assert lab_of(pixels) == pytest.approx(np.array(expected), abs=0.05)
    every = np.random.default_rng(0).integers(0, 256, (500, 3), dtype=np.uint8)
    assert np.abs(srgb_of(lab_of(every)).astype(int) - every).max() <= 1
    surface = surface_of(every.reshape(20, 25, 3))
    assert surface.light == pytest.approx(lab_of(every)[:, 0].reshape(20, 25), abs=0.15)


def value(pixels: Pixels, name: str) -> float:
    measured = measure(Picture(pixels, pixels.shape[1], pixels.shape[0]))[ATTRIBUTES_ID]
    return float(measured[[attribute.name for attribute in ATTRIBUTES].index(name)])


def stripes(turn: float) -> Pixels:
    """Soft dark and light stripes, upright at 0 degrees."""
    y, x = np.mgrid[:240, :240] - 120
    wave = np.cos((x * np.cos(np.radians(turn)) + y * np.sin(np.radians(turn))) / 6)
    return np.repeat((127 + 100 * wave)[..., None], 3, axis=2).astype(np.uint8)


def test_directions_are_told_apart() -> None:
    for turn, name in ((0, "verticals"), (90, "horizontals"), (45, "diagonals"), (135, "diagonals")):
        shares = {other: value(stripes(turn), other) for other in ("verticals", "horizontals", "diagonals")}
        assert shares[name] > 90 and sum(shares.values()) == pytest.approx(100, abs=0.1)


def test_a_direction_stays_what_it_is_in_a_panorama() -> None:
    wide = np.concatenate([stripes(45)] * 6, axis=1)
    assert value(wide, "diagonals") > 80


def test_attributes_say_what_they_are_called() -> None:
    work = painting(5, 384, 384)
    pixels = np.asarray(work)
    blurred = np.asarray(work.filter(ImageFilter.GaussianBlur(4)))
    assert value(blurred, "edge softness") > 1.5 * value(pixels, "edge softness")
    assert value(blurred, "texture") < value(pixels, "texture")
    assert value(grey(pixels), "colourfulness") == pytest.approx(0, abs=0.5)
    assert value(grey(pixels), "hues") == 1
    lit, dimmed = grey(pixels), darker(grey(pixels))
    assert value(dimmed, "lightness") == pytest.approx(0.7 * value(lit, "lightness"), abs=0.5)
    assert value(dimmed, "contrast") == pytest.approx(0.7 * value(lit, "contrast"), abs=0.5)
    folded = np.concatenate([pixels[:, :192], pixels[:, :192][:, ::-1]], axis=1)
    assert value(folded, "symmetry") > 0.85 > value(pixels, "symmetry") + 0.2
    orange, blue = flat(("#e08030", 96)), flat(("#3070c0", 96))
    assert value(orange, "warmth") > 20 and value(blue, "warmth") < -20
    assert value(flat(("#e08030", 48), ("#3070c0", 48)), "hues") == pytest.approx(2, abs=0.05)
    assert value(flat(("#808080", 96)), "empty space") == 100
    page = Image.new("RGB", (384, 384), "white")
    ImageDraw.Draw(page).ellipse((150, 150, 230, 230), fill="black")
    assert 85 < value(np.asarray(page), "empty space") < 99
    assert value(np.asarray(page), "busyness") < value(pixels, "busyness")


def test_dominant_colours_and_their_shares() -> None:
    found = as_colours(dominant(surface_of(flat(("#c02020", 48), ("#203080", 32), ("#f0e8d0", 16))).lab))
    assert [colour.hex for colour in found] == ["#c02020", "#203080", "#f0e8d0"]
    assert [colour.share for colour in found] == pytest.approx([1 / 2, 1 / 3, 1 / 6], abs=0.01)
    many = as_colours(dominant(surface_of(np.asarray(painting(5, 400, 300))).lab))
    assert 2 <= len(many) <= 5 and sum(colour.share for colour in many) == pytest.approx(1)
    assert [colour.share for colour in many] == sorted((colour.share for colour in many), reverse=True)


def test_colours_of_several_pictures_count_each_picture_the_same() -> None:
    red, blue = (dominant(surface_of(flat((colour, 96))).lab) for colour in ("#c02020", "#203080"))
    found = together(np.stack([red, red, red, blue]))
    assert [(colour.hex, colour.share) for colour in found] == [("#c02020", 0.75), ("#203080", 0.25)]
