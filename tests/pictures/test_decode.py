"""Decoding real files of every format and mode, and what must never get through."""

from __future__ import annotations

import io
import os
import random
import struct
import subprocess
import sys
import time
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms, features

from artbyol.base.errors import DecodeError
from artbyol.pictures.decode import Picture, _decoded, decode, decode_content, decoder_signature
from artbyol.pictures.scan import content_hash, hashed_before
from artbyol.pictures.skips import SKIP_CODES
from tests import icc

try:
    import pillow_heif
except ImportError:
    pillow_heif = None

Array = npt.NDArray[Any]
needs_avif = pytest.mark.skipif(not features.check("avif"), reason="Pillow without AVIF")
needs_heif = pytest.mark.skipif(pillow_heif is None, reason="pillow-heif is not installed")


def scene(width: int = 48, height: int = 32) -> Image.Image:
    """Four flat quarters, red green / blue white, dark top left corner: every turn and mirror looks different."""
    pixels = np.zeros((height, width, 3), np.uint8)
    top, left = height // 2, width // 2
    pixels[:top, :left], pixels[:top, left:] = (220, 30, 30), (30, 180, 60)
    pixels[top:, :left], pixels[top:, left:] = (20, 40, 200), (240, 240, 240)
    return Image.fromarray(pixels)


def save(path: Path, im: Image.Image, **options: Any) -> Path:
    if path.suffix == ".heic":
        pillow_heif.from_pillow(im).save(path, quality=-1, **options)
    else:
        im.save(path, **options)
    return path


