"""Progressive JPEGs that are made smaller: near to what the whole file gives, whatever script their scans follow."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artbyol.pictures import look
from artbyol.pictures.decode import decode
from artbyol.pictures.progressive import (
    GREATEST_ERROR,
    JpegScan,
    components_of,
    quantisation_tables,
    scans_needed,
    spans_needed,
)

SAMPLE = next((Path(__file__).parents[2] / "sample_images").glob("*.jpg"))
COLOUR = {1: (2, 2, 0), 2: (1, 1, 1), 3: (1, 1, 1)}  # 4:2:0, as libjpeg writes it


def jpeg(quality: int = 90, side: int = 1200, **options: object) -> bytes:
    with Image.open(SAMPLE) as image:
        large = np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)).astype(np.int16)
    grain = np.random.default_rng(0).integers(-6, 7, (side, side, 1), np.int16)
    written = io.BytesIO()
    Image.fromarray((large + grain).clip(0, 255).astype(np.uint8)).save(
        written, "JPEG", quality=quality, progressive=True, **options
    )
    return written.getvalue()


def bytes_read(content: bytes, short_side: int) -> int:
    return look.look_at(io.BytesIO(content), "JPEG", short_side).source.seek(0, 2)


def whole(content: bytes, short_side: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """What every scan gives."""
    with monkeypatch.context() as patch:
        patch.setattr("artbyol.pictures.progressive.GREATEST_ERROR", -1.0)
        return decoded(content, short_side, tmp_path)


def decoded(content: bytes, short_side: int, tmp_path: Path) -> np.ndarray:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    return decode(path, short_side).pixels.astype(float)


@pytest.mark.parametrize("short_side", [290, 550])
@pytest.mark.parametrize("options", [{}, {"quality": 50}, {"subsampling": 0}])
def test_a_smaller_size_is_near_to_what_all_scans_give(
    short_side: int, options: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = jpeg(**options)
    difference = decoded(content, short_side, tmp_path) - whole(content, short_side, tmp_path, monkeypatch)
    assert np.sqrt((difference**2).mean()) <= GREATEST_ERROR
    assert abs(difference.mean()) < 0.2  # nothing becomes lighter or darker


def test_most_of_the_file_is_left_out_at_a_quarter_and_nothing_at_full_size() -> None:
    content = jpeg()
    assert bytes_read(content, 290) < len(content) / 2
    assert bytes_read(content, 1000) == len(content)


def test_at_an_eighth_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = jpeg(subsampling=0)
    assert bytes_read(content, 150) < len(content) / 2
    assert (decoded(content, 150, tmp_path) == whole(content, 150, tmp_path, monkeypatch)).all()


def test_a_file_cut_off_in_a_scan_that_is_not_needed_is_cut_off_still() -> None:
    content = jpeg()
    for short_side in (150, 290, 1000):
        with pytest.raises(Exception, match="cut off"):
            look.look_at(io.BytesIO(content[: int(0.9 * len(content))]), "JPEG", short_side)


def test_other_scripts_are_read_by_what_their_scans_say() -> None:
    components = components_of(b"\x03" + b"".join(bytes((name, h << 4 | v, t)) for name, (h, v, t) in COLOUR.items()))
    tables = quantisation_tables(b"\0" + b"\3" * 64 + b"\1" + b"\3" * 64)

    def needed(reduction: int, *scans: tuple[tuple[int, ...], int, int, int, int]) -> list[int]:
        return scans_needed([JpegScan(*scan) for scan in scans], components, tables, reduction)

    means, chroma = ((1, 2, 3), 0, 0, 0, 0), [((name,), 1, 63, 0, 0) for name in (2, 3)]
    # By bands alone: those that a quarter averages away are left out.
    bands = [((1,), 1, 9, 0, 0), ((1,), 10, 20, 0, 0), ((1,), 36, 63, 0, 0)]
    assert needed(4, means, *chroma, *bands) == [0, 1, 2, 3, 4]
    assert needed(8, means, *chroma, *bands) == [0, 1, 2, 3]
    assert needed(2, means, *chroma, *bands) == [0, 1, 2, 3, 4, 5]
    # By bits alone: a bit is left out, but none that a later one needs.
    bits = [((1,), 1, 63, 0, 2), ((1,), 1, 63, 2, 1), ((1,), 1, 63, 1, 0)]
    assert needed(4, means, *chroma, *bits) == [0, 1, 2, 3]
    assert needed(1, means, *chroma, *bits) == [0, 1, 2, 3, 4, 5]
    # A coarse table makes every bit count.
    tables[0] = tables[0] * 20
    assert needed(4, means, *chroma, *bits) == [0, 1, 2, 3, 4, 5]


def test_what_is_out_of_the_ordinary_is_decoded_whole() -> None:
    content = jpeg(side=400)
    start = content.index(b"\xff\xda")
    frame = content.index(b"\xff\xc2")
    components = components_of(content[frame + 9 :])
    steps = {0: np.full(64, 3.0), 1: np.full(64, 3.0)}
    data = content[start:]
    assert spans_needed(data, components, steps, 4)
    second = data.index(b"\xff\xc4")
    table = struct.pack(">BBH", 255, 0xDB, 67) + b"\0" + b"\1" * 64  # other steps, half-way
    for odd in (
        data[:second] + table + data[second:],
        data[:-2],  # without its end
        data[:4] + b"\x09" + data[5:],  # of nine components
        data[:second] + b"\xff\xd8" + data[second:],
        data[:second] * 300 + data[second:],
        b"\xff\xda",
        b"",
    ):
        assert spans_needed(odd, components, steps, 4) is None
    assert spans_needed(data, components, {0: steps[0]}, 4) is None
