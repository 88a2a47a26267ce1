"""`--across`: works from elsewhere only, by folders or by a column, alone and in galleries."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import artbyol
from artbyol.base.errors import UsageError
from artbyol.search.neighbours import nearest_by, nearest_works
from artbyol.search.origins import elsewhere
from tests.conftest import names_of, run_cli


@pytest.fixture
def museums(gallery: Path) -> Path:
    """Work 0 at the top, 1 to 11 in `one`, 12 to 23 in `two`, of painters A, B and C; of the last three nobody says
    who painted them."""
    rows = ["filename,artist,Room"]
    for number in range(1, 24):
        place, name = ("one", "two")[number > 11], f"work{number:02d}.png"
        (gallery / place).mkdir(exist_ok=True)
        (gallery / name).rename(gallery / place / name)
        rows += [f"{place}/{name},{'ABC'[number % 3]},{number % 2}"] if number < 21 else []
    (gallery / "metadata.csv").write_text("\n".join(rows))
    artbyol.embed(gallery)
    return gallery


def test_works_of_the_querys_folder_are_left_out(museums: Path) -> None:
    found = artbyol.similar(museums / "one" / "work05.png", 30, across="folders")
    assert sorted(names_of(found.neighbours)) == ["two/" + f"work{n}.png" for n in range(12, 24)] + ["work00.png"]
    assert found.across == "folders" and found.left_out == (b"one/work05.png",)
    plain = artbyol.similar(museums / "one" / "work05.png", 30, nearest_only=True).neighbours
    assert found.neighbours[0].path == next(one.path for one in plain if not one.path.startswith(b"one/"))
    percentiles = {one.path: one.percentile for one in plain}
    assert all(one.percentile == pytest.approx(percentiles[one.path], abs=0.5) for one in found.neighbours)
    at_the_top = artbyol.similar(museums / "work00.png", 30, across="folders").neighbours
    assert len(at_the_top) == 23


def painter(name: str) -> str:
    number = int(name[-6:-4])
    return "ABC"[number % 3] if 0 < number < 21 else ""


@pytest.mark.parametrize("by", ["style", "palette"])
def test_works_with_the_querys_value_in_a_column_are_left_out(museums: Path, by: str) -> None:
    found = artbyol.similar(museums / "one" / "work05.png", 30, across="Artist", by=by)  # type: ignore[arg-type]
    assert {painter(name) for name in names_of(found.neighbours)} == {"A", "B", ""} and len(found.neighbours) == 17
    nobody = artbyol.similar(museums / "two" / "work23.png", 30, across="artist")
    assert {painter(name) for name in names_of(nobody.neighbours)} == {"A", "B", "C"}
    several = artbyol.similar([museums / "one" / f"work{n:02d}.png" for n in (4, 5)], 30, across="artist")
    assert {painter(name) for name in names_of(several.neighbours)} == {"A", ""}
    assert len(artbyol.similar(museums / "one" / "work05.png", 30, across="room").neighbours) == 14


def test_a_copy_elsewhere_makes_a_work_be_from_both(museums: Path) -> None:
    (museums / "two" / "copy.png").write_bytes((museums / "one" / "work05.png").read_bytes())
    artbyol.embed(museums)
    assert names_of(artbyol.similar(museums / "one" / "work05.png", 30, across="folders").neighbours) == ["work00.png"]


def test_a_picture_from_outside_has_everything_elsewhere(museums: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.png"
    (museums / "one" / "work05.png").rename(outside)
    artbyol.embed(museums)
    assert len(artbyol.similar(outside, 30, across="folders", by="tone", folder=museums).neighbours) == 23


def test_the_gallery_shows_kin_from_elsewhere(museums: Path) -> None:
    with artbyol.open(museums) as collection:
        ids = collection.embedded().ids.tolist()
        paths = {content: some[0] for content, some in collection.paths_of(ids).items()}
        near = nearest_works(collection, 6, "folders")
        for row, content in enumerate(ids):
            theirs = [os.path.dirname(paths[ids[other]]) for other in near.nearest[row] if other >= 0]
            assert len(theirs) == 6 and os.path.dirname(paths[content]) not in theirs
        query = museums / os.fsdecode(paths[ids[3]])
        alone = artbyol.similar(query, 6, across="folders", folder=collection).neighbours
        assert [one.path for one in alone] == [paths[ids[other]] for other in near.nearest[3]]


@pytest.mark.parametrize(
    ("across", "spoil", "said"),
    [
        (
            "house",
            lambda folder: None,
            "Nothing is known under 'house': no work is from elsewhere. --across folders, or a column: artist, room",
        ),
        ("room", lambda folder: one_room(folder), "All works are from '1': no work is from elsewhere."),
        ("folders", lambda folder: flat(folder), "All works lie at the top of the folder: no work is from elsewhere."),
    ],
)
def test_where_there_is_nothing_elsewhere_it_says_so(
    museums: Path, across: str, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(museums)
    query = next(museums.rglob("work05.png"))
    with pytest.raises(UsageError) as error:
        artbyol.similar(query, across=across)
    assert f"{error.value.message} {error.value.hint}".startswith(said)


def one_room(folder: Path) -> None:
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("work*.png")]
    (folder / "metadata.csv").write_text("filename,room\n" + "".join(f"{name},1\n" for name in names))


def flat(folder: Path) -> None:
    for path in list(folder.rglob("*/work*.png")):
        path.rename(folder / path.name)
    artbyol.embed(folder)


@pytest.mark.slow
def test_on_the_command_line(museums: Path) -> None:
    done = run_cli("similar", museums / "one" / "work05.png", "--across", "folders", "-k", 3, "--paths")
    assert done.returncode == 0 and all(b"/one/" not in line for line in done.stdout.splitlines())


def test_the_nearest_of_every_work_on_an_axis_are_those_that_similar_finds(museums: Path) -> None:
    with artbyol.open(museums) as collection:
        ids = collection.embedded().ids
        assert elsewhere(collection, ids) == "artist"  # 20 of 24 have one
        paths = [files[0] for files in collection.files_of(ids)]
        found = {across: nearest_by(collection, "palette", ids, 5, across) for across in (None, "artist")}
    (row,) = (row for row, path in enumerate(paths) if path == b"one/work05.png")
    for across, nearest in found.items():
        said = artbyol.similar(museums / "one" / "work05.png", 5, by="palette", across=across).neighbours
        assert [paths[other] for other in nearest[row]] == [one.path for one in said]
    table = museums / "metadata.csv"
    table.write_text("filename,artist\none/work01.png,A\none/work02.png,B\n")
    with artbyol.open(museums) as collection:
        assert elsewhere(collection, collection.embedded().ids) == "folders"  # too few have an artist
