"""No picture can stop a folder: whatever a file holds, it ends soon, as a picture or as a skip with a reason."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artbyol.base.errors import DecodeError
from artbyol.base.processes import Room
from artbyol.pictures import apart
from artbyol.pictures.decode import decode, decode_content, header
from artbyol.pictures.scan import content_hash
from artbyol.pictures.skips import SKIP_CODES
from tests.fuzz.decode import is_fault, try_all
from tests.pictures.hostile import jpeg_of_scans, make_hostile_folder, png_chunk, png_of, png_with, valid_files


def code_of(path: Path, **options: int) -> str:
    with pytest.raises(DecodeError) as caught:
        decode(path, 64, **options)
    return caught.value.code


@pytest.mark.slow
def test_hostile_pictures_end_as_a_picture_or_as_a_skip(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert make_hostile_folder(tmp_path) > 500
    pictures = 0
    for path in sorted(tmp_path.iterdir()):
        try:
            # Of fewer pixels than a user may have: a second each would be too long for a test.
            picture = decode(path, 64, max_pixels=20_000_000)
            pictures += 1
            assert picture.pixels.ndim == 3 and min(picture.width, picture.height) >= 8, path.name
        except DecodeError as error:
            assert error.code in SKIP_CODES and error.message.startswith(SKIP_CODES[error.code]), path.name
        try:
            with header(path) as im:
                im.getexif()
        except DecodeError:
            pass
    assert pictures > 100
    assert "".join(capfd.readouterr()) == ""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks at memory as Linux tells it")
def test_bent_files_end_as_a_picture_or_as_a_skip() -> None:
    done = try_all(260, seed=7)
    assert len(done) == 260 and not list(filter(is_fault, done))
    assert {one.outcome for one in done} >= {"picture", "damaged", "truncated", "not-an-image"}


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "zero.tif").symlink_to("/dev/zero")
    assert code_of(tmp_path / "pipe.jpg") == code_of(tmp_path / "zero.tif") == "not-an-image"


def test_scans_without_end_are_not_tried(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg_of_scans(20_000, 20_000, 400))  # would take minutes
    assert code_of(path) == "too-costly"
    path.write_bytes(jpeg_of_scans(400, 400, 400))
    assert decode(path, 64).width == 400


def test_filling_costs_nothing(tmp_path: Path) -> None:
    plain = valid_files()["plain.jpg"]
    tables = plain.index(b"\xff\xdb")
    (tmp_path / "plain.jpg").write_bytes(plain)
    expected = decode(tmp_path / "plain.jpg", 64).pixels
    for filling in (b"\xff", b"\0", b"ab", b"\xff\xd0"):
        (tmp_path / "a.jpg").write_bytes(plain[:tables] + filling * (5_000_000 // len(filling)) + plain[tables:])
        before = os.times().user
        assert (decode(tmp_path / "a.jpg", 64).pixels == expected).all()
        assert os.times().user - before < 2  # eight, byte by byte


def test_metadata_of_a_png_is_read_without_its_pixels(tmp_path: Path) -> None:
    text = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta/>")
    exif = Image.Exif()
    exif[0x010E] = "a harbour"
    old = "\nexif\n 40\n" + (b"Exif\0\0" + exif.tobytes()).hex()
    for chunk, said in ((b"", None), (png_chunk(b"eXIf", exif.tobytes()), "a harbour"), (
        png_chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(old.encode())), "a harbour"
    )):  # fmt: skip
        content = png_with(text, behind=chunk, base="alpha.png")
        start = content.index(b"IDAT") + 4
        (tmp_path / "a.png").write_bytes(content[:start] + b"\xff" * 40 + content[start + 40 :])
        assert code_of(tmp_path / "a.png") == "damaged"
        with header(tmp_path / "a.png") as im:
            assert im.getexif().get(0x010E) == said
            assert im.info["xmp"] == b"<x:xmpmeta/>"
            assert im._im is None


# Decoding apart


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A picture that is decoded apart: a look says that it takes more memory than others."""
    path = tmp_path / "large.png"
    path.write_bytes(png_of(8000, 8000, 1, 0, zlib.compress(bytes(1001 * 8000))))
    return path


def ended_by(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process that is to decode the next picture get this signal."""
    start = apart._start

    def started() -> subprocess.Popen[bytes]:
        process = start()
        process.send_signal(signal.SIGSTOP)  # so that it cannot answer before
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
        return process

    apart._end_all()
    monkeypatch.setattr(apart, "_start", started)


def test_a_decoder_that_dies_costs_one_file(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, code in ((signal.SIGSEGV, "damaged"), (signal.SIGKILL, "no-memory"), (signal.SIGXCPU, "too-costly")):
        with monkeypatch.context() as patch:
            ended_by(number, patch)
            assert code_of(large) == code
    picture = decode(large, 64)
    assert picture.width == 8000 and not picture.pixels.any()
    first = apart._idle[-1].pid
    with pytest.raises(DecodeError, match="changed"):
        decode_content(large, b"x" * 16, 64)
    assert decode_content(large, content_hash(large), 64).width == 8000
    assert apart._idle[-1].pid == first  # it goes on to the next


def test_a_decoder_that_takes_too_long_is_given_up(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(apart, "_PATIENCE", 0)
        assert code_of(large) == "too-costly"
    with monkeypatch.context() as patch:
        patch.setattr("artbyol.pictures.decode.seconds_allowed", lambda pixels: -100.0)
        assert code_of(large) == "too-costly"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the system does not limit memory")
def test_a_decoder_that_takes_too_much_memory_is_stopped(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(request: object, seconds: float, memory: int) -> object:
        return apart.in_another_process(request, seconds, -(1 << 30))  # no more than it has

    decode(large, 64)  # so that all libraries are loaded
    monkeypatch.setattr("artbyol.pictures.decode.in_another_process", asked)
    assert code_of(large) == "too-costly"


def test_pictures_decoded_at_once_share_memory() -> None:
    room, most, taken = Room(10), [0], [0]

    def take(amount: int) -> None:
        with room.taken(amount):
            taken[0] += amount
            most[0] = max(most[0], taken[0] if amount <= 10 else 0)
            assert taken[0] <= 10 or taken[0] == amount == 25
            time.sleep(0.001)
            taken[0] -= amount

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take, [3, 4, 25, 6, 3, 9, 1, 25, 5, 5] * 4))
    assert most[0] > 4 and not taken[0]


@pytest.mark.parametrize("mode", ["P", "RGBA", "LA"])
def test_giants_in_bands_come_out_as_whole(mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (403, 307, 4), np.uint8)
    im = Image.fromarray(noise, "RGBA")
    im = im.convert("RGB").quantize(64) if mode[0] == "P" else im.convert(mode)
    im.save(tmp_path / "a.tif")
    whole = decode(tmp_path / "a.tif", 20).pixels
    monkeypatch.setattr("artbyol.pictures.decode._BAND_PIXELS", 10_000)
    assert (decode(tmp_path / "a.tif", 20).pixels == whole).all()