def middle(picture: Picture) -> list[int]:
    """The colour in the middle of the upper left quarter."""
    height, width = picture.pixels.shape[:2]
    return [int(value) for value in picture.pixels[height // 4, width // 4]]


def flat(mode: str, colour: Any, size: tuple[int, int] = (16, 16)) -> Image.Image:
    return Image.new(mode, size, colour)


def code_of(path: str | bytes | Path, **options: Any) -> str:
    with pytest.raises(DecodeError) as caught:
        decode(path, 64, **options)
    assert caught.value.code in SKIP_CODES
    assert caught.value.message.startswith(SKIP_CODES[caught.value.code])
    return caught.value.code


FORMATS = [
    pytest.param("jpg", {"quality": 95, "subsampling": 0}, 4),
    pytest.param("png", {}, 0),
    pytest.param("webp", {"lossless": True}, 0),
    pytest.param("tif", {}, 0),
    pytest.param("tif", {"compression": "tiff_lzw"}, 0),
    pytest.param("tif", {"compression": "jpeg"}, 12),
    pytest.param("gif", {}, 0),
    pytest.param("bmp", {}, 0),
    pytest.param("avif", {"quality": 95}, 6, marks=needs_avif),
    pytest.param("heic", {}, 6, marks=needs_heif),
]


@pytest.mark.parametrize(("suffix", "options", "tolerance"), FORMATS)
def test_every_format_gives_the_same_pixels(tmp_path: Path, suffix: str, options: Any, tolerance: int) -> None:
    path = save(tmp_path / f"a.{suffix}", scene(), **options)
    picture = decode(path, 224)
    assert (picture.width, picture.height) == (48, 32)
    assert picture.pixels.shape == (32, 48, 3)
    assert picture.pixels.dtype == np.uint8
    quarters = picture.pixels[8::16, 12::24].astype(int)
    assert np.abs(quarters - np.asarray(scene())[8::16, 12::24]).max() <= tolerance


def test_the_content_decides_not_the_suffix(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", scene())
    for name in ("a.jpg", "no_suffix", "a.heic"):
        path.rename(tmp_path / name)
        path = tmp_path / name
        assert middle(decode(path, 224)) == [220, 30, 30]


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
@pytest.mark.slow
def test_all_exif_orientations_give_the_same_picture(tmp_path: Path, suffix: str) -> None:
    stored_as = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    for orientation, turn in stored_as.items():
        stored = scene(960, 640) if turn is None else scene(960, 640).transpose(turn)
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = save(tmp_path / f"{orientation}.{suffix}", stored, exif=exif)
        picture = decode(path, 64)
        assert (picture.width, picture.height) == (960, 640), orientation
        assert picture.pixels.shape == (64, 96, 3), orientation
        expected = np.asarray(scene(96, 64))[16::32, 24::48].astype(int)
        assert np.abs(picture.pixels[16::32, 24::48] - expected).max() <= 12, orientation


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_senseless_orientation_is_ignored(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert middle(decode(save(tmp_path / "a.png", scene(), exif=exif), 64)) == [220, 30, 30]


@pytest.mark.parametrize(
    ("full", "short_side", "expected"),
    [
        ((4000, 3000), 224, (299, 224)),
        ((3000, 4000), 512, (512, 683)),
        ((300, 200), 224, (300, 200)),
        ((225, 224), 224, (225, 224)),
        ((3000, 100), 224, (3000, 100)),
        ((100, 3000), 50, (50, 1500)),
        ((449, 448), 224, (224, 224)),
    ],
)
@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.slow
def test_the_short_side_is_as_asked_and_never_enlarged(
    tmp_path: Path, suffix: str, full: tuple[int, int], short_side: int, expected: tuple[int, int]
) -> None:
    picture = decode(save(tmp_path / f"a.{suffix}", scene(*full)), short_side)
    assert picture.pixels.shape == (expected[1], expected[0], 3)
    assert (picture.width, picture.height) == full


@pytest.mark.slow
def test_long_scrolls_come_back_bounded(tmp_path: Path) -> None:
    whole = decode(save(tmp_path / "a.png", flat("L", 90, (30000, 100))), 224)
    assert whole.pixels.shape == (100, 30000, 3)
    strip = decode(save(tmp_path / "b.png", flat("L", 90, (150_000, 250))), 224)
    assert strip.pixels.shape[0] * strip.pixels.shape[1] <= 16_100_000
    assert strip.width == 150_000


@pytest.mark.slow
def test_pictures_beyond_pillows_own_limit_work(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif", flat("L", 77, (18_000, 10_000)), compression="packbits")  # 180 megapixels
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert middle(decode(path, 64)) == [77, 77, 77]
    assert Image.MAX_IMAGE_PIXELS == 1024 * 1024 * 1024 // 4 // 3


def test_reducing_averages_instead_of_skipping_pixels(tmp_path: Path) -> None:
    checks = np.indices((800, 800)).sum(axis=0) % 2 * 255
    pixels = np.repeat(checks[..., None], 3, axis=2).astype(np.uint8)
    picture = decode(save(tmp_path / "a.png", Image.fromarray(pixels)), 100)
    assert np.abs(picture.pixels.astype(int) - 128).max() <= 3


def sixteen_bit(value: int) -> Image.Image:
    return Image.fromarray(np.full((16, 16), value, np.uint16))


MODES: list[tuple[str, Image.Image, str, list[int]]] = [
    ("1-bit", flat("1", 1), "png", [255, 255, 255]),
    ("1-bit black", flat("1", 0), "tif", [0, 0, 0]),
    ("grey", flat("L", 100), "png", [100, 100, 100]),
    ("grey jpeg", flat("L", 100), "jpg", [100, 100, 100]),
    ("16-bit grey", sixteen_bit(100 * 256 + 77), "png", [100, 100, 100]),
    ("16-bit grey", sixteen_bit(100 * 256 + 77), "tif", [100, 100, 100]),
    ("32-bit grey in 8 bits' range", flat("I", 100), "tif", [100, 100, 100]),
    ("32-bit grey in 16 bits' range", flat("I", 100 * 257), "tif", [100, 100, 100]),
    ("float 0-1", flat("F", 0.4), "tif", [102, 102, 102]),
    ("float 0-255", flat("F", 99.6), "tif", [100, 100, 100]),
    ("palette", scene().convert("P", palette=Image.Palette.ADAPTIVE), "png", [220, 30, 30]),
    ("grey under half opacity", flat("LA", (100, 128)), "png", [177, 177, 177]),
    ("half opaque red", flat("RGBA", (255, 0, 0, 128)), "png", [255, 127, 127]),
    ("half opaque red", flat("RGBA", (255, 0, 0, 128)), "tif", [255, 127, 127]),
    ("hidden red", flat("RGBA", (255, 0, 0, 0)), "png", [255, 255, 255]),
    ("hidden black", flat("LA", (0, 0)), "png", [255, 255, 255]),
    ("CMYK", flat("CMYK", (255, 0, 0, 0)), "tif", [0, 255, 255]),
    ("CMYK jpeg (Adobe, inverted)", flat("CMYK", (0, 255, 255, 0)), "jpg", [255, 0, 0]),
    ("YCbCr jpeg tiff", flat("YCbCr", (128, 128, 128)), "tif", [128, 128, 128]),
    ("Lab", flat("LAB", (136, 128, 128)), "tif", [127, 127, 127]),
]


@pytest.mark.parametrize(("name", "im", "suffix", "expected"), MODES, ids=[f"{m[0]}-{m[2]}" for m in MODES])
def test_every_mode_becomes_srgb(tmp_path: Path, name: str, im: Image.Image, suffix: str, expected: list[int]) -> None:
    seen = middle(decode(save(tmp_path / f"a.{suffix}", im), 64))
    assert np.abs(np.subtract(seen, expected)).max() <= 2, seen
    reduced = middle(decode(tmp_path / f"a.{suffix}", 9))
    assert np.abs(np.subtract(reduced, expected)).max() <= 2, reduced


def test_floats_that_are_no_numbers_do_no_harm(tmp_path: Path) -> None:
    values = np.full((16, 16), 0.4, np.float32)
    values[12:, 12:] = np.nan, np.inf, -np.inf, 0.0
    assert middle(decode(save(tmp_path / "a.tif", Image.fromarray(values)), 64)) == [102, 102, 102]


def test_a_dark_16_bit_scan_of_12_bits_is_not_nearly_black(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif", sixteen_bit(0))
    strip = bytes.fromhex("800800") * 8 * 16  # two pixels of 0x800 in three bytes: half of 12 bits
    entries = [(256, 4, 16), (257, 4, 16), (258, 3, 12), (259, 3, 1), (262, 3, 1), (273, 4, 200), (277, 3, 1)]
    entries += [(278, 4, 16), (279, 4, len(strip))]
    body = b"II*\0" + struct.pack("<IH", 8, len(entries))
    for tag, kind, value in entries:
        body += struct.pack("<HHI", tag, kind, 1) + struct.pack("<I" if kind == 4 else "<HH", *([value, 0][: 5 - kind]))
    path.write_bytes(body.ljust(200, b"\0") + strip)
    assert middle(decode(path, 64)) == [128, 128, 128]


@pytest.mark.parametrize("transparency", ["palette", "rgb", "grey"])
def test_transparent_colours_of_png_show_white(tmp_path: Path, transparency: str) -> None:
    im = {
        "palette": scene().convert("P", palette=Image.Palette.ADAPTIVE),
        "rgb": scene(),
        "grey": scene().convert("L"),
    }
    picture = im[transparency]
    value = picture.getpixel((2, 2))
    path = save(tmp_path / "a.png", picture, transparency=value)
    assert middle(decode(path, 64)) == [255, 255, 255]
    if transparency == "palette":
        assert middle(decode(save(tmp_path / "a.gif", picture, transparency=value), 64)) == [255, 255, 255]


def test_hidden_colours_do_not_bleed_when_reduced(tmp_path: Path) -> None:
    pixels = np.zeros((640, 640, 4), np.uint8)
    pixels[..., 0] = 255  # red everywhere, hidden
    pixels[160:480, 160:480] = (0, 0, 255, 255)  # a visible blue square
    reduced = decode(save(tmp_path / "a.png", Image.fromarray(pixels)), 20).pixels.astype(int)
    assert (reduced[..., 2] == 255).all()  # blue or white or between: nowhere a trace of red
    assert np.abs(reduced[..., 0] - reduced[..., 1]).max() <= 1


def test_first_page_and_first_frame(tmp_path: Path) -> None:
    pages = [flat("RGB", (10, 20, 200)), flat("RGB", (200, 20, 10))]
    for suffix in ("tif", "gif", "webp", "png"):
        options: dict[str, Any] = {"lossless": True} if suffix == "webp" else {}
        path = save(tmp_path / f"a.{suffix}", pages[0], save_all=True, append_images=pages[1:], **options)
        assert middle(decode(path, 64)) == [10, 20, 200], suffix


def test_multi_picture_jpegs_show_the_first(tmp_path: Path) -> None:
    first, second = flat("RGB", (10, 20, 200), (600, 400)), flat("RGB", (200, 20, 10), (600, 400))
    first.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[second])
    picture = decode(tmp_path / "a.jpg", 64)
    assert np.abs(np.subtract(middle(picture), [10, 20, 200])).max() <= 3
    assert picture.pixels.shape == (64, 96, 3)


@pytest.mark.parametrize(("mode", "colour"), [("CMYK", (0, 255, 255, 0)), ("RGB", (255, 0, 0)), ("L", 76)])
@pytest.mark.parametrize("progressive", [False, True])
def test_large_jpegs_of_every_kind_reduce_while_decoding(
    tmp_path: Path, mode: str, colour: Any, progressive: bool
) -> None:
    path = save(tmp_path / "a.jpg", flat(mode, colour, (1601, 1203)), progressive=progressive)
    picture = decode(path, 100)
    assert picture.pixels.shape == (100, 133, 3)
    assert np.abs(np.subtract(middle(picture), [76] * 3 if mode == "L" else [255, 0, 0])).max() <= 3
    path.write_bytes(path.read_bytes()[:-400])
    assert code_of(path) == "truncated"


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_adobe_rgb_becomes_srgb(tmp_path: Path, suffix: str) -> None:
    profile = icc.matrix_profile(icc.ADOBE_RGB, 2.19921875)
    options: dict[str, Any] = {"jpg": {"quality": 98, "subsampling": 0}, "webp": {"lossless": True}}.get(suffix, {})
    pixels = np.asarray(Image.new("RGB", (16, 16), (100, 160, 80)))
    path = save(tmp_path / f"a.{suffix}", Image.fromarray(pixels), icc_profile=profile, **options)
    expected = icc.to_srgb(pixels[0, 0], icc.ADOBE_RGB, 2.19921875)
    assert expected[0] < 60  # far from the 100 that ignoring the profile would give
    # JPEG's own rounding is steep here: near black one step of the file is four of sRGB.
    assert np.abs(middle(decode(path, 64)) - expected).max() <= (8 if suffix == "jpg" else 3)


def test_a_profile_with_swapped_channels_is_followed(tmp_path: Path) -> None:
    profile = icc.matrix_profile(icc.SRGB[::-1], 2.2)
    path = save(tmp_path / "a.png", flat("RGB", (200, 60, 20)), icc_profile=profile)
    expected = icc.to_srgb(np.array([20, 60, 200], np.uint8), icc.SRGB, 2.2)
    assert np.abs(np.subtract(middle(decode(path, 64)), expected)).max() <= 2


def test_profiles_apply_to_palettes_and_under_transparency(tmp_path: Path) -> None:
    profile = icc.matrix_profile(icc.SRGB[::-1], 2.2)
    palette = scene().convert("P", palette=Image.Palette.ADAPTIVE)
    path = save(tmp_path / "a.png", palette, icc_profile=profile)
    assert np.abs(np.subtract(middle(decode(path, 64)), [30, 30, 220])).max() <= 6
    path = save(tmp_path / "b.png", flat("RGBA", (255, 0, 0, 128)), icc_profile=profile)
    assert np.abs(np.subtract(middle(decode(path, 64)), [127, 127, 255])).max() <= 3


def test_grey_profiles(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", flat("L", 128), icc_profile=icc.grey_profile(1.0))
    assert np.abs(np.subtract(middle(decode(path, 64)), 188)).max() <= 2
    path = save(tmp_path / "b.png", flat("LA", (128, 255)), icc_profile=icc.grey_profile(1.0))
    assert np.abs(np.subtract(middle(decode(path, 64)), 188)).max() <= 2
    path = save(tmp_path / "c.jpg", flat("L", 128), icc_profile=icc.matrix_profile(icc.SRGB, 1.0))  # an RGB profile
    assert np.abs(np.subtract(middle(decode(path, 64)), 188)).max() <= 2


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_cmyk_profiles(tmp_path: Path, suffix: str) -> None:
    def lab(inks: tuple[int, int, int, int]) -> tuple[int, int, int]:
        cyan, _, _, black = inks
        return (0, 0, 0) if black else (70, -50, 50) if cyan else (100, 0, 0)  # a cyan ink that prints green

    profile = icc.cmyk_profile(lab)
    path = save(tmp_path / f"a.{suffix}", flat("CMYK", (255, 0, 0, 0)), icc_profile=profile)
    red, green, blue = middle(decode(path, 64))
    assert green > 170
    assert red < 130
    assert blue < 100
    path = save(tmp_path / f"b.{suffix}", flat("CMYK", (0, 0, 0, 0)), icc_profile=profile)
    assert min(middle(decode(path, 64))) >= 250


@pytest.mark.parametrize("profile", [b"garbage", bytes(200), b"", icc.matrix_profile(icc.SRGB, 2.2)[:150]])
def test_damaged_and_unfit_profiles_are_ignored(tmp_path: Path, profile: bytes) -> None:
    path = save(tmp_path / "a.jpg", flat("RGB", (200, 60, 20)), icc_profile=profile, quality=98)
    assert np.abs(np.subtract(middle(decode(path, 64)), [200, 60, 20])).max() <= 3
    path = save(tmp_path / "b.png", flat("RGB", (200, 60, 20)), icc_profile=icc.grey_profile(1.0))
    assert middle(decode(path, 64)) == [200, 60, 20]


def test_an_srgb_profile_changes_no_value(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    path = save(tmp_path / "a.png", Image.fromarray(noise), icc_profile=srgb)
    assert (decode(path, 64).pixels == noise).all()


def test_pixels_can_be_written_to(tmp_path: Path) -> None:
    picture = decode(save(tmp_path / "a.png", scene()), 64)
    picture.pixels[0, 0] = 1  # torch.from_numpy warns about arrays that cannot


# What cannot be used


def test_empty_missing_garbage(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("This is no picture.")
    (tmp_path / "zeros.png").write_bytes(bytes(5000))
    (tmp_path / "folder.jpg").mkdir()
    assert code_of(tmp_path / "empty.jpg") == "empty"
    assert code_of(tmp_path / "text.jpg") == "not-an-image"
    assert code_of(tmp_path / "zeros.png") == "not-an-image"
    assert code_of(tmp_path / "folder.jpg") == "not-an-image"
    assert code_of(tmp_path / "gone.jpg") == "vanished"
    assert code_of(tmp_path / "text.jpg" / "below") == "vanished"
    assert code_of("nul\0.jpg") == "vanished"


@pytest.mark.parametrize(("suffix", "options", "tolerance"), FORMATS)
@pytest.mark.parametrize("kept", [0.05, 0.5, 0.95])
def test_files_that_are_cut_off(tmp_path: Path, suffix: str, options: Any, tolerance: int, kept: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = save(tmp_path / f"a.{suffix}", Image.fromarray(noise), **options)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    assert code_of(path) in ({"truncated", "damaged"} if suffix == "tif" else {"truncated"})


def png_claiming(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    buffer = io.BytesIO()
    scene().save(buffer, "PNG")
    valid = buffer.getvalue()
    return valid[:8] + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + valid[33:]


def test_bombs_are_refused_by_their_header(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png_claiming(60_000, 60_000))
    assert code_of(tmp_path / "bomb.png") == "too-large"
    path = save(tmp_path / "a.jpg", scene(200, 100))
    assert code_of(path, max_pixels=19_999) == "too-large"
    assert decode(path, 64, max_pixels=20_000).width == 200


def test_icons_are_too_small(tmp_path: Path) -> None:
    assert code_of(save(tmp_path / "a.png", flat("RGB", 0, (100, 7)))) == "too-small"
    assert decode(save(tmp_path / "b.png", flat("RGB", 0, (8, 8))), 64).width == 8


def test_short_side_must_make_sense(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="short_side"):
        decode(tmp_path / "a.png", 0)


def test_heic_without_its_package_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    program = (
        "import sys; sys.modules['pillow_heif'] = None\n"
        "from artbyol.pictures.decode import decode, decoder_signature\n"
        "from artbyol.base.errors import DecodeError\n"
        "assert 'heif none' in decoder_signature(1)\n"
        "try: decode(sys.argv[1], 64)\n"
        "except DecodeError as error: print(error.code, error.hint)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.heic")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "needs-extra pip install 'artbyol[heic]'"


def test_the_signature_changes_with_the_limit() -> None:
    assert decoder_signature(10) != decoder_signature(11)
    assert "pillow" in decoder_signature(10)


def test_pillows_warnings_stay_inside_and_others_get_out(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "text"
    path = save(tmp_path / "a.tif", scene(), exif=exif)
    data = bytearray(path.read_bytes())
    (directory,) = struct.unpack_from("<I", data, 4)
    struct.pack_into("<H", data, directory, 5000)  # many more entries than the file has: Pillow warns
    path.write_bytes(data)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        decode(path, 64)
        warnings.warn("still heard", stacklevel=1)
        Image.open(path).close()
    assert [str(warning.message)[:12] for warning in caught][:2] == ["still heard", "Corrupt EXIF"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert middle(decode(path, 64)) == [220, 30, 30]


def test_many_threads_get_the_same_pixels(tmp_path: Path) -> None:
    profile = icc.matrix_profile(icc.ADOBE_RGB, 2.2)
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    paths = [save(tmp_path / f"a.{s}", Image.fromarray(noise), icc_profile=profile) for s in ("jpg", "png", "tif")]
    alone = [decode(path, 64).pixels for path in paths]
    with ThreadPoolExecutor(8) as pool:
        for number, picture in enumerate(pool.map(lambda i: decode(paths[i % 3], 64), range(90))):
            assert (picture.pixels == alone[number % 3]).all()


FUZZED = ["jpg", "png", "webp", "tif", "lzw.tif", "gif", "bmp"] + ["avif"] * features.check("avif")
FUZZED += ["heic"] if pillow_heif else []


@pytest.mark.parametrize("suffix", FUZZED)
def test_damaged_bytes_give_a_picture_or_a_decode_error(
    tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(suffix)
    options: dict[str, Any] = {"compression": "tiff_lzw"} if suffix == "lzw.tif" else {}
    if suffix in ("jpg", "png", "tif"):
        options["icc_profile"] = icc.matrix_profile(icc.ADOBE_RGB, 2.2)
        options["exif"] = Image.Exif()
        options["exif"][0x0112] = 6
    valid = save(tmp_path / f"a.{suffix}", scene(), **options).read_bytes()
    path = tmp_path / f"fuzzed.{suffix}"
    for _ in range(250):
        data = bytearray(valid)
        for _ in range(chance.choice([1, 2, 8, 40])):
            data[chance.randrange(min(len(data), chance.choice([64, 400, len(data)])))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        path.write_bytes(data)
        try:
            picture = decode(path, 16, max_pixels=1_000_000)
        except DecodeError as error:
            assert error.code in SKIP_CODES
        else:
            assert picture.pixels.ndim == 3
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


@pytest.mark.parametrize("in_memory", [1 << 20, 0])
@pytest.mark.parametrize(("suffix", "options", "tolerance"), FORMATS)
def test_the_bytes_decoded_are_the_bytes_compared(
    tmp_path: Path, suffix: str, options: Any, tolerance: int, in_memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artbyol.pictures.decode._IN_MEMORY", in_memory)
    path = save(tmp_path / f"a.{suffix}", scene(), **options)
    digest = content_hash(path)
    assert np.array_equal(decode_content(path, digest, 16).pixels, decode(path, 16).pixels)

    def code(content: bytes) -> str:
        with pytest.raises(DecodeError) as caught:
            decode_content(path, content, 16)
        return caught.value.code

    assert code(b"x" * 16) == "changed"
    path.write_bytes(path.read_bytes()[:40])
    assert code(digest) == "changed"  # not damaged: that would be said of the content
    assert code(content_hash(path)) in ("truncated", "damaged")
    path.unlink()
    assert code(digest) == "vanished"
    path.mkdir()
    assert code(digest) == "changed"


def test_a_large_file_written_to_while_it_is_decoded_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artbyol.pictures.decode._IN_MEMORY", 0)
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    path = save(tmp_path / "a.png", Image.fromarray(noise))
    digest = content_hash(path)

    def decoded(*rest: Any) -> Picture:
        picture = _decoded(*rest)
        with path.open("r+b") as file:
            file.seek(-5, 2)
            file.write(b"!")
        return picture

    monkeypatch.setattr("artbyol.pictures.decode._decoded", decoded)
    with pytest.raises(DecodeError) as caught:
        decode_content(path, digest, 16)
    assert caught.value.code == "changed"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="every file is hashed again")
@pytest.mark.parametrize("in_memory", [1 << 20, 0])
def test_a_file_hashed_before_is_hashed_again_only_if_it_was_written_to(
    tmp_path: Path, in_memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artbyol.pictures.decode._IN_MEMORY", in_memory)
    path = save(tmp_path / "a.bmp", scene())
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    digest = content_hash(path)
    with path.open("rb") as file:
        assert hashed_before(file) is None  # it is too new to be sure
    monkeypatch.setattr("artbyol.pictures.scan._SETTLED", -1)
    digest = content_hash(path)
    with path.open("rb") as file:
        if hashed_before(file) is None:
            pytest.skip("not on a disk")
        assert hashed_before(file) == digest
    with monkeypatch.context() as patch:
        patch.setattr("artbyol.pictures.decode.hash_of", None)
        assert decode_content(path, digest, 16).width == 48
    time.sleep(0.02)  # longer than a tick of the clock that dates changes
    with path.open("r+b") as file:
        file.seek(-3, 2)
        file.write(b"!")
    os.utime(path, ns=times)
    with pytest.raises(DecodeError, match="changed"):
        decode_content(path, digest, 16)
