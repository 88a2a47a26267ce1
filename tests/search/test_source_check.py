"""The source check: what files say, and when neighbours are said to follow it."""

from pathlib import Path

import numpy as np
import pytest

from artbyol.base.vectors import Floats, unit
from artbyol.report.source_words import source_line, source_warning
from artbyol.search.file_kinds import Aspect, FileKinds, file_kinds
from artbyol.search.source_check import source_check
from artbyol.storage.catalogue import Catalogue

GENERATOR = np.random.default_rng(0)
SCANS = np.arange(200) % 2 == 0
SIZES = tuple("of over 480 px" if scan else "of up to 480 px" for scan in SCANS)


def drawn(*marks: tuple[np.ndarray, float]) -> Floats:
    """Random directions of 200 works, some of them pushed the same way."""
    vectors = GENERATOR.standard_normal((200, 16)).astype(np.float32)
    for place, (rows, push) in enumerate(marks):
        vectors[rows, place] += push
    return unit(vectors)


def kinds(folders: list[str], aspect: Aspect = "size") -> FileKinds:
    return FileKinds({aspect: SIZES}, tuple(folders))


def test_one_folder_from_two_scanners() -> None:
    told = source_check(drawn((SCANS, 6.0)), kinds([""] * 200))
    assert told.asked == 200 and told.warning and told.warning.aspect == "size" and not told.warning.elsewhere
    assert told.warning.clearest.share > 0.9 and told.warning.clearest.chance == pytest.approx(0.5, abs=0.01)
    said = source_line(told)
    assert said and said.startswith("of the ten nearest of a work in a file of ") and "50 % would be chance" in said
    assert "--across folders" in (source_warning(told) or "")
    blind = source_check(drawn(), kinds([""] * 200))
    assert blind.warning is None and source_line(blind) and source_warning(blind) is None
    assert abs(blind.aspects[0].found.strength) < 0.15


def test_a_folder_per_painter_is_no_fault_even_where_each_has_files_of_its_own() -> None:
    painters = ["Anna" if scan else "Bert" for scan in SCANS]
    told = source_check(drawn((SCANS, 6.0)), kinds(painters))
    assert told.warning is None and not any(one.elsewhere for one in told.aspects)
    assert told.aspects[0].found.strength > 0.6  # it is said, though


def test_works_in_other_folders_tell_the_file_from_the_hand() -> None:
    # Every painter has works from both scanners; the vectors know the painter, and then the scanner, too.
    painter = np.arange(200) // 50
    folders = [f"painter {one}" for one in painter]
    hands = [(painter == one, 6.0) for one in range(4)]
    assert source_check(drawn(*hands), kinds(folders)).warning is None
    told = source_check(drawn(*hands, (SCANS, 6.0)), kinds(folders))
    assert told.warning and told.warning.elsewhere and "in other folders" in (source_line(told) or "")


def test_what_few_works_say_counts_for_nothing() -> None:
    rare = tuple("in TIFF" if row < 15 else "in JPEG" for row in range(200))
    told = source_check(drawn((np.arange(200) < 15, 9.0)), FileKinds({"format": rare}, ("",) * 200))
    assert told.aspects == () and source_line(told) is None
    assert source_check(drawn()[:2], FileKinds({"size": SIZES[:2]}, ("",) * 2)).aspects == ()


def test_what_files_say(tmp_path: Path) -> None:
    rows = [("a/1.jpg", 300, 40_000), ("a/b/2.JPEG", 310, 50_000), ("3.tif", 1900, 10_000_000), ("4.jpg", 2000, 90_000)]
    with Catalogue.open(tmp_path / "catalogue.sqlite") as catalogue:
        with catalogue.batch():
            for number, (path, side, size) in enumerate(rows):
                catalogue.record_ok(path.encode(), size, 0, bytes([number]) * 16, side, side // 2, b"")
        works = sorted(catalogue.works(), key=lambda work: work.hash)
        found = file_kinds(catalogue, works)
        assert found.folders == ("a", "a/b", "", "") and found.top_folders == ("a", "a", "", "")
        assert found.said["format"] == ("in JPEG", "in JPEG", "in TIFF", "in JPEG")
        assert found.said["size"] == ("of up to 310 px",) * 2 + ("of over 310 px",) * 2
        assert found.said["compression"][3] == "of up to 0.4 bits a pixel"
        assert file_kinds(catalogue, works[:1]).said == {}
