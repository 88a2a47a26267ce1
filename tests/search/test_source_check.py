"""The source check: what files say, and when neighbours are said to follow it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artbyol.base.vectors import Floats, unit
from artbyol.report.source_words import source_line, source_warning
from artbyol.search.file_kinds import FileKinds, file_kinds, kinds_inside
from artbyol.search.source_check import source_check
from artbyol.storage.rows import Work

GENERATOR = np.random.default_rng(0)
SCANS = np.arange(200) % 2 == 0
SIZES = tuple("of over 480 px" if scan else "of up to 480 px" for scan in SCANS)


def drawn(*marks: tuple[np.ndarray, float]) -> Floats:
    """Random directions of 200 works, some of them pushed the same way."""
    vectors = GENERATOR.standard_normal((200, 16)).astype(np.float32)
    for place, (rows, push) in enumerate(marks):
        vectors[rows, place] += push
    return unit(vectors)


def kinds(folders: list[str], aspect: str = "size") -> FileKinds:
    return FileKinds({aspect: SIZES}, tuple(folders))


def test_one_folder_from_two_scanners() -> None:
    told = source_check((drawn((SCANS, 6.0)), kinds([""] * 200)))
    assert told.asked == 200 and told.warning and told.warning.aspect == "size" and not told.warning.elsewhere
    assert told.warning.clearest.share > 0.9 and told.warning.clearest.chance == pytest.approx(0.5, abs=0.01)
    said = source_line(told)
    assert said and said.startswith("of the ten nearest of a work in a file of ") and "50 % would be chance" in said
    assert "--across folders" in (source_warning(told) or "") and "trained again" in (source_warning(told) or "")
    assert "trained again" not in (source_warning(told, just_trained=True) or "trained again")
    blind = source_check((drawn(), kinds([""] * 200)))
    assert blind.warning is None and source_line(blind) and source_warning(blind) is None
    assert abs(blind.aspects[0].found.strength) < 0.15


def test_a_small_kind_that_keeps_to_itself_counts_as_much_as_a_large_one() -> None:
    """Forty works of a museum among others, which hardly notice them."""
    museum = np.arange(200) < 40
    sizes = tuple("of over 480 px" if one else "of up to 480 px" for one in museum)
    files = FileKinds({"size": sizes}, ("",) * 200)
    assert source_check((drawn((museum, 6.0)), files)).strongest > 0.9
    assert source_check((drawn(), files)).strongest < 0.15


def test_a_folder_per_painter_is_no_fault_even_where_each_has_files_of_its_own() -> None:
    painters = ["Anna" if scan else "Bert" for scan in SCANS]
    told = source_check((drawn((SCANS, 6.0)), kinds(painters)))
    assert told.warning is None and not any(one.elsewhere for one in told.aspects) and told.strongest == 0
    assert told.aspects[0].found.strength > 0.6  # it is said, though


def test_works_in_other_folders_tell_the_file_from_the_hand() -> None:
    # Every painter has works from both scanners; the vectors know the painter, and then the scanner, too.
    painter = np.arange(200) // 50
    folders = [f"painter {one}" for one in painter]
    hands = [(painter == one, 6.0) for one in range(4)]
    assert source_check((drawn(*hands), kinds(folders))).warning is None
    told = source_check((drawn(*hands, (SCANS, 6.0)), kinds(folders)))
    assert told.warning and told.warning.elsewhere and "in other folders" in (source_line(told) or "")


@pytest.mark.parametrize(
    ("scans", "others", "warned"),
    [((38, 42, 45), (88, 90, 92), "compression"), ((40, 50, 60, 70), (75, 80, 85, 90, 95), None)],
)
def test_compression_is_warned_of_where_files_are_of_two_kinds(
    tmp_path: Path, scans: tuple[int, ...], others: tuple[int, ...], warned: str | None
) -> None:
    """Qualities that are spread may be chosen by what is shown: saved to a given size of file, a wash gets a higher one
    than a line drawing."""
    for quality in (*scans, *others):
        Image.new("RGB", (8, 8)).save(tmp_path / f"{quality}.jpg", quality=quality)
    qualities = [(scans if scan else others)[row % len(scans if scan else others)] for row, scan in enumerate(SCANS)]
    inside = kinds_inside(tmp_path, [Work(n, b"%d.jpg" % quality, b"", 8, 8) for n, quality in enumerate(qualities)])
    low = np.array([label.startswith("of JPEG quality up to") for label in inside.said["compression"]])
    told = source_check((drawn((low, 6.0)), inside))
    assert told.aspects[0].found.strength > 0.6  # it is said, in any case
    assert (told.warning.aspect if told.warning else None) == warned


def test_what_few_works_say_counts_for_nothing() -> None:
    rare = tuple("in TIFF" if row < 15 else "in JPEG" for row in range(200))
    told = source_check((drawn((np.arange(200) < 15, 9.0)), FileKinds({"format": rare}, ("",) * 200)))
    assert told.aspects == () and source_line(told) is None
    assert source_check((drawn()[:2], FileKinds({"size": SIZES[:2]}, ("",) * 2))).aspects == ()


def test_what_files_say(tmp_path: Path) -> None:
    there = (("a/1.jpg", 300, 30), ("a/b/2.JPEG", 310, 35), ("3.tif", 1900, 0), ("4.jpg", 2000, 92))
    rows = (*there, ("gone.jpg", 300, 0))
    works = [Work(n, path.encode(), b"", side, side // 2) for n, (path, side, _) in enumerate(rows)]
    (tmp_path / "a" / "b").mkdir(parents=True)
    for (path, _, quality), name in zip(there, ("", "", "", "Nikon"), strict=True):
        exif = Image.Exif()
        if name:
            exif[0x010F], exif[0x0110] = name, "E5000\0"
        Image.new("RGB", (8, 8)).save(tmp_path / path, **({"quality": quality, "exif": exif} if quality else {}))
    found = file_kinds(works)
    assert found.folders == ("a", "a/b", "", "", "") and found.top_folders == ("a", "a", "", "", "")
    assert found.said["format"] == ("in JPEG", "in JPEG", "in TIFF", "in JPEG", "in JPEG")
    assert found.said["size"] == tuple(f"of {how} 310 px" for how in ("up to", "up to", "over", "over", "up to"))
    inside = kinds_inside(tmp_path, works)
    low, high = "of JPEG quality up to 35", "of JPEG quality over 35"
    assert inside.said["compression"] == (low, low, "that is no JPEG", high, "that is no JPEG")
    assert inside.said["camera"] == (*["that names no camera"] * 3, "by Nikon E5000", "that names no camera")
    assert file_kinds(works[:1]).said == kinds_inside(tmp_path, works[:1]).said == kinds_inside(tmp_path, []).said == {}
