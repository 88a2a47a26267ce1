"""Galleries on the disc: what is in the folder, what is used again, what is never touched; the map behind them."""

from __future__ import annotations

import json
import math
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import artbyol
from artbyol.base.errors import ArtbyolError, Interrupted, StoreMissingError, UsageError
from artbyol.base.events import Progress
from artbyol.pictures.scan import GALLERY_MARKER, scan
from artbyol.report.gallery.images import along_the_map
from artbyol.report.organize import organize_groups
from artbyol.search.neighbours import nearest_works
from tests.conftest import painting, run_cli, run_cli_interrupted, snapshot

PLAIN = {"thumbnails": 64, "large": 0}


def data(gallery: Path, name: str) -> Any:
    """What one data file hands to the page."""
    (path,) = gallery.glob(f"pages-*/data/{name}.js")
    text = path.read_text(encoding="ascii")
    head, tail = f'artbyol.receive("{name}",', ");\n"
    assert text.startswith(head) and text.endswith(tail)
    return json.loads(text[len(head) : -len(tail)])


def images(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in folder.rglob("*.jpg")}


@pytest.fixture(scope="module")
def made(_gallery: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery of 24 pictures, only read by the tests."""
    target = tmp_path_factory.mktemp("galleries") / "made"
    artbyol.gallery(_gallery, target, thumbnails=64, large=128, title="Twenty-four")
    return target


@pytest.mark.slow
def test_the_report_says_what_was_made(gallery: Path, tmp_path: Path) -> None:
    before = snapshot(gallery)
    report = artbyol.gallery(gallery, tmp_path / "new" / "folder", k=3, **PLAIN)  # type: ignore[arg-type]
    assert (report.works, report.files, report.groups, report.copied, report.reused) == (24, 24, 3, 24, 0)
    assert report.index == report.destination / "index.html" and report.index.is_file()
    assert 0.5 < report.trustworthiness <= 1 and 0.5 < report.continuity <= 1
    on_disc = sum(
        path.stat().st_size for path in report.destination.rglob("*") if path.name != GALLERY_MARKER and path.is_file()
    )
    assert report.bytes == on_disc
    assert snapshot(gallery) == before


def test_pages_name_only_what_lies_beside_them(made: Path) -> None:
    index = (made / "index.html").read_text(encoding="utf-8")
    assert "http:" not in index and "https:" not in index
    for path in made.glob("pages-*/*.js"):
        text = path.read_text(encoding="utf-8")
        assert "innerHTML" not in text and "eval(" not in text
        if path.name == "live.js":  # which does nothing without a server beside the pages, and asks that one alone
            text = text.replace("fetch(`api/${path}`, options)", "", 1)
        assert "fetch(" not in text, path.name
    whole = data(made, "works")
    for row, work in enumerate(whole["works"]["id"]):
        with Image.open(made / "images/small-64" / work[:2] / f"{work}.jpg") as small:
            assert small.height <= 64
        with Image.open(made / "images/large-128" / work[:2] / f"{work}.jpg") as large:
            width, height = whole["works"]["width"][row], whole["works"]["height"][row]
            assert max(large.size) == min(128, max(width, height))
    for sheets in whole["map"]["cells"].values():
        assert all((made / sheet).is_file() for sheet in sheets)


def test_neighbours_are_those_that_similar_finds(_gallery: Path, made: Path) -> None:
    whole, details = data(made, "works"), data(made, "details/0")
    names = whole["works"]["name"]
    with artbyol.open(_gallery) as collection:
        style = collection.index()
    for row in (0, 7, 23):
        found = artbyol.similar(_gallery / names[row], 12, why=True)
        told = details[row]["near"]
        assert [names[other] for other, *_ in told] == [os.fsdecode(one.path) for one in found.neighbours]
        for one, (_, *shares) in zip(found.neighbours, told, strict=True):
            assert one.why is not None
            expected = [one.why.brushwork, one.why.palette, one.why.composition, one.why.tone]
            assert shares[1:] == pytest.approx([10 * share for share in expected], abs=0.51)
            # Cosines are summed in another order here and there; between two pairs nearly equal, percentiles leap.
            low, high = style.percentile([one.cosine - 1e-5, one.cosine + 1e-5])
            assert 10 * low - 0.51 <= shares[0] <= 10 * high + 0.51


@pytest.mark.slow
def test_ids_stay_when_files_are_renamed_and_pictures_are_used_again(gallery: Path, tmp_path: Path) -> None:
    artbyol.gallery(gallery, tmp_path / "site", **PLAIN)  # type: ignore[arg-type]
    before, ids = images(tmp_path / "site"), set(data(tmp_path / "site", "works")["works"]["id"])
    (gallery / "work03.png").rename(gallery / "renamed.png")
    (gallery / "work04.png").unlink()
    painting(77).save(gallery / "added.png")
    artbyol.embed(gallery)
    report = artbyol.gallery(gallery, tmp_path / "site", **PLAIN)  # type: ignore[arg-type]
    assert (report.copied, report.reused) == (1, 23)
    after = images(tmp_path / "site")
    small = {name for name in before if "small" in name}
    kept = small & set(after)
    assert len(kept) == 23 and all(before[name] == after[name] for name in kept)
    assert len(set(data(tmp_path / "site", "works")["works"]["id"]) & ids) == 23
    assert len([name for name in after if "small" in name]) == 24  # that of the vanished one is gone
    assert len(list((tmp_path / "site").glob("pages-*"))) == 1


@pytest.mark.slow
def test_a_stopped_gallery_goes_on(gallery: Path, tmp_path: Path) -> None:
    seen = []

    def stop() -> bool:
        seen.append(1)
        return len(seen) == 5

    with pytest.raises(Interrupted):
        artbyol.gallery(gallery, tmp_path / "site", stop=stop, **PLAIN)  # type: ignore[arg-type]
    assert not (tmp_path / "site" / "index.html").exists()
    told: list[Progress] = []
    report = artbyol.gallery(
        gallery, tmp_path / "site", listener=lambda one: isinstance(one, Progress) and told.append(one), **PLAIN
    )  # type: ignore[arg-type]
    assert report.reused >= 5 and report.reused + report.copied == 24
    assert [one for one in told if one.stage == "copying"][-1] == Progress("copying", 24, 24)


@pytest.mark.slow
def test_a_copy_that_was_cut_off_is_made_anew(gallery: Path, tmp_path: Path) -> None:
    artbyol.gallery(gallery, tmp_path / "site", **PLAIN)  # type: ignore[arg-type]
    copy = next((tmp_path / "site").glob("images/small-64/*/*.jpg"))
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2])
    assert artbyol.gallery(gallery, tmp_path / "site", **PLAIN).copied == 1  # type: ignore[arg-type]
    assert copy.read_bytes() == whole


@pytest.mark.parametrize("name", ["a painting.jpg", "index.html", ".hidden"])
def test_nothing_but_a_gallery_is_written_into(gallery: Path, tmp_path: Path, name: str) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / name).write_text("mine")
    with pytest.raises(UsageError, match="nothing was changed"):
        artbyol.gallery(gallery, site, **PLAIN)  # type: ignore[arg-type]
    assert [(path.name, path.read_text()) for path in site.iterdir()] == [(name, "mine")]


def test_the_collection_itself_is_refused(gallery: Path) -> None:
    before = snapshot(gallery.parent)
    for place in (gallery, gallery.parent, gallery / "work01.png"):
        with pytest.raises(UsageError):
            artbyol.gallery(gallery, place, **PLAIN)  # type: ignore[arg-type]
    assert snapshot(gallery.parent) == before


@pytest.mark.slow
def test_what_others_put_into_a_gallery_stays_and_what_they_edited_is_refused(gallery: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    artbyol.gallery(gallery, site, **PLAIN)  # type: ignore[arg-type]
    (site / "CNAME").write_text("art.example")
    (site / "images" / "mine.jpg").write_bytes(b"mine")
    artbyol.gallery(gallery, site, title="Another", **PLAIN)  # type: ignore[arg-type]
    assert (site / "CNAME").read_text() == "art.example" and (site / "images" / "mine.jpg").read_bytes() == b"mine"
    assert "<title>Another</title>" in (site / "index.html").read_text()
    (site / "index.html").write_text("edited")
    with pytest.raises(UsageError, match="not as artbyol wrote it"):
        artbyol.gallery(gallery, site, title="A third", **PLAIN)  # type: ignore[arg-type]
    assert (site / "index.html").read_text() == "edited"


@pytest.mark.slow
def test_a_gallery_inside_the_collection_is_no_part_of_it(gallery: Path) -> None:
    artbyol.gallery(gallery, gallery / "site", **PLAIN)  # type: ignore[arg-type]
    assert len(scan(gallery).files) == 24
    assert artbyol.embed(gallery).works == 24


@pytest.mark.slow
def test_works_that_cannot_be_shown_are_named(gallery: Path, tmp_path: Path) -> None:
    (gallery / "work00.png").unlink()
    painting(500).save(gallery / "work01.png")  # another picture since
    report = artbyol.gallery(gallery, tmp_path / "site", **PLAIN)  # type: ignore[arg-type]
    assert [one.path for one in report.absent] == [b"work00.png", b"work01.png"]
    assert report.copied == 22
    assert data(tmp_path / "site", "works")["works"]["absent"] == [0, 1]
    assert "changed" in data(tmp_path / "site", "details/0")[0]["absent"]


@pytest.mark.slow
def test_one_work_two_works_and_copies(tmp_path: Path) -> None:
    folder = tmp_path / "few"
    folder.mkdir()
    painting(1).save(folder / "one.png")
    from tests.conftest import give_model

    give_model(folder)
    artbyol.embed(folder)
    assert math.isnan(artbyol.gallery(folder, tmp_path / "site", **PLAIN).trustworthiness)  # type: ignore[arg-type]
    shutil.copy(folder / "one.png", folder / "again.png")
    painting(2, 300, 20).save(folder / "two.png")
    artbyol.embed(folder)
    report = artbyol.gallery(folder, tmp_path / "site", **PLAIN)  # type: ignore[arg-type]
    assert (report.works, report.files) == (2, 3)
    assert data(tmp_path / "site", "details/0")[0]["copies"] == ["one.png"]


def test_nothing_embedded_and_sizes_out_of_range(gallery: Path, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    with pytest.raises(StoreMissingError):
        artbyol.gallery(tmp_path / "bare", tmp_path / "site")
    for sizes in ({"thumbnails": 10}, {"thumbnails": 320, "large": 200}, {"large": 99_999}):
        with pytest.raises(UsageError, match="px high"):
            artbyol.gallery(gallery, tmp_path / "site", **sizes)  # type: ignore[arg-type]
    assert not (tmp_path / "site").exists()


def test_a_folder_that_cannot_be_written(gallery: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ArtbyolError):
        artbyol.gallery(gallery, tmp_path / "file" / "site", **PLAIN)  # type: ignore[arg-type]


@pytest.mark.slow
def test_command_line(gallery: Path, tmp_path: Path) -> None:
    ran = run_cli("gallery", gallery, "-o", tmp_path / "site", "-k", 2, "--thumbnails", 64, "--large", 0, "--json")
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert (report["works"], report["groups"], report["index"]) == (24, 2, str(tmp_path / "site" / "index.html"))
    wrong = run_cli("gallery", gallery, "-o", tmp_path / "site", "-k", "many")
    assert wrong.returncode == 2 and b"-k must be a number or auto" in wrong.stderr


@pytest.mark.slow
def test_interrupted_by_the_keyboard(gallery: Path, tmp_path: Path) -> None:
    command = ("gallery", gallery, "-o", tmp_path / "site", "--thumbnails", 64, "--large", 0)
    done = run_cli_interrupted("artbyol.report.gallery.images.decode_content", 5, *command)
    assert done.returncode == 130 and b"Traceback" not in done.stderr, done.stderr
    assert list((tmp_path / "site").glob("images/small-*/*/*.jpg")) and not (tmp_path / "site" / "index.html").exists()
    assert run_cli(*command).returncode == 0
    assert (tmp_path / "site" / "index.html").is_file()


def test_neighbours_on_the_map_lie_near_each_other_on_the_sheets() -> None:
    rng = np.random.default_rng(0)
    points = rng.random((400, 2)).astype(np.float32)
    steps = np.linalg.norm(np.diff(points[along_the_map(points)], axis=0), axis=1)
    assert steps.mean() < 0.3 * np.linalg.norm(np.diff(points, axis=0), axis=1).mean()


def test_near_duplicates_are_left_out_of_the_nearest(gallery: Path) -> None:
    with Image.open(gallery / "work05.png") as picture:
        picture.resize((192, 160), Image.Resampling.BICUBIC).save(gallery / "work05 large.png")
    artbyol.embed(gallery)
    with artbyol.open(gallery) as collection:
        ids = collection.embedded().ids
        near = nearest_works(collection, 10)
        paths = collection.paths_of(ids.tolist())
    named = {paths[int(number)][0]: row for row, number in enumerate(ids)}
    one, other = named[b"work05.png"], named[b"work05 large.png"]
    assert other not in near.nearest[one] and one not in near.nearest[other]
    assert (near.nearest >= 0).all()


@pytest.mark.slow
def test_a_kept_group_whose_works_are_gone_is_left_out(gallery: Path, tmp_path: Path) -> None:
    artbyol.cluster(gallery, k=3, keep=True)
    last = artbyol.cluster(gallery).groups[-1]
    for member in last.members:
        (gallery / os.fsdecode(member.path)).unlink()
    artbyol.embed(gallery)
    assert artbyol.cluster(gallery).groups[-1].size == 0
    made = artbyol.gallery(gallery, tmp_path / "site", thumbnails=64, large=0)
    assert made.groups == 2 and made.works == 24 - last.size
    folder = tmp_path / "folders"
    organize_groups(artbyol.cluster(gallery), folder)
    assert len([one for one in folder.iterdir() if one.is_dir()]) == 2


@pytest.mark.slow
def test_a_gallery_does_not_write_where_a_link_leads(gallery: Path, tmp_path: Path) -> None:
    artbyol.gallery(gallery, tmp_path / "site", k=2, thumbnails=64, large=0)
    shutil.rmtree(tmp_path / "site" / "images")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "site" / "images").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="is a link"):
        artbyol.gallery(gallery, tmp_path / "site", k=2, thumbnails=64, large=0)
    assert not list((tmp_path / "elsewhere").iterdir())
