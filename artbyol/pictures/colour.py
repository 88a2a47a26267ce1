"""Every kind of pixel a picture file can hold, brought to 8-bit sRGB, as a screen shows it on a white page."""

import functools
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

_BITS_PER_SAMPLE = 258  # TIFF tags
_PHOTOMETRIC = 262
_SAMPLE_FORMAT = 339
_MIN_IS_WHITE = 0

_SRGB_CHROMATICITIES = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

_MODE_OF_SPACE = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_AS_GOOD_AS_SRGB = 2  # of 255: the many sRGB profiles in use differ by rounding


def averageable(im: Image.Image) -> Image.Image:
    """The picture in a mode whose neighbouring values may be averaged: L, La, RGB, RGBa, CMYK or LAB.

    Palettes are looked up, deep greys scaled to 8 bits, and colours multiplied by their opacity, so that a colour
    hidden under transparent pixels cannot bleed into the visible ones when the picture is made smaller.
    """
    mode = im.mode
    if mode.startswith("I;16"):
        grey = Image.fromarray(_from_16_bits(im))
        hidden = im.info.get("transparency")
        if isinstance(hidden, int):
            seen = Image.fromarray(np.where(np.asarray(im) == hidden, np.uint8(0), np.uint8(255)))
            return Image.merge("LA", (grey, seen)).convert("La")
        return grey
    if mode in ("I", "F") or _signed_bytes(im):
        return Image.fromarray(_from_any_range(im))
    if mode in ("L", "RGB", "1") and "transparency" in im.info:
        return im.convert("RGBA").convert("RGBa") if mode == "RGB" else im.convert("LA").convert("La")
    if mode in ("L", "La", "RGB", "RGBa", "CMYK", "LAB"):
        return im
    if mode == "1":
        return im.convert("L")
    if mode == "LA":
        return im.convert("La")
    if mode in ("RGBA", "PA") or (mode == "P" and im.has_transparency_data):
        return im.convert("RGBA").convert("RGBa")
    return im.convert("RGB")


