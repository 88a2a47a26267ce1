"""Groups kept of a collection: frozen, changed, shared, undone, through everything that happens to the files."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner, Result

import artbyol
from artbyol.base.errors import ArtbyolError, StoreError, StoreFormatError, StoreMissingError, UsageError
from artbyol.base.events import Event, Notice
from artbyol.cli import app
from tests.conftest import give_model, painting, snapshot

STYLES: dict[str, tuple[int, int, int]] = {"red": (200, 40, 40), "green": (40, 150, 60), "blue": (40, 60, 190)}


def draw(path: Path, ground: tuple[int, int, int], seed: int) -> None:
    """A few strokes on a ground of one colour, give or take."""
    rng = np.random.default_rng(seed)

    def near() -> tuple[int, ...]:
        return tuple(int(c) for c in np.clip(np.array(ground) + rng.integers(-30, 31, 3), 0, 255))

    image = Image.new("RGB", (64, 64), near())
    pen = ImageDraw.Draw(image)
    for _ in range(6):
        ends = [(int(rng.integers(0, 64)), int(rng.integers(0, 64))) for _ in range(2)]
        pen.line(ends, fill=near(), width=int(rng.integers(1, 6)))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


@pytest.fixture(scope="session")
def _styles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collections") / "styles"
    for number, (name, ground) in enumerate(STYLES.items()):
        for at in range(10):
            draw(folder / f"{name}{at}.png", ground, 100 * number + at)
    give_model(folder)
    artbyol.embed(folder)
    artbyol.cluster(folder, k=3, keep=True)
    return folder


@pytest.fixture
def styles(_styles: Path, tmp_path: Path) -> Path:
    """Thirty drawings in three frozen groups, which are named red, green and blue."""
    folder = Path(shutil.copytree(_styles, tmp_path / "styles"))
    for name in STYLES:
        artbyol.groups(folder, rename=(str(group_of(folder, f"{name}0.png")), name))
    return folder


def group_of(folder: Path, name: str) -> int | None:
    """The id of the group that a work is in."""
    for group in artbyol.cluster(folder).groups:
        if os.fsencode(name) in {member.path for member in group.members}:
            return group.id
    return None


def members(folder: Path) -> dict[str, set[bytes]]:
    """What is in which group, by name; of frozen groups what is kept."""
    return {
        group.name: {member.path for member in group.members if not member.new}
        for group in artbyol.cluster(folder).groups
    }


def cli(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.mark.slow
def test_new_works_join_their_group_and_strangers_none(styles: Path) -> None:
    ids = {group.name: group.id for group in artbyol.cluster(styles).groups}
    before, kept = snapshot(styles), members(styles)
    assert {name: {path[: len(name)] for path in paths} for name, paths in kept.items()} == {
        name: {name.encode()} for name in STYLES
    }
    for number, (name, ground) in enumerate(STYLES.items()):
        for at in range(4):
            draw(styles / f"{name}-new{at}.png", ground, 1000 + 100 * number + at)
    for at in range(3):
        draw(styles / f"white{at}.png", (240, 240, 235), 2000 + at)
    artbyol.embed(styles)
    assert len(artbyol.groups(styles).waiting) == 15
    found = artbyol.cluster(styles)
    assert found.frozen and len(found.new) == 15
    names = {id: name for name, id in ids.items()}
    known = [work for work in found.new if b"new" in work.path]
    assert all(names[work.nearest or 0].encode() == work.path.split(b"-")[0] for work in known)
    assert sum(work.group is not None for work in known) >= 9
    assert [work.path for work in found.new if work.path.startswith(b"white") and work.group is not None] == []
    assert {b"white0.png", b"white1.png", b"white2.png"} <= set(found.unassigned)
    assert members(styles) == kept  # looking changes nothing

    kept_now = artbyol.cluster(styles, keep=True)
    after = artbyol.cluster(styles)
    assert kept_now.groups == after.groups
    assert {work.path for work in kept_now.new} == {work.path for work in after.new}
    assert {group.name: group.id for group in after.groups} == ids
    assert {work.path for work in after.new} == {work.path for work in found.new if work.group is None}
    assert {path: value for path, value in snapshot(styles).items() if path in before} == before


def test_a_group_of_one_kind_of_file_says_so(_styles: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(_styles, tmp_path / "kinds"))
    for path in folder.glob("red*.png"):
        path.rename(path.with_suffix(".tif"))
    artbyol.embed(folder)
    found = {group.members[0].path[:3]: group for group in artbyol.cluster(folder).groups}
    assert found[b"red"].files_alike == "all in files in TIFF (elsewhere 0 %)"
    assert found[b"red"].description.endswith(found[b"red"].files_alike)
    for path in folder.glob("green*.png"):
        path.rename(path.with_suffix(".webp"))
    artbyol.embed(folder)
    said = cli("cluster", folder).stderr.replace("\n", " ")
    names = ", ".join(group.name for group in artbyol.cluster(folder).groups)
    assert f"{names} are each nearly all one kind of file: maybe a source and not a style." in said


def test_parts_of_groups_are_found_kept_and_changed(_styles: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(_styles, tmp_path / "parts"))
    artbyol.groups(folder, freeze=False)
    out = ("--csv", tmp_path / "g.csv", "--organize", tmp_path / "out", "--sheet-dir", tmp_path / "sheets")
    done = cli("cluster", folder, "-k", 1, "--levels", 2, "--keep", "--json", "--quiet", *out)
    (group,) = json.loads(done.stdout)["groups"]
    ids = [f"{group['id']}.{number}" for number in (1, 2, 3)]
    assert [part["id"] for part in group["parts"]] == ids and all(part["description"] for part in group["parts"])
    colours = {member["part"]: member["path"].removesuffix(".png").rstrip("0123456789") for member in group["members"]}
    assert set(colours) == set(ids) and set(colours.values()) == set(STYLES)
    assert {f"group {group['id']:02d} {id}" for id in ids} == {path.name for path in (tmp_path / "out").glob("group*")}
    again = artbyol.cluster(folder)
    assert [part.id for part in again.groups[0].parts] == ids  # kept for good, also where no levels are asked for
    assert artbyol.groups(folder).groups[0].parts == tuple(ids)
    moved = artbyol.groups(folder, "red0.png", into=next(id for id in ids if colours[id] == "blue"))
    assert moved.changed and "blue" in colours[moved.changed.split("part ")[1].split(" of")[0]]
    split = artbyol.groups(folder, split=ids[0])
    assert [one.works for one in split.groups] in ([20, 10], [21, 9], [19, 11], [20, 11], [21, 10], [20, 9])
    draw(folder / "red-new.png", STYLES["red"], 77)
    artbyol.embed(folder)
    new = [member for one in artbyol.cluster(folder).groups for member in one.members if member.new]
    assert [bool(member.part) for member in new] in ([], [True], [False])  # in a part if its group has parts
    with pytest.raises(UsageError, match="levels must lie between 1 and 3"):
        artbyol.cluster(folder, levels=4)


def test_names_are_carried_through_every_output(styles: Path, tmp_path: Path) -> None:
    odd = 'Nächte: "1"/2\n🎨'
    artbyol.groups(styles, rename=("red", odd))
    artbyol.groups(styles, styles / "blue3.png", into=odd)
    done = cli("cluster", styles, "--json", "--quiet", "--csv", tmp_path / "g.csv", "--organize", tmp_path / "out")
    found = json.loads(done.stdout)
    ids = {group["name"]: group["id"] for group in found["groups"]}
    assert set(ids) == {odd, "green", "blue"} and found["frozen"]
    assert [m["path"] for g in found["groups"] for m in g["members"] if m["pinned"]] == ["blue3.png"]
    table = (tmp_path / "g.csv").read_text(encoding="utf-8-sig")
    assert table.splitlines()[0] == "group,path,likeness,typical,outlier,name,pinned,new,part,subpart,sure,second"
    assert ',"Nächte: ""1""/2\n🎨",1,0' in table
    folders = {path.name: len(list(path.iterdir())) for path in (tmp_path / "out").iterdir() if path.is_dir()}
    assert folders == {"Nächte_ _1__2_🎨": 11, "green": 10, "blue": 9}
    shown = cli("groups", styles).stdout.splitlines()
    assert [ids[odd], r'Nächte: "1"/2\n🎨'] in [[int(line.split("\t")[0]), line.split("\t")[1]] for line in shown]
    assert {line.split("\t")[0] for line in cli("cluster", styles).stdout.splitlines()} == {
        r'Nächte: "1"/2\n🎨', "green", "blue",
    }  # fmt: skip
    (row,) = [line for line in cli("info", styles).stdout.splitlines() if "groups" in line]
    assert "3 kept, frozen, of 30 works" in row


def test_frozen_groups_are_not_made_again(styles: Path) -> None:
    for wish in ({"k": 4}, {"method": "ward"}):
        with pytest.raises(UsageError, match="frozen") as caught:
            artbyol.cluster(styles, **wish)  # type: ignore[arg-type]
        assert "--unfreeze" in (caught.value.hint or "")
    with pytest.raises(UsageError, match="kept by style"):
        artbyol.cluster(styles, by="palette", keep=True)
    said: list[Event] = []
    other = artbyol.cluster(styles, by="palette", k=2, listener=said.append)
    assert not other.frozen and [group.name for group in other.groups] == ["group 1", "group 2"]
    assert any(isinstance(event, Notice) and "go by style" in event.text for event in said)


def test_works_are_known_again_by_content_and_by_path(styles: Path) -> None:
    before = members(styles)
    artbyol.groups(styles, [styles / "red0.png", styles / "red1.png"], into="blue")
    (styles / "red0.png").rename(styles / "renamed.png")
    with Image.open(styles / "red1.png") as image:
        image.save(styles / "red1.png", pnginfo=None, compress_level=1)
    shutil.copy(styles / "green0.png", styles / "a copy.png")
    artbyol.embed(styles)
    after = members(styles)
    assert after["blue"] == before["blue"] | {b"renamed.png", b"red1.png"}
    assert b"a copy.png" in after["green"]
    (styles / "renamed.png").write_bytes((styles / "renamed.png").read_bytes() + b"saved anew")  # embed wrote it down
    artbyol.embed(styles)
    assert members(styles)["blue"] == after["blue"]
    found = artbyol.groups(styles)
    assert found.waiting == () and sum(group.pinned for group in found.groups) == 2


@pytest.mark.slow
def test_works_that_are_gone_keep_their_place(styles: Path) -> None:
    first = artbyol.groups(styles).groups[0].name
    aside = styles.parent / "aside"
    aside.mkdir()
    for path in styles.glob(f"{first}*.png"):
        path.rename(aside / path.name)
    artbyol.embed(styles)
    found = artbyol.groups(styles, rename=(first, "Gone"))
    assert {group.name: group.gone for group in found.groups} == {"Gone": 10} | dict.fromkeys(
        STYLES.keys() - {first}, 0
    )
    assert len(found.gone) == 10
    empty = next(group for group in artbyol.cluster(styles).groups if group.name == "Gone")
    assert empty.members == () and empty.words == ()
    assert cli("cluster", styles).exit_code == 0
    shutil.copytree(styles, styles.parent / "fresh", ignore=shutil.ignore_patterns("store.json"))
    assert artbyol.explore(styles.parent / "fresh").neighbours  # though the first group is empty
    for path in aside.iterdir():
        path.rename(styles / path.name)
    artbyol.embed(styles)
    assert len(members(styles)["Gone"]) == 10 and artbyol.groups(styles).gone == ()


@pytest.mark.slow
def test_the_catalogue_and_the_model_may_change(styles: Path) -> None:
    before, ids = members(styles), [group.id for group in artbyol.cluster(styles).groups]
    for path in (styles / ".artbyol").glob("catalogue*"):
        path.unlink()
    give_model(styles, seed=1)
    artbyol.embed(styles)
    said: list[Event] = []
    found = artbyol.cluster(styles, listener=said.append)
    assert members(styles) == before and [group.id for group in found.groups] == ids
    assert any(isinstance(event, Notice) and "more like another group" in event.text for event in said)
    artbyol.cluster(styles, keep=True)
    said.clear()
    artbyol.cluster(styles, listener=said.append)
    assert not any(isinstance(event, Notice) and "kept with model" in event.text for event in said)


@pytest.mark.slow
def test_let_go_works_are_grouped_anew_but_for_pins(styles: Path) -> None:
    ids = {group.name: group.id for group in artbyol.cluster(styles).groups}
    artbyol.groups(styles, styles / "red0.png", into="blue")
    artbyol.groups(styles, freeze=False)
    found = artbyol.cluster(styles, 3)
    assert not found.frozen and {group.name: group.id for group in found.groups} == ids
    assert group_of(styles, "red0.png") == ids["blue"]
    finer = artbyol.cluster(styles, 7, keep=True)
    made = {group.id: group.name for group in finer.groups}
    assert all(made[id] == name for name, id in ids.items() if id in made)
    assert {id for id in made if made[id] not in ids} == set(
        range(4, 4 + len([n for n in made.values() if n not in ids]))
    )
    assert artbyol.cluster(styles).frozen and artbyol.groups(styles).waiting == ()
    assert group_of(styles, "red0.png") == ids["blue"]


def test_pins_outlast_their_group_and_their_files(styles: Path) -> None:
    (styles / "red0.png").rename(styles.parent / "red0.png")
    artbyol.groups(styles, ["red0.png", "red1.png"], into="Two", new=True)
    artbyol.groups(styles, styles, into="green")  # everything there is, and red0 is only in the catalogue
    artbyol.groups(styles, ["red0.png"], into="Two")
    artbyol.embed(styles)
    artbyol.groups(styles, freeze=False)
    found = artbyol.cluster(styles, 2, keep=True)
    assert [(group.name, group.size) for group in found.groups] == [("green", 29), ("Two", 0)]
    (styles.parent / "red0.png").rename(styles / "back.png")
    artbyol.embed(styles)
    assert members(styles)["Two"] == {b"back.png"}


def test_groups_are_merged_split_and_dissolved(styles: Path) -> None:
    start = {group.name: group.id for group in artbyol.groups(styles).groups}
    merged = artbyol.groups(styles, merge="red", into=str(start["blue"]))
    assert {(group.name, group.works) for group in merged.groups} == {("green", 10), ("blue", 20)}
    parted = artbyol.groups(styles, split="blue")
    assert [(group.id, group.works) for group in parted.groups if group.name != "green"] == [
        (start["blue"], 10),
        (4, 10),
    ]
    assert group_of(styles, "red0.png") != group_of(styles, "blue0.png")
    gone = artbyol.groups(styles, dissolve="4")
    assert len(gone.waiting) == 10
    new = artbyol.groups(styles, list(gone.waiting[:3]), into="Storms", new=True)
    assert [(group.id, group.name, group.pinned) for group in new.groups][-1] == (5, "Storms", 3)
    assert artbyol.groups(styles, styles, pin=False).groups[-1].pinned == 0


def test_every_change_is_undone_in_turn(styles: Path) -> None:
    file = styles / ".artbyol" / "groups.toml"
    states = [file.read_bytes()]
    changes: list[dict[str, Any]] = [
        {"rename": ("red", "Rot")}, {"note": ("Rot", "a\nnote")}, {"merge": "Rot", "into": "blue"},
        {"dissolve": "green"}, {"freeze": False},
    ]  # fmt: skip
    for change in changes:
        artbyol.groups(styles, **change)
        states.append(file.read_bytes())
    assert len(set(states)) == len(states)
    for state in states[-2::-1]:
        artbyol.groups(styles, undo=True)
        assert file.read_bytes() == state
    for _ in range(artbyol.groups(styles).earlier):
        artbyol.groups(styles, undo=True)
    with pytest.raises(UsageError, match="no earlier version"):
        artbyol.groups(styles, undo=True)


@pytest.mark.parametrize("ending", [".toml", ".csv"])
@pytest.mark.slow
def test_a_file_goes_out_and_comes_back(styles: Path, tmp_path: Path, ending: str) -> None:
    raw = os.fsdecode(b"caf\xe9 <b>'\"\n.png")
    painting(1).save(styles / raw)
    painting(2).save(styles / "waits.png")
    artbyol.embed(styles)
    artbyol.groups(styles, styles / raw, into='"; DROP\n🎨', new=True)
    artbyol.groups(styles, note=("red", "שלום"))
    file, store = tmp_path / f"groups{ending}", styles / ".artbyol" / "groups.toml"
    before = store.read_bytes()
    assert cli("groups", styles, "--export", file).exit_code == 0
    with pytest.raises(UsageError, match="exists"):
        artbyol.groups(styles, write=file)
    artbyol.groups(styles, dissolve="green")
    artbyol.groups(styles, read=file)
    assert store.read_bytes() == before
    text = file.read_text(encoding="utf-8")
    assert "waits.png" in text and "bytes:caf%E9" in text
    # A colleague who has the works, and has kept nothing.
    other = Path(shutil.copytree(styles, tmp_path / "colleague"))
    shutil.rmtree(other / ".artbyol")
    give_model(other, seed=1)
    artbyol.embed(other)
    artbyol.groups(other, read=file)
    assert members(other) == members(styles)


def test_a_file_with_mistakes_changes_nothing(styles: Path, tmp_path: Path) -> None:
    file, store = tmp_path / "g.toml", styles / ".artbyol" / "groups.toml"
    before = store.read_bytes()
    artbyol.groups(styles, write=file)
    text = file.read_text(encoding="utf-8")
    file.write_text(text + '[[group]]\nname = "Typed"\nworks = ["red1.pgn"]\n', encoding="utf-8")
    done = cli("groups", styles, "--import", file)
    assert done.exit_code == 2 and "is it 'red1.png'?" in done.stderr
    assert f"line {len(text.splitlines()) + 3}: there is no work 'red1.pgn'" in done.stderr.replace("\n", " ")
    file.write_text(text + '[[group]]\nname = "Twice"\nworks = ["./red1.png"]\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"the work 'red1.png' stands at .*g.toml, line \d+ already"):
        artbyol.groups(styles, read=file)
    for name in ("missing.toml", "missing.csv"):
        with pytest.raises(UsageError, match="cannot be read"):
            artbyol.groups(styles, read=tmp_path / name)
    for wish in ({"write": tmp_path / "g.xlsx"}, {"read": styles / "red0.png"}):
        with pytest.raises(UsageError, match=r"neither in .toml nor in .csv"):
            artbyol.groups(styles, **wish)  # type: ignore[arg-type]
    assert store.read_bytes() == before
    said: list[Event] = []
    foreign = f'[[group]]\nname = "To come"\nworks = [{{ path = "later.png", content = "b2-{7:032x}" }}]\n'
    file.write_text(text + foreign, encoding="utf-8")
    artbyol.groups(styles, read=file, listener=said.append)
    assert any(isinstance(event, Notice) and "later.png" in event.text for event in said)


def test_a_damaged_or_newer_file_is_named_and_can_be_taken_back(styles: Path) -> None:
    file = styles / ".artbyol" / "groups.toml"
    artbyol.groups(styles, rename=("red", "Rot"))
    good = file.read_bytes()
    for spoil, kind in ((good[: len(good) // 2], StoreError), (b"\xff\xfe", StoreError), (b"", StoreError)):
        file.write_bytes(spoil)
        with pytest.raises(kind) as caught:
            artbyol.cluster(styles)
        assert "--undo" in (caught.value.hint or "")
        assert "groups" in str(artbyol.info(styles).stale) and artbyol.info(styles).groups is None  # type: ignore[union-attr]
        artbyol.embed(styles)  # needs no groups, and leaves them alone
        assert file.read_bytes() == spoil
    file.write_bytes(good.replace(b"version = 1", b"version = 9"))
    for wish in ({}, {"read": file}, {"dissolve": "green"}):
        with pytest.raises(StoreFormatError, match="newer"):
            artbyol.groups(styles, **wish)  # type: ignore[arg-type]
    artbyol.groups(styles, undo=True)
    assert {group.name for group in artbyol.groups(styles).groups} == set(STYLES)


def test_writers_take_turns(styles: Path) -> None:
    def add(number: int) -> None:
        artbyol.groups(styles, styles / f"red{number}.png", into=f"new {number}", new=True)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(6)))
    made = [group for group in artbyol.groups(styles).groups if group.name.startswith("new")]
    assert sorted(group.name for group in made) == [f"new {number}" for number in range(6)]
    assert sorted(group.id for group in made) == [4, 5, 6, 7, 8, 9] and all(group.works == 1 for group in made)


def test_works_are_named_as_people_name_them(styles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(styles / "sub" / "white0.png", (240, 240, 235), 1)
    draw(styles / "sub" / "white1.png", (240, 240, 235), 2)
    artbyol.embed(styles)
    monkeypatch.chdir(styles / "sub")
    artbyol.groups(styles, ["white0.png", "red0.png", b"sub/white1.png"], into="blue")
    assert {b"sub/white0.png", b"red0.png", b"sub/white1.png"} < members(styles)["blue"]
    artbyol.groups(styles, ["."], into="Whites", new=True)
    assert members(styles)["Whites"] == {b"sub/white0.png", b"sub/white1.png"}
    monkeypatch.chdir("/")
    assert artbyol.groups(styles, "sub", pin=False).groups[-1].pinned == 0
    with pytest.raises(UsageError, match=r"no work 'grey\.png'"):
        artbyol.groups(styles, "grey.png", into="blue")
    with pytest.raises(UsageError, match="no group 'Grey'") as caught:
        artbyol.groups(styles, "red0.png", into="Grey")
    assert "--new" in (caught.value.hint or "")


WISHES: list[tuple[dict[str, Any], str]] = [
    ({"works": ["red0.png"]}, "moved into a group, or pinned"),
    ({"works": ["red0.png"], "into": "blue", "pin": True}, "moved into a group, or pinned"),
    ({"rename": ("red", "x"), "undo": True}, "--rename and --undo are two changes"),
    ({"merge": "red"}, "merged into another"),
    ({"into": "red"}, "Nothing is named"),
    ({"pin": True}, "No works are named"),
    ({"new": True}, "A new group needs works"),
    ({"rename": ("grey", "x")}, "no group 'grey'"),
]


def test_a_change_given_twice_is_refused_and_nothing_done(styles: Path) -> None:
    file = styles / ".artbyol" / "groups.toml"
    before = file.read_bytes()
    for change in (["--rename", "red", "Rot", "--rename", "blue", "Blau"], ["--dissolve", "red", "--dissolve", "blue"]):
        done = cli("groups", styles, *change)
        assert done.exit_code == 2 and f"{change[0]} is given twice" in done.stderr
    assert file.read_bytes() == before


@pytest.mark.parametrize(("wish", "said"), WISHES)
def test_half_a_wish_is_refused(_styles: Path, wish: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        artbyol.groups(_styles, **wish)
    assert caught.value.hint


def test_a_work_in_no_group_cannot_be_pinned_where_it_is(styles: Path) -> None:
    artbyol.groups(styles, dissolve="red")
    with pytest.raises(UsageError, match="in no group"):
        artbyol.groups(styles, styles / "red0.png", pin=True)


def test_without_kept_groups_there_is_a_hint(gallery: Path) -> None:
    calls: list[Callable[[], object]] = [
        lambda: artbyol.groups(gallery), lambda: artbyol.groups(gallery, rename=("1", "x")),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(StoreMissingError, match="No groups are kept") as caught:
            call()
        assert "--keep" in (caught.value.hint or "")
    with pytest.raises(ArtbyolError, match="no earlier version"):
        artbyol.groups(gallery, undo=True)
    found = artbyol.cluster(gallery, 4)
    assert [(group.id, group.name) for group in found.groups] == [(n, f"group {n}") for n in range(1, 5)]
    assert not (gallery / ".artbyol" / "groups.toml").exists()
