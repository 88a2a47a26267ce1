"""Sound files of unusual kinds: they show what every viewer shows, or are skipped with a reason."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms

from artbyol.base.errors import DecodeError
from artbyol.pictures.decode import decode
from tests import icc
from tests.pictures.hostile import png_chunk, png_with, tiff, valid_files

Array = npt.NDArray[Any]

SCENE: Array = np.zeros((16, 24, 3), np.uint8)
SCENE[:8, :12], SCENE[:8, 12:], SCENE[8:, :12], SCENE[8:, 12:] = (200, 40, 20), (30, 160, 60), (20, 50, 180), (240,) * 3
GREY: Array = SCENE[..., 0]
SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def decoded(path: Path, content: bytes) -> Array:
    path.write_bytes(content)
    return decode(path, 64).pixels.astype(int)


def code(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(DecodeError) as caught:
        decode(path, 64)
    return caught.value.code


def tiff_of(samples: Array, *, planes: bool = False, big: bool = False, rows: int = 8, **tags: Any) -> bytes:
    """An uncompressed TIFF (or deflated: t259=8) of an array (height, width, samples), in strips."""
    height, width, count = samples.shape
    by_plane = [samples[..., n : n + 1] for n in range(count)] if planes else [samples]
    strips = [
        np.ascontiguousarray(plane[top : top + rows]).astype(samples.dtype.newbyteorder(">" if big else "<")).tobytes()
        for plane in by_plane
        for top in range(0, height, rows)
    ]
    if tags.get("t259") == 8:
        strips = [zlib.compress(strip) for strip in strips]
    known = {256: width, 257: height, 258: (samples.dtype.itemsize * 8,) * count, 259: 1, 262: 2 if count > 2 else 1}
    known |= {277: count, 278: rows, 279: tuple(map(len, strips)), 284: 2 if planes else 1}
    known |= {int(name[1:]): value for name, value in tags.items()}
    entries = [(tag, 4, v if isinstance(v, tuple) else (v,)) for tag, v in known.items() if tag not in _SHORTS]
    entries += [(tag, 3, v if isinstance(v, tuple) else (v,)) for tag, v in known.items() if tag in _SHORTS]
    # Where the strips lie is known once it is known how long everything before them is.
    before = len(tiff([*entries, (273, 4, (0,) * len(strips))], big_endian=big))
    places = tuple(before + sum(map(len, strips[:n])) for n in range(len(strips)))
    return tiff([*entries, (273, 4, places)], b"".join(strips), big)


_SHORTS = {258, 259, 262, 274, 277, 284, 317, 320, 332, 338, 339, 530}


@pytest.mark.parametrize("planes", [False, True])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("packing", [1, 8])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_planes_and_byte_orders(tmp_path: Path, planes: bool, big: bool, packing: int, dtype: type) -> None:
    wide = SCENE.astype(dtype) * (257 if dtype is np.uint16 else 1)
    assert (decoded(tmp_path / "a.tif", tiff_of(wide, planes=planes, big=big, t259=packing)) == SCENE).all()
    opaque = np.dstack([wide, np.full(SCENE.shape[:2], np.iinfo(dtype).max, dtype)])
    assert (decoded(tmp_path / "b.tif", tiff_of(opaque, planes=planes, big=big, t259=packing, t338=2)) == SCENE).all()
    assert (decoded(tmp_path / "c.tif", tiff_of(opaque, planes=planes, big=big, t259=packing, t338=0)) == SCENE).all()
    inks = np.dstack([np.iinfo(dtype).max - wide, np.zeros(SCENE.shape[:2], dtype)])
    content = tiff_of(inks, planes=planes, big=big, t259=packing, t262=5)
    assert np.abs(decoded(tmp_path / "d.tif", content) - SCENE).max() <= 1


def test_tiff_planes_that_pillow_would_mix_up_are_skipped(tmp_path: Path) -> None:
    two = np.dstack([GREY, np.full_like(GREY, 255)])
    assert (decoded(tmp_path / "a.tif", tiff_of(two, t338=2))[..., 0] == GREY).all()
    assert code(tmp_path / "a.tif", tiff_of(two, planes=True, t338=2)) == "unsupported"
    assert code(tmp_path / "a.tif", tiff_of(SCENE, planes=True, t262=8)) == "unsupported"
    clear = np.dstack([SCENE, np.full_like(GREY, 128)])
    assert code(tmp_path / "a.tif", tiff_of(clear, planes=True, t338=1)) == "unsupported"
    assert code(tmp_path / "a.tif", tiff_of(np.dstack([SCENE, GREY]), t262=5, t332=2)) == "unsupported"


@pytest.mark.parametrize("most", [255, 65_535])
@pytest.mark.parametrize("big", [False, True])
def test_tiff_colour_maps_of_either_range(tmp_path: Path, most: int, big: bool) -> None:
    numbers = np.repeat(np.repeat([[0, 1], [2, 3]], 8, 0), 12, 1).astype(np.uint8)[..., None]
    colours = np.zeros((3, 256), int)
    colours[:, :4] = SCENE[::8, ::12].reshape(4, 3).T.astype(int) * (most // 255)
    content = tiff_of(numbers, big=big, t262=3, t320=tuple(colours.ravel().tolist()))
    assert (decoded(tmp_path / "a.tif", content) == SCENE).all()


@pytest.mark.parametrize("packing", [1, 8])
def test_tiff_luma_and_chroma(tmp_path: Path, packing: int) -> None:
    luma = np.asarray(Image.fromarray(SCENE).convert("YCbCr"))
    content = tiff_of(np.ascontiguousarray(luma), t262=6, t259=packing, t530=(1, 1))
    assert np.abs(decoded(tmp_path / "a.tif", content) - SCENE).max() <= 3
    # Four lumas, then one pair of chromas: as many a row as 24 pixels of 1.5 bytes.
    blocks = luma.reshape(8, 2, 12, 2, 3)
    packed = np.concatenate([blocks[..., 0].transpose(0, 2, 1, 3).reshape(8, 12, 4), blocks[:, 0, :, 0, 1:]], axis=-1)
    strip = packed.tobytes()
    strip = zlib.compress(strip) if packing == 8 else strip
    tags = [(256, 4, (24,)), (257, 4, (16,)), (258, 3, (8, 8, 8)), (259, 3, (packing,)), (262, 3, (6,)), (277, 3, (3,))]
    tags += [(278, 4, (16,)), (279, 4, (len(strip),)), (530, 3, (2, 2)), (273, 4, (-1,))]
    assert np.abs(decoded(tmp_path / "b.tif", tiff(tags, strip)) - SCENE).max() <= 3


def test_tiff_old_jpeg(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(SCENE).save(buffer, "JPEG", quality=95, subsampling=0)
    tags = [(256, 4, (24,)), (257, 4, (16,)), (258, 3, (8, 8, 8)), (259, 3, (6,)), (262, 3, (6,)), (277, 3, (3,))]
    tags += [(278, 4, (16,)), (513, 4, (-1,)), (514, 4, (len(buffer.getvalue()),)), (530, 3, (1, 1)), (273, 4, (-1,))]
    tags += [(279, 4, (len(buffer.getvalue()),)), (512, 3, (1,))]
    assert np.abs(decoded(tmp_path / "a.tif", tiff(tags, buffer.getvalue())) - SCENE).max() <= 6


def test_tiff_greys_of_every_kind(tmp_path: Path) -> None:
    def shown(samples: Array, **tags: Any) -> Array:
        return decoded(tmp_path / "a.tif", tiff_of(samples[..., None], **tags))[..., 0]

    deep = GREY.astype(np.uint16) * 257
    for big in (False, True):
        assert (shown(deep, big=big) == GREY).all()
        halved = shown((deep // 2).astype(np.int16), big=big, t339=2)
        assert np.abs(halved - GREY // 2).max() <= 1
    assert (shown(deep, t262=0) == 255 - GREY).all()
    assert (shown(GREY, t262=0) == 255 - GREY).all()
    for big in (False, True):
        light = GREY.astype(np.float32) / 255
        assert np.abs(shown(light, big=big, t339=3) - GREY).max() <= 1
        assert np.abs(shown(light, big=big, t339=3, t262=0) - (255 - GREY)).max() <= 1
    around_zero = (GREY.astype(int) - 128).astype(np.int8)
    assert np.ptp(shown(around_zero, t339=2)) == 255
    assert (
        np.diff(shown(around_zero, t339=2)[[0, 0, 8], [0, 20, 0]][np.argsort(GREY[[0, 0, 8], [0, 20, 0]])]) > 0
    ).all()
    huge = GREY.astype(np.uint32) * 16_843_009  # up to 2^32
    low, high = GREY.min(), GREY.max()
    assert np.abs(shown(huge) - (GREY.astype(int) - low) * 255 / (high - low)).max() <= 1
    for dtype in (np.float64, np.float16, np.uint64):
        assert code(
            tmp_path / "a.tif", tiff_of(GREY.astype(dtype)[..., None], t339=1 if dtype == np.uint64 else 3)
        ) in (
            "unsupported",
            "damaged",
        )


@pytest.mark.parametrize(("predictor", "mode"), [(2, "RGB"), (2, "I;16"), (3, "F")])
def test_tiff_predictors(tmp_path: Path, predictor: int, mode: str) -> None:
    im = {"RGB": SCENE, "I;16": GREY.astype(np.uint16) * 257, "F": GREY.astype(np.float32) / 255}[mode]
    buffer = io.BytesIO()
    Image.fromarray(im).save(buffer, "TIFF", compression="tiff_adobe_deflate", tiffinfo={317: predictor})
    assert (np.abs(decoded(tmp_path / "a.tif", buffer.getvalue())[..., 0] - GREY) <= 1).all()


def test_tiff_with_the_thumbnail_first(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    small, large = Image.new("RGB", (16, 16)), Image.fromarray(SCENE)
    small.save(buffer, "TIFF", save_all=True, append_images=[large], tiffinfo={254: 1})
    content = bytearray(buffer.getvalue())
    assert decoded(tmp_path / "a.tif", bytes(content)).shape in (SCENE.shape, (16, 16, 3))
    second = struct.unpack_from("<I", content, 8 + 2 + 12 * struct.unpack_from("<H", content, 8)[0])[0]
    for entry in range(second + 2, second + 2 + 12 * struct.unpack_from("<H", content, second)[0], 12):
        if struct.unpack_from("<H", content, entry)[0] == 254:
            struct.pack_into("<I", content, entry + 8, 0)
    assert (decoded(tmp_path / "a.tif", bytes(content)) == SCENE).all()


# PNG


@pytest.mark.parametrize(
    "chunk",
    [
        png_chunk(b"iCCP", b"p\0\0" + zlib.compress(SRGB_PROFILE + bytes(1_500_000))),
        png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"word " * 1_000_000)),
        png_chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(b"word " * 1_000_000)),
        png_chunk(b"tEXt", b"Comment\0words", wrong=1),
        png_chunk(b"iCCP", b"p\0\0" + zlib.compress(icc.matrix_profile(icc.SRGB[::-1], 2.2)), wrong=1),
        png_chunk(b"tRNS", b"\0\0\0\0\0\0", wrong=1),
        png_chunk(b"pHYs", b"\0\0\0\1"),
        png_chunk(b"gAMA", b"\0"),
        png_chunk(b"cHRM", b"\0" * 5),
        png_chunk(b"sRGB", b""),
        png_chunk(b"acTL", b"\0"),
        png_chunk(b"fcTL", bytes(26)),
        png_chunk(b"tIME", b""),
        png_chunk(b"tRNS", b"\0"),
    ],
)
def test_what_lies_beside_the_pixels_of_a_png_does_not_condemn_them(tmp_path: Path, chunk: bytes) -> None:
    expected = decoded(tmp_path / "plain.png", valid_files()["plain.png"])
    assert np.abs(decoded(tmp_path / "a.png", png_with(chunk)) - expected).max() <= 2
    assert np.abs(decoded(tmp_path / "a.png", png_with(behind=chunk)) - expected).max() <= 2


def test_damaged_pixels_of_a_png_are_refused(tmp_path: Path) -> None:
    plain = valid_files()["plain.png"]
    start = plain.index(b"IDAT") + 4
    end = plain.index(b"IEND") - 8
    for at in range(start, end, 7):
        broken = plain[:at] + bytes((plain[at] ^ 255,)) + plain[at + 1 :]
        assert code(tmp_path / "a.png", broken) in ("damaged", "truncated"), at


def test_png_gamma_and_primaries_are_followed_unless_there_is_something_better(tmp_path: Path) -> None:
    def grey_of(*chunks: bytes) -> list[int]:
        head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
        rows = zlib.compress((b"\0" + bytes((100, 160, 80)) * 8) * 8)
        body = b"".join(chunks) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
        return decoded(tmp_path / "a.png", b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + body)[4, 4].tolist()

    linear, usual = (png_chunk(b"gAMA", struct.pack(">I", value)) for value in (100_000, 45_455))
    adobe = png_chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000))
    assert grey_of() == grey_of(usual) == grey_of(linear, png_chunk(b"sRGB", b"\0")) == [100, 160, 80]
    assert np.abs(np.subtract(grey_of(linear), icc.to_srgb(np.array([100, 160, 80]), icc.SRGB, 1.0))).max() <= 2
    assert (
        np.abs(np.subtract(grey_of(usual, adobe), icc.to_srgb(np.array([100, 160, 80]), icc.ADOBE_RGB, 2.2))).max() <= 2
    )
    profile = png_chunk(b"iCCP", b"p\0\0" + zlib.compress(icc.matrix_profile(icc.SRGB, 2.2)))
    assert np.abs(np.subtract(grey_of(linear, profile), [100, 160, 80])).max() <= 2
    assert grey_of(png_chunk(b"gAMA", bytes(4))) == [100, 160, 80]


@pytest.mark.parametrize(("depth", "colour"), [(1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (8, 2), (16, 2)])
def test_png_of_every_depth_hides_its_transparent_colour(tmp_path: Path, depth: int, colour: int) -> None:
    hidden, seen = (0, 1) if depth == 1 else (1, 2) if depth < 8 else (40, 120)
    if depth == 16:
        hidden, seen = 65_400, 120 * 257
    channels = 3 if colour == 2 else 1

    def row(value: int) -> bytes:
        return b"\0" + (int("".join(f"{value:0{depth}b}" for _ in range(8 * channels)), 2)).to_bytes(
            depth * channels, "big"
        )

    head = struct.pack(">IIBBBBB", 8, 8, depth, colour, 0, 0, 0)
    chunks = png_chunk(b"IHDR", head) + png_chunk(b"tRNS", struct.pack(">H", hidden) * channels)
    rows = zlib.compress(row(hidden) * 4 + row(seen) * 4)
    shown = decoded(
        tmp_path / "a.png", b"\x89PNG\r\n\x1a\n" + chunks + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    )
    assert shown[1, 1].tolist() == [255] * 3
    assert shown[6, 6].tolist() == [round(seen * 255 / (2**depth - 1))] * 3


def test_png_of_16_bits_with_a_dark_transparent_colour_is_skipped(tmp_path: Path) -> None:
    head = struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0)
    body = png_chunk(b"IHDR", head) + png_chunk(b"tRNS", bytes(6)) + png_chunk(b"IDAT", zlib.compress(bytes(49 * 8)))
    assert code(tmp_path / "a.png", b"\x89PNG\r\n\x1a\n" + body + png_chunk(b"IEND", b"")) == "unsupported"


# JPEG and GIF


def jpeg(im: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    im.save(buffer, "JPEG", quality=95, subsampling=0, **options)
    return buffer.getvalue()


def test_jpeg_colours_with_and_without_marks(tmp_path: Path) -> None:
    plain = jpeg(Image.fromarray(SCENE))
    assert np.abs(decoded(tmp_path / "a.jpg", plain) - SCENE).max() <= 6
    unmarked = plain[:2] + plain[2 + 2 + 16 :]  # no JFIF
    assert unmarked[2:4] == b"\xff\xdb"
    assert np.abs(decoded(tmp_path / "a.jpg", unmarked) - SCENE).max() <= 6
    as_rgb = jpeg(Image.fromarray(SCENE), keep_rgb=True)
    assert np.abs(decoded(tmp_path / "a.jpg", as_rgb) - SCENE).max() <= 6


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_filled_up_with_zeros_where_its_copy_broke_off_is_cut_off(tmp_path: Path, progressive: bool) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    whole = jpeg(Image.fromarray(noise), progressive=progressive, optimize=True)
    half = len(whole) // 2
    assert code(tmp_path / "a.jpg", whole[:half] + bytes(len(whole) - half)) == "truncated"
    assert decoded(tmp_path / "a.jpg", whole + bytes(100_000)).shape == (64, 64, 3)


def test_jpegs_of_more_bits_are_not_called_damaged(tmp_path: Path) -> None:
    plain = jpeg(Image.fromarray(SCENE))
    frame = plain.index(b"\xff\xc0")
    assert code(tmp_path / "a.jpg", plain[: frame + 4] + b"\x0c" + plain[frame + 5 :]) == "unsupported"


def test_a_gif_frame_smaller_than_its_screen_lies_on_white(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(SCENE).quantize(4).save(buffer, "GIF")
    content = bytearray(buffer.getvalue())
    struct.pack_into("<HH", content, 6, 40, 30)
    frame = content.index(b",", 13)
    struct.pack_into("<HH", content, frame + 1, 10, 8)
    shown = decoded(tmp_path / "a.gif", bytes(content))
    assert shown.shape == (30, 40, 3)
    assert np.abs(shown[8:24, 10:34] - SCENE).max() <= 8
    assert (shown[:8] == 255).all() and (shown[24:] == 255).all() and (shown[:, 34:] == 255).all()
