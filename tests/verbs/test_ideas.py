"""What a collection suggests: walks, works between, works that stand alone, works that are there twice."""

from __future__ import annotations

import json
import os
import shutil
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import artbyol
from artbyol.base.errors import StoreMissingError, UsageError
from artbyol.cli import app
from artbyol.search import knn_outliers, monotone_path
from artbyol.search.knn_outliers import outlier_scores
from artbyol.search.monotone_path import interpolated, monotone_walk
from artbyol.search.standardise import unit
from tests.conftest import give_model, paint, painting, snapshot, vectors


def invoke(*arguments: object) -> Result:
    """Run the program in this process; it must succeed."""
    result = CliRunner().invoke(app, [os.fsdecode(a) if isinstance(a, Path) else str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    return result


def angles(rows: np.ndarray) -> np.ndarray:
    return np.arccos((rows @ rows.T).clip(-1, 1))


def interpolated_between(start: np.ndarray, end: np.ndarray, count: int) -> np.ndarray:
    """Directions strewn around the way from one to another."""
    rng = np.random.default_rng(1)
    way = np.stack([interpolated(start, end, share) for share in rng.random(count)])
    return unit(way + rng.normal(0, 0.25, way.shape).astype(np.float32))


def test_a_walk_is_the_best_of_all_monotone_ones() -> None:
    rows = unit(np.random.default_rng(3).normal(size=(12, 3)).astype(np.float32))
    rows = np.concatenate([rows[:1], interpolated_between(rows[0], rows[-1], 10), rows[-1:]])
    apart = angles(rows)

    def monotone(way: tuple[int, ...]) -> bool:
        return all(apart[0, a] < apart[0, b] and apart[-1, a] > apart[-1, b] for a, b in pairwise(way))

    def cost(way: tuple[int, ...]) -> float:
        return sum(float(apart[a, b]) ** monotone_path.POWER for a, b in pairwise(way))

    every = sorted(range(1, 11), key=lambda row: apart[0, row])
    for works in (3, 4, 5):
        ways = [(0, *between, 11) for between in combinations(every, works - 2)]
        best = min(filter(monotone, ways), key=cost)
        assert tuple(monotone_walk(rows, works)) == best


def test_a_walk_is_as_long_as_it_can_be() -> None:
    turn = np.radians([0.0, 30, 60, 90])
    rows = np.stack([np.cos(turn), np.sin(turn)], axis=1).astype(np.float32)
    assert monotone_walk(rows, 2) == [0, 3]
    assert monotone_walk(rows, 4) == [0, 1, 2, 3]
    assert monotone_walk(rows, 50) == [0, 1, 2, 3]
    behind = np.array([[1, 0], [0.9, -0.4], [-0.4, 0.9], [0, 1]], np.float32)  # nothing lies between
    assert monotone_walk(unit(behind), 9) == [0, 3]


def test_half_way_is_as_far_from_both_and_the_ends_are_the_ends() -> None:
    one, other = unit(np.random.default_rng(0).normal(size=(2, 5)).astype(np.float32))
    middle = interpolated(one, other, 0.5)
    assert float(middle @ one) == pytest.approx(float(middle @ other), abs=1e-6)
    assert np.allclose(interpolated(one, other, 0.0), one) and np.allclose(interpolated(one, other, 1.0), other)
    assert np.allclose(interpolated(one, one, 0.3), one)


def test_path_leads_from_one_to_the_other_and_never_back(gallery: Path) -> None:
    found = artbyol.path(gallery / "work03.png", gallery / "work17.png", 6)
    names = [one.path for one in found.stations]
    assert names[0] == b"work03.png" and names[-1] == b"work17.png"
    assert len(set(names)) == len(names) > 2
    assert [one.rank for one in found.stations] == list(range(1, len(names) + 1))
    assert np.isnan(found.stations[0].step)
    own = vectors(gallery)
    rows = np.stack([own[name] for name in names])
    away, near = rows @ rows[0], rows @ rows[-1]
    assert (np.diff(away) < 0).all() and (np.diff(near) > 0).all()
    assert found.works == 24 and found.by == "style"


def test_a_large_collection_is_walked_through_its_index(gallery: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = artbyol.path(gallery / "work03.png", gallery / "work17.png", 6)
    monkeypatch.setattr(monotone_path, "EVERYTHING", 0)
    monkeypatch.setattr(monotone_path, "_AROUND", 4)
    found = artbyol.path(gallery / "work03.png", gallery / "work17.png", 6)
    steps = [[one.step for one in walked.stations[1:]] for walked in (exact, found)]
    assert len(steps[1]) > 1 and min(steps[1]) <= min(steps[0]) + 1e-6
    to_end = [one.to_end for one in found.stations]
    assert to_end == sorted(to_end)


def test_path_takes_pictures_from_outside_folders_and_other_axes(gallery: Path, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.png"
    painting(700).save(stranger)
    found = artbyol.path(stranger, gallery / "work02.png", 4, by="palette", folder=gallery)
    assert found.stations[0].path == os.fsencode(stranger) and found.by == "palette"
    folder = tmp_path / "some"
    folder.mkdir()
    for number in (4, 5, 6):
        shutil.copy(gallery / f"work{number:02d}.png", folder)
    found = artbyol.path(folder, gallery / "work02.png", 3, folder=gallery)
    assert found.stations[0].path in (b"work04.png", b"work05.png", b"work06.png")


def test_neither_path_nor_between_gives_the_ends_again_as_copies(gallery: Path) -> None:
    start, end = gallery / "work03.png", gallery / "work17.png"
    for path, name in ((start, "start again.jpg"), (end, "end again.jpg")):
        with Image.open(path) as image:
            image.convert("RGB").resize((192, 160)).save(gallery / name, quality=95)
    artbyol.embed(gallery)
    walked = [one.path for one in artbyol.path(start, end, 12).stations]
    lying = [one.path for one in artbyol.between(start, end, 30).intermediates]
    again = {b"start again.jpg", b"end again.jpg"}
    assert walked[0] == b"work03.png" and walked[-1] == b"work17.png"
    assert not again & set(walked) and not again & set(lying)
    assert len(lying) == 22


def test_between_prefers_the_work_whose_greater_angle_is_least(gallery: Path) -> None:
    own = vectors(gallery)
    one, other = own[b"work01.png"], own[b"work09.png"]
    for at in (0.5, 0.2):
        angle = {
            name: max((1 - at) * np.arccos(min(1.0, float(row @ one))), at * np.arccos(min(1.0, float(row @ other))))
            for name, row in own.items()
            if name not in (b"work01.png", b"work09.png")
        }
        found = artbyol.between(gallery / "work01.png", gallery / "work09.png", 5, at=at)
        assert [work.path for work in found.intermediates] == sorted(angle, key=lambda name: angle[name])[:5]
    best = found.intermediates[0]
    assert 0 <= best.position <= 1 and 0 <= best.to_second <= 100


def test_between_two_folders_is_between_what_they_have_in_common(gallery: Path, tmp_path: Path) -> None:
    for name, numbers in (("first", (1, 2, 3)), ("second", (4, 5))):
        (tmp_path / name).mkdir()
        for number in numbers:
            shutil.copy(gallery / f"work{number:02d}.png", tmp_path / name)
    found = artbyol.between(tmp_path / "first", tmp_path / "second", 30, folder=gallery)
    assert len(found.first) == 3 and len(found.second) == 2
    assert len(found.intermediates) == 24 - 5


@pytest.mark.parametrize("verb", [artbyol.path, artbyol.between])
def test_ends_that_cannot_be(gallery: Path, tmp_path: Path, verb: object) -> None:
    with pytest.raises(UsageError, match="same picture"):
        verb(gallery / "work01.png", gallery / "work01.png")  # type: ignore[operator]
    with pytest.raises(UsageError, match="There is no file"):
        verb(gallery / "work01.png", gallery / "nothing.png")  # type: ignore[operator]
    (tmp_path / "a.png").touch()
    with pytest.raises(StoreMissingError):
        verb(tmp_path / "a.png", tmp_path / "b.png")  # type: ignore[operator]
    with pytest.raises(UsageError, match=r"at least|between 0 and 1"):
        verb(gallery / "work01.png", gallery / "work02.png", *([1] if verb is artbyol.path else [0]))  # type: ignore[operator]


def strays(folder: Path) -> Path:
    """Two dozen works in two greys, and a loud one."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(24):
        pixels = rng.normal(90 + 40 * (number % 2), 12, (64, 64, 1)).repeat(3, axis=2)
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"grey{number:02d}.png")
    painting(5).resize((64, 64)).save(folder / "loud.png")
    return folder


@pytest.mark.slow
def test_a_stray_stands_alone_though_it_is_there_three_times(tmp_path: Path) -> None:
    folder = strays(tmp_path / "works")
    for number in range(2):
        with Image.open(folder / "loud.png") as image:
            image.resize((128 + 64 * number, 128 + 64 * number)).save(folder / f"loud again {number}.png")
    give_model(folder)
    artbyol.embed(folder)
    found = artbyol.outliers(folder, 4)
    assert {one.path for one in found.outliers[:3]} == {b"loud.png", b"loud again 0.png", b"loud again 1.png"}
    assert [one.apart for one in found.outliers] == [True, True, True, False] and found.apart == 3
    assert all(one.nearest.startswith(b"grey") for one in found.outliers)
    assert found.outliers[0].closeness < found.usual
    assert "more colourful" in found.outliers[0].words and found.outliers[0].colours
    by_palette = artbyol.outliers(folder, 1, by="palette")
    assert by_palette.by == "palette" and by_palette.outliers[0].path.startswith(b"loud")


def test_an_outlier_score_is_the_mean_angle_to_the_nearest_exactly_or_by_an_approximate_index(
    gallery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = np.stack(list(vectors(gallery).values()))
    apart = np.sort(angles(own), axis=1)[:, 1:5].mean(axis=1)  # a fifth of 23 others
    with artbyol.open(gallery) as collection:
        assert np.sort(outlier_scores(collection, 3).angles) == pytest.approx(np.sort(apart), abs=2e-3)
        monkeypatch.setattr(knn_outliers, "EXACT_WORKS", 0)
        monkeypatch.setattr(knn_outliers, "_LOOKED_AT_AGAIN", 1)
        found = np.sort(outlier_scores(collection, 3).angles)[::-1]
        assert found[:3] == pytest.approx(np.sort(apart)[::-1][:3], abs=2e-3)


@pytest.fixture
def doubled(gallery: Path) -> Path:
    """The gallery with a larger version of one work, a small one, and copies with names that are no text."""
    with Image.open(gallery / "work07.png") as image:
        image.resize((384, 320), Image.Resampling.LANCZOS).save(gallery / "large.png")
        image.convert("RGB").resize((48, 40)).save(gallery / "small.jpg", quality=90)
    shutil.copy(gallery / "work02.png", os.fsencode(gallery) + b"/copy \xff\n.png")
    artbyol.embed(gallery)
    return gallery


def test_duplicates_come_in_groups_the_best_version_first(doubled: Path) -> None:
    before = snapshot(doubled)
    found = artbyol.duplicates(doubled)
    assert [[one.path for one in group.versions] for group in found.groups] == [
        [b"large.png", b"work07.png", b"small.jpg"],
        [b"copy \xff\n.png", b"work02.png"],
    ]
    assert [group.exact for group in found.groups] == [False, True]
    first, second = found.groups[0].versions[:2]
    assert (first.width, first.height) == (384, 320) and first.size == (doubled / "large.png").stat().st_size
    assert first.difference == 0 and 0 <= second.difference <= 4 and not second.same_file
    assert found.files == 27 and found.surplus == 3
    assert found.surplus_bytes == sum(
        (doubled / name).stat().st_size for name in ("work07.png", "small.jpg", "work02.png")
    )
    assert snapshot(doubled) == before


def test_what_is_there_once_is_no_duplicate(gallery: Path) -> None:
    found = artbyol.duplicates(gallery)
    assert found.groups == () and found.surplus == 0 and found.files == 24
    done = invoke("duplicates", gallery)
    assert done.stdout == "" and "None of 24 files" in done.stderr


def test_ideas_on_the_command_line(doubled: Path, tmp_path: Path) -> None:
    ends = (doubled / "work03.png", doubled / "work17.png")
    sheets = [tmp_path / f"{name}.png" for name in ("path", "between", "outliers", "duplicates")]
    done = invoke("path", *ends, "--steps", 4, "--sheet", sheets[0], "-0")
    paths = done.stdout_bytes.split(b"\0")[:-1]
    assert paths[0] == os.fsencode(ends[0]) and paths[-1] == os.fsencode(ends[1])
    told = json.loads(invoke("between", *ends, "-k", 3, "--at", 0.25, "--sheet", sheets[1], "--json").stdout_bytes)
    assert told["at"] == 0.25 and [one["rank"] for one in told["intermediates"]] == [1, 2, 3]
    done = invoke("outliers", doubled, "-k", 2, "--by", "tone", "--sheet", sheets[2])
    assert [line.split(b"\t")[0] for line in done.stdout_bytes.splitlines()] == [b"1", b"2"]
    done = invoke("duplicates", doubled, "--sheet", sheets[3], "-0")
    others = done.stdout_bytes.split(b"\0")[:-1]
    assert sorted(map(os.path.basename, others)) == [b"small.jpg", b"work02.png", b"work07.png"]
    done = invoke("duplicates", doubled)
    assert b"\xff" not in done.stdout_bytes and len(done.stdout_bytes.splitlines()) == 5
    for sheet in sheets:
        with Image.open(sheet) as image:
            assert image.width > 300


def test_small_collections_say_what_they_can(tmp_path: Path) -> None:
    folder = paint(tmp_path / "two", 2)
    give_model(folder)
    artbyol.embed(folder)
    walked = artbyol.path(folder / "work00.png", folder / "work01.png")
    assert [one.path for one in walked.stations] == [b"work00.png", b"work01.png"]
    assert artbyol.between(folder / "work00.png", folder / "work01.png").intermediates == ()
    assert len(artbyol.outliers(folder).outliers) == 2
    (folder / "work01.png").unlink()
    artbyol.embed(folder)
    assert artbyol.outliers(folder).outliers == ()
    done = invoke("outliers", folder)
    assert done.stdout == ""


@pytest.mark.slow
def test_titles_are_carried_through(gallery: Path, tmp_path: Path) -> None:
    names = sorted(path.name for path in gallery.glob("*.png"))
    rows = [f"{name},Study {number},Anna,{1900 + number}" for number, name in enumerate(names)]
    (gallery / "metadata.csv").write_text("\n".join(["filename,title,artist,year", *rows]) + "\n")
    ends = gallery / names[0], gallery / names[-1]
    walked, lying, alone = artbyol.path(*ends, steps=4), artbyol.between(*ends, k=3), artbyol.outliers(gallery, k=3)
    for found, listed in ((walked, walked.stations), (lying, lying.intermediates), (alone, alone.outliers)):
        told = {one.path: found.metadata[one.path].title for one in listed}
        assert told == {path: f"Study {names.index(os.fsdecode(path))}" for path in told} and len(told) >= 3
    for command in (["path", *ends], ["between", *ends], ["outliers", gallery]):
        said = invoke(*command, "--sheet", tmp_path / f"{command[0]}.png")
        assert "Anna, Study " in said.stdout and (tmp_path / f"{command[0]}.png").stat().st_size > 10_000
    page = tmp_path / "page.html"
    invoke("similar", ends[0], "--html", page)
    assert "Study " in page.read_text() and "Anna, 19" in page.read_text()
