"""`tag`: sidecars beside pictures, only where asked for; pictures and other people's sidecars as they were."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import artbyol
from tests.conftest import run_cli, snapshot
from tests.metadata.test_xmp_edit import DARKTABLE


def test_nothing_is_written_unasked(gallery: Path) -> None:
    before = snapshot(gallery)
    found = artbyol.tag(gallery, 3)
    assert not found.written and len(found.changes) == 24 and {one.action for one in found.changes} == {"make"}
    assert run_cli("tag", gallery, "-k", "3", "-q").returncode == 0
    assert snapshot(gallery) == before


def test_taken_back_where_the_catalogue_is_damaged_or_gone(gallery: Path) -> None:
    with artbyol.open(gallery) as collection:
        collection.tag(3, write=True)
        assert len(collection.tag(remove=True, write=True).changes) == 24 and not list(gallery.glob("*.xmp"))
        collection.tag(3, write=True)
    catalogue = gallery / ".artbyol" / "catalogue.sqlite"
    catalogue.write_bytes(b"no catalogue" * 100)
    assert len(artbyol.tag(gallery, remove=True).changes) == 24
    catalogue.unlink()
    artbyol.tag(gallery, remove=True, write=True)
    assert not list(gallery.glob("*.xmp"))


@pytest.mark.slow
def test_written_and_taken_back(gallery: Path) -> None:
    (gallery / "work03.png.xmp").write_text(DARKTABLE)
    (gallery / "work04.png.xmp").write_text("broken")
    os.symlink("elsewhere", gallery / "work05.png.xmp")
    before = snapshot(gallery)
    written = artbyol.tag(gallery, 3, write=True)
    assert written.written and len(written.changes) == 22
    assert {os.fsdecode(one.sidecar) for one in written.left} == {"work04.png.xmp", "work05.png.xmp"}
    after = snapshot(gallery)
    pictures = [path for path in before if path.endswith(b".png")]
    assert [after[path] for path in pictures] == [before[path] for path in pictures]
    assert len(list(gallery.glob("*.xmp"))) == 24 and not list(gallery.glob(".*tmp"))

    again = artbyol.tag(gallery, 3, write=True)
    assert not again.changes and again.unchanged == 22
    assert snapshot(gallery) == after

    groups = artbyol.cluster(gallery, 3)
    (name,) = {group.number for group in groups.groups if any(m.path == b"work03.png" for m in group.members)}
    assert f"artbyol|group|group {name}" in (gallery / "work03.png.xmp").read_text()

    other = artbyol.tag(gallery, 2, write=True)
    assert {one.action for one in other.changes} <= {"add"}

    preview = artbyol.tag(gallery, remove=True)
    assert len(preview.changes) == 22 and len(list(gallery.glob("*.xmp"))) == 24
    artbyol.tag(gallery, remove=True, write=True)
    assert {path: content for path, (content, _) in snapshot(gallery).items()} == {
        path: content for path, (content, _) in before.items()
    }


def test_sidecars_of_another_spelling_are_used_and_read_only_ones_left(gallery: Path) -> None:
    (gallery / "work01.png.XMP").write_text(DARKTABLE)
    (gallery / "work02.png.xmp").write_text(DARKTABLE)
    (gallery / "work02.png.xmp").chmod(0o444)
    found = artbyol.tag(gallery, 3, write=True)
    assert [(one.sidecar, one.reason) for one in found.left] == [(b"work02.png.xmp", "it is read-only")]
    assert "artbyol|group" in (gallery / "work01.png.XMP").read_text()
    assert not (gallery / "work01.png.xmp").exists() and (gallery / "work02.png.xmp").read_text() == DARKTABLE


def test_a_name_that_xml_cannot_write_harms_no_sidecar(gallery: Path) -> None:
    (gallery / "work01.png.xmp").write_text(DARKTABLE)
    artbyol.cluster(gallery, 2, keep=True)
    for number in ("1", "2"):
        artbyol.groups(gallery, rename=(number, f"Night\x07 {number}"))
    found = artbyol.tag(gallery, write=True)
    assert not found.changes and {one.reason for one in found.left} == {"XML has no way to write the name of its group"}
    assert (gallery / "work01.png.xmp").read_text() == DARKTABLE


def test_adobes_name_is_shared_by_pictures_of_one_name(gallery: Path) -> None:
    (gallery / "work01.png").rename(gallery / "work00.jpg")
    artbyol.embed(gallery)
    found = artbyol.tag(gallery, 12, adobe=True, write=True)
    by_name = {one.sidecar: one.groups for one in found.changes}
    assert b"work00.xmp" in by_name and len(by_name) == 23
    assert 1 <= len(by_name[b"work00.xmp"]) <= 2
    assert artbyol.describe(gallery / "work00.jpg").works[0].metadata is None  # our keywords are not the work's


@pytest.mark.slow
def test_command_line(gallery: Path) -> None:
    result = run_cli("tag", gallery, "-k", "2", "--write", "--json")
    assert result.returncode == 0
    changes = json.loads(result.stdout)["changes"]
    assert [one["sidecar"] for one in changes] == [f"work{number:02d}.png.xmp" for number in range(24)]
    (gallery / "work03.png.xmp").write_text("broken")
    partly = run_cli("tag", gallery, "-k", "3", "--write")
    assert partly.returncode == 1 and b"1 sidecar could not be changed; the others are" in partly.stderr
    (gallery / "work03.png.xmp").unlink()
    for wrong in (["--write", "--dry-run"], ["--write", "--remove"], ["-k", "x"]):
        assert run_cli("tag", gallery, *wrong).returncode == 2
    shown = run_cli("tag", gallery, "--remove", "--dry-run", cwd=gallery)
    assert shown.returncode == 0 and b"delete\twork00.png.xmp" in shown.stdout and (gallery / "work00.png.xmp").exists()
    assert run_cli("tag", gallery, "--remove").returncode == 0
    assert not list(gallery.glob("*.xmp"))