def to_srgb(im: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert an `averageable` picture to RGB in sRGB, over white where it is transparent.

    Args:
        profile: the embedded ICC profile. One that is damaged, or made for another kind of picture, is ignored.
    """
    if im.mode in ("La", "RGBa"):
        straight = im.convert("LA" if im.mode == "La" else "RGBA")
        opaque = straight.getchannel("L") if im.mode == "La" else straight.convert("RGB")
        page = Image.new("RGB", im.size, "white")
        page.paste(to_srgb(opaque, profile), mask=straight.getchannel("A"))
        return page
    if im.mode != "LAB" and profile:
        mode, transform = _transform(profile)
        if im.mode == "L" and mode == "RGB":  # a grey picture saved by a program that tags everything alike
            im = im.convert("RGB")
        if transform is not None and im.mode == mode:
            return transform.apply(im)
    return im.convert("RGB")


@functools.lru_cache(maxsize=16)
def _transform(profile: bytes) -> tuple[str, ImageCms.ImageCmsTransform | None]:
    """The mode a profile is made for, and the way from there to sRGB: None where there is nothing to do.

    Transforms are shared between threads: LittleCMS only reads them while it works.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = _MODE_OF_SPACE.get(source.profile.xcolor_space.strip(), "")
        if not mode:
            return "", None
        # Relative colorimetric with black point compensation is what image editors do by default.
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        return mode, None if _changes_nothing(transform, mode) else transform
    except Exception:  # a profile is foreign data too, and a picture without one is better than none
        return "", None


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether a profile is sRGB by what it does; its name says little."""
    if mode == "CMYK":
        return False
    steps = np.arange(0, 256, 51 if mode == "RGB" else 1, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3) if mode == "RGB" else steps[None]
    before = Image.fromarray(np.ascontiguousarray(cube))
    after = np.asarray(transform.apply(before)).astype(int)
    return bool(np.abs(after - np.asarray(before.convert("RGB"))).max() <= _AS_GOOD_AS_SRGB)


def from_gamma(rgb: Image.Image, gamma: float, chromaticities: Sequence[float] | None) -> Image.Image:
    """What a PNG says instead of a profile, brought to sRGB as browsers do: light to the power of gamma is its value.

    Args:
        chromaticities: x and y of white, red, green and blue; None: those of sRGB.
    """
    matrix = _to_srgb_primaries(tuple(chromaticities)) if chromaticities else np.eye(3)
    if not 0.05 < gamma < 20 or (abs(gamma - 1 / 2.2) < 0.01 and np.abs(matrix - np.eye(3)).max() < 0.01):
        return rgb
    light = ((np.arange(256) / 255) ** (1 / gamma)).astype(np.float32)[np.asarray(rgb)]
    light = np.clip(light @ matrix.T.astype(np.float32), 0, 1)
    values = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return Image.fromarray((255 * values + 0.5).astype(np.uint8))


def _to_srgb_primaries(chromaticities: Sequence[float]) -> npt.NDArray[np.float64]:
    """From linear red, green and blue of these chromaticities to those of sRGB; white stays white."""

    def to_xyz(xy: Sequence[float]) -> npt.NDArray[np.float64]:
        columns = [np.array([x / y, 1, (1 - x - y) / y]) for x, y in zip(xy[::2], xy[1::2], strict=True)]
        primaries = np.stack(columns[1:], axis=1)
        return primaries * np.linalg.solve(primaries, columns[0])

    try:
        given, srgb = to_xyz(chromaticities), to_xyz(_SRGB_CHROMATICITIES)
        # Bradford's cones: each in proportion to what it makes of the two whites.
        cones = _BRADFORD @ srgb.sum(axis=1) / (_BRADFORD @ given.sum(axis=1))
        matrix: npt.NDArray[np.float64] = np.linalg.inv(srgb) @ np.linalg.inv(_BRADFORD) * cones @ _BRADFORD @ given
    except (ZeroDivisionError, np.linalg.LinAlgError):
        return np.eye(3)
    return matrix if np.isfinite(matrix).all() else np.eye(3)


def _signed_bytes(im: Image.Image) -> bool:
    tags: Any = getattr(im, "tag_v2", {})
    return im.mode == "L" and 2 in tags.get(_SAMPLE_FORMAT, ())


def _from_16_bits(im: Image.Image) -> npt.NDArray[np.uint8]:
    """Scale (H, W) greys of 9 to 16 bits to 8."""
    tags: Any = getattr(im, "tag_v2", {})
    bits = tags.get(_BITS_PER_SAMPLE, (16,))
    # Scanners store 12 bits as they are: shifted like 16 they would come out nearly black.
    shift = bits[0] - 8 if isinstance(bits, tuple) and bits and 8 < bits[0] < 16 else 8
    grey: npt.NDArray[np.uint8] = np.minimum(np.asarray(im) >> shift, 255).astype(np.uint8)
    if tags.get(_PHOTOMETRIC) == _MIN_IS_WHITE:  # Pillow turns such greys round at 1 to 8 bits, not above
        np.subtract(255, grey, out=grey)
    return grey


def _from_any_range(im: Image.Image) -> npt.NDArray[np.uint8]:
    """Scale greys of signed or 32-bit integers or floats to 8 bits; custom varies, so the data tell the range."""
    tags: Any = getattr(im, "tag_v2", {})
    values = np.asarray(im)
    if im.mode == "L":
        values = values.view(np.int8)
    elif im.mode == "I" and 1 in tags.get(_SAMPLE_FORMAT, (1,)) and 32 in tags.get(_BITS_PER_SAMPLE, ()):
        values = values.view(np.uint32)
    finite = values.astype(np.float32)
    np.nan_to_num(finite, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    if low < 0 or high > 65535:
        finite -= low
        finite *= 255 / max(high - low, 1e-30)
    elif high > 255:
        finite /= 257
    elif values.dtype.kind == "f" and high <= 1:
        finite *= 255
    finite += 0.5
    grey: npt.NDArray[np.uint8] = np.clip(finite, 0, 255, out=finite).astype(np.uint8)
    if tags.get(_PHOTOMETRIC) == _MIN_IS_WHITE:
        np.subtract(255, grey, out=grey)
    return grey
