"""Finished pictures in the files of other programs: Photoshop, OpenRaster, Krita, and cameras' RAW."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import artbyol
from artbyol.base.errors import DecodeError
from artbyol.pictures.decode import decode, header
from artbyol.pictures.preview import RAW_SUFFIXES, reads_raw
from artbyol.pictures.scan import scan
from tests.conftest import painting
from tests.pictures.layered import dng, layers, psd, resource

needs_rawpy = pytest.mark.skipif(not reads_raw(), reason="needs rawpy")
SCENE = painting(3, 48, 32)
RED, GREEN, BLUE = np.asarray(SCENE).transpose(2, 0, 1)
DEEP = [channel.astype(np.uint16) * 257 for channel in (RED, GREEN, BLUE)]
NO_PICTURE = resource(1057, bytes(4) + b"\0" + bytes(10))


def seen(folder: Path, data: bytes, name: str = "a.psd") -> np.ndarray:
    (folder / name).write_bytes(data)
    picture = decode(folder / name, 32)
    assert (picture.width, picture.height) in ((48, 32), (32, 48))
    return picture.pixels.astype(int)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("large", [False, True])
def test_photoshop_documents_show_what_is_behind_their_layers(packed: bool, large: bool, tmp_path: Path) -> None:
    how = {"packed": packed, "large": large}
    expected = np.asarray(SCENE).astype(int)
    for saved_selections in range(3):  # channels that are no colours
        channels = [RED, GREEN, BLUE, *[np.zeros_like(RED)] * saved_selections]
        assert (seen(tmp_path, psd(channels, 3, **how)) == expected).all()
    assert np.abs(seen(tmp_path, psd(DEEP, 3, **how)) - expected).max() <= 1
    assert (seen(tmp_path, psd([RED], 1, **how)) == expected[..., :1]).all()
    assert np.abs(seen(tmp_path, psd(DEEP[:1], 1, **how)) - expected[..., :1]).max() <= 1
    inks = [RED, GREEN, BLUE, np.full_like(RED, 255)]  # 255 is no ink
    assert np.abs(seen(tmp_path, psd(inks, 4, **how)) - expected).mean() < 40  # by the profile for print
    assert np.abs(seen(tmp_path, psd([np.full_like(RED, 128)] * 3, 9, **how)) - 119).max() <= 2  # grey of L* 50


def test_what_a_document_says_besides_is_read(tmp_path: Path) -> None:
    said = resource(1005, bytes(16)) + resource(1060, b"<x/>") + resource(1057, bytes(4) + b"\1" + bytes(10))
    (tmp_path / "a.psd").write_bytes(psd([RED, GREEN, BLUE], 3, resources=said))
    with header(tmp_path / "a.psd") as im:
        assert (im.size, im.info["xmp"]) == ((48, 32), b"<x/>")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (psd([RED, GREEN, BLUE], 3, resources=NO_PICTURE), "unsupported"),
        (psd([RED], 0), "unsupported"),
        (psd([RED, GREEN], 3), "unsupported"),
        (psd([RED, GREEN, BLUE], 3)[:-40], "truncated"),
        (psd([RED, GREEN, BLUE], 3, packed=True)[:300], "truncated"),
        (psd([RED, GREEN, BLUE], 3)[:20], "truncated"),
        (b"8BPS\0\1" + bytes(6) + b"\0\3" + b"\xff" * 8 + bytes(50), "damaged"),
        (layers(SCENE, name="other.png"), "unsupported"),
        (layers(SCENE)[:-30], "truncated"),
        (layers(SCENE).replace(b"\x89PNG", b"\x89PNQ"), "damaged"),
        (b"PK\3\4" + bytes(60), "not-an-image"),
    ],
)
def test_what_cannot_be_shown_is_skipped_with_a_reason(data: bytes, code: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(DecodeError) as caught:
        decode(tmp_path / "a", 32)
    assert caught.value.code == code


@pytest.mark.parametrize("kind", ["image/openraster", "application/x-krita"])
def test_archives_of_layers_show_all_of_them(kind: str, tmp_path: Path) -> None:
    assert (seen(tmp_path, layers(SCENE, kind), "a.kra") == np.asarray(SCENE)).all()


def test_works_of_every_program_are_in_one_collection(gallery: Path) -> None:
    (gallery / "a.psd").write_bytes(psd([RED, GREEN, BLUE], 3))
    (gallery / "a.ora").write_bytes(layers(painting(50)))
    (gallery / "a.pdf").write_bytes(b"%PDF")
    report = artbyol.embed(gallery)
    assert (report.works, report.skips, report.other_kinds) == (26, (), {"pdf": 1})


@needs_rawpy
def test_of_raw_the_preview_is_shown_upright(tmp_path: Path) -> None:
    assert np.abs(seen(tmp_path, dng(SCENE), "a.dng") - np.asarray(SCENE)).mean() < 8
    assert np.abs(seen(tmp_path, dng(SCENE, 6), "a.tif") - np.rot90(np.asarray(SCENE), 3)).mean() < 8
    for data, said in ((dng(SCENE)[:3000], "cut off"), (b"IIRO" + bytes(5000), "without a preview")):
        (tmp_path / "b.nef").write_bytes(data)
        with pytest.raises(DecodeError, match=said):
            decode(tmp_path / "b.nef", 32)


def test_without_rawpy_raw_is_passed_over_by_name_or_says_what_to_install(tmp_path: Path) -> None:
    for name in ("a.dng", "b.CR2"):
        (tmp_path / name).write_bytes(dng(SCENE))
    program = (
        "import sys; sys.modules['rawpy'] = None\n"
        "from pathlib import Path\n"
        "from artbyol.pictures.decode import decode\n"
        "from artbyol.pictures.scan import scan\n"
        "from artbyol.base.errors import DecodeError\n"
        "print(scan(Path(sys.argv[1])).other_kinds)\n"
        "try: decode(sys.argv[1] + '/a.dng', 64)\n"
        "except DecodeError as error: print(error.code, error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["{'cr2': 1, 'dng': 1}", "needs-extra pip install 'artbyol[raw]'"]
    assert len(scan(tmp_path).files) == (2 if reads_raw() else 0) and ".dng" in RAW_SUFFIXES


def test_pyramids_and_previews_in_tiffs_are_no_raw(tmp_path: Path) -> None:
    SCENE.save(tmp_path / "a.tif", save_all=True, append_images=[SCENE.resize((24, 16))], tiffinfo={271: "Acme"})
    assert (seen(tmp_path, (tmp_path / "a.tif").read_bytes(), "a.tif") == np.asarray(SCENE)).all()
