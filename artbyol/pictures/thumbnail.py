"""Pictures fitted into a rectangle: upright, colour managed, their proportions kept."""

from PIL import Image

from artbyol.base.run import DEFAULT_MAX_PIXELS
from artbyol.pictures.decode import Picture, decode


def thumbnail(
    path: bytes, width: int, height: int, *, most_enlarged: float = 1.0, max_pixels: int = DEFAULT_MAX_PIXELS
) -> Image.Image:
    """A file's picture, at most (width, height) pixels and at most so many times its own size.

    Raises:
        DecodeError: as `decode`.
    """
    return fitted(decode(path, max(width, height), max_pixels), width, height, most_enlarged=most_enlarged)


def fitted(picture: Picture, width: float, height: float, *, most_enlarged: float = 1.0) -> Image.Image:
    """A decoded picture, at most (width, height) pixels and at most so many times its own size."""
    scale = min(width / picture.width, height / picture.height, most_enlarged)
    return resized(picture, (max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))


def resized(picture: Picture, size: tuple[int, int]) -> Image.Image:
    """A decoded picture at exactly this size (width, height)."""
    image = Image.fromarray(picture.pixels)
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
