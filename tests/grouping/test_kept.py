"""Kept groups as values: changes, ids, and both files they are written to and read from."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from artbyol.base.errors import StoreFormatError, UsageError
from artbyol.grouping.csv import read_csv, write_csv
from artbyol.grouping.draft import path_text, settle, text_path_bytes
from artbyol.grouping.kept import (
    GoneGroup,
    Kept,
    KeptGroup,
    KeptWork,
    add_group,
    dissolve,
    find_group,
    find_part,
    merge,
    move,
    parts_of,
    pin,
    pinned_first,
    rename,
)
from artbyol.grouping.toml import read_toml, write_toml

NAMES = [
    'it\'s "quoted"', "two\nlines", "carriage\r\nreturn", "tab\tbed", "comma, semicolon; done", "שלום עולם",
    "\u202egnp.exe", "🎨👩‍🎨", "é", "e\u0301x", "#not a comment", "[[group]]", "id = 7", "'''", '"""', "\\u0041\\",
    "=1+1", "1905", "null", "ends with \\", "line\u2028separator", "\ufeffmark", "del\x7f\x80\x9f", "\x00nul", "x" * 99,
    "bytes:plain",
]  # fmt: skip
PATHS = [
    *(name.encode() for name in NAMES), b"caf\xe9.jpg", b"\xff\xfe", b" leading and trailing ", b"a/b/\xe9 %20.png",
    b"bytes:caf%E9.jpg", b"-0", b"new\nline/\xa0x.jpg", b"a b c.jpg", "日本/北斎.tif".encode(),
]  # fmt: skip


def work(name: str | bytes, digest: int | None = None, pinned: bool = False) -> KeptWork:
    path = name.encode() if isinstance(name, str) else name
    return KeptWork(path, None if digest is None else digest.to_bytes(16, "big"), pinned)


@pytest.fixture
def kept() -> Kept:
    return Kept(
        (
            KeptGroup(1, "group 1", (work("a.jpg", 1), work("b.jpg", 2))),
            KeptGroup(2, "Night pieces", (work("p.jpg", 3, True), work("c.jpg", 4)), note="lamps"),
            KeptGroup(5, "group 5"),
        ),
        next_id=6,
        gone=(GoneGroup(3, "Quays", 2), GoneGroup(4, "Mist", None)),
    )


def drawn(seed: int) -> Kept:
    """Groups with odd names of works with odd names."""
    rng = random.Random(seed)
    names, paths = rng.sample(NAMES, rng.randint(0, 8)), rng.sample(PATHS, len(PATHS))
    groups = []
    for number, name in enumerate(names):
        works = [
            KeptWork(
                paths.pop(),
                rng.choice([rng.randbytes(16), None]),
                rng.random() < 0.3,
                rng.choice(["", "1", "2.10"]) if seed % 2 else "",
            )
            for _ in range(rng.randint(0, len(paths) // (len(names) - number)))
        ]
        note = rng.choice(["", *NAMES])
        groups.append(KeptGroup(7 * (len(names) - number), name.strip(), pinned_first(works), note))
    gone = tuple(GoneGroup(100 + at, name, rng.choice([None, 7])) for at, name in enumerate(rng.sample(NAMES, 3)))
    axis = rng.choice(["style", "palette"])
    return Kept(tuple(groups), rng.random() < 0.5, 200, axis, rng.choice([None, "ab12", 'odd "id"']), gone)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(60))
def test_both_files_bring_back_exactly_what_was_written(seed: int) -> None:
    kept, waiting = drawn(seed), [KeptWork(b"w\xff\n.jpg", bytes(16))]
    text = write_toml(kept, waiting)
    assert settle(read_toml(text.encode().decode(), Path("g.toml")), None) == kept
    assert settle(read_toml(text, Path("g.toml")), kept) == kept
    table = write_csv(kept, waiting)
    assert settle(read_csv(table.encode().decode(), Path("g.csv"), kept), kept) == kept
    without_memory = settle(read_csv(table, Path("g.csv"), None), None)
    assert [(one.id, one.name, one.works) for one in without_memory.groups] == [
        (one.id, one.name, one.works) for one in kept.groups
    ]


@pytest.mark.parametrize("path", PATHS)
def test_every_file_name_has_a_text_and_comes_back(path: bytes) -> None:
    assert text_path_bytes(path_text(path).encode("utf-8").decode("utf-8")) == path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_as_spreadsheets_save_it(kept: Kept, delimiter: str, end: str) -> None:
    rows = list(csv.reader(io.StringIO(write_csv(kept), newline="")))
    text = io.StringIO(newline="")
    shuffled = [[row[3], "mine", row[2], row[4], row[0], row[1]] for row in rows]  # columns moved, one added
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows([*shuffled, [""] * 6])
    saved = text.getvalue().replace("group_id", " Group_ID ")
    assert settle(read_csv(saved, Path("g.csv"), kept), kept) == kept


def test_a_table_needs_only_an_id_or_a_name(kept: Kept) -> None:
    rows = ("a.jpg,2,,x", "b.jpg,,night PIECES,", "z.jpg,,Storms,no", "y.jpg,,Storms,0", "w.jpg,,,")
    text = "\n".join(["path,group_id,group_name,pinned", *rows])
    found = settle(read_csv(text, Path("g.csv"), kept), kept)
    assert [(one.id, one.name, [w.path for w in one.works], one.note) for one in found.groups] == [
        (2, "Night pieces", [b"a.jpg", b"b.jpg"], "lamps"),
        (6, "Storms", [b"z.jpg", b"y.jpg"], ""),
    ]
    assert [w.pinned for w in found.groups[0].works] == [True, False]
    assert [one.id for one in found.gone] == [1, 3, 4, 5] and found.next_id == 7


def test_an_edited_text_file_moves_pins_renames_and_adds(kept: Kept) -> None:
    text = write_toml(kept, [work("waits.jpg", 9)])
    line = next(line for line in text.splitlines() if "c.jpg" in line)
    text = text.replace(line + "\n", "").replace('"lamps"\npinned = [', f'"lamps"\npinned = [\n{line}')
    text = text.replace('"group 1"', '"""Early"""').replace("id = 5\nname", "name").replace('"group 5"', "'Storms'")
    text = text.replace("works = []", 'works = ["typed.jpg"]', 1)
    found = settle(read_toml(text, Path("g.toml")), kept)
    assert [(one.id, one.name) for one in found.groups] == [(1, "Early"), (2, "Night pieces"), (6, "Storms")]
    assert found.groups[1].works == (work("c.jpg", 4, True), work("p.jpg", 3, True))
    assert found.groups[2].works == (work("typed.jpg"),)
    assert GoneGroup(5, "group 5", None) in found.gone


BROKEN: list[tuple[str, Callable[[str], str], str]] = [
    ("no TOML", lambda text: text.replace("id = 2", "id = = 2"), "line 21"),
    ("another format", lambda text: text.replace("artbyol-groups", "recipes"), "not a file of groups"),
    ("an id twice", lambda text: text.replace("id = 5", "id = 2"), "line 31: id 2 stands at g.toml, line 20 already"),
    (
        "an id of a group that is gone",
        lambda text: text.replace("id = 5", "id = 3"),
        "line 31: 3 was the id of 'Quays'",
    ),
    ("no id at all", lambda text: text.replace("id = 5", "id = -5"), "line 31: -5 is not an id"),
    ("an id in quotes", lambda text: text.replace("id = 5", 'id = "5"'), "line 31: id is '5'"),
    ("a name twice", lambda text: text.replace('"group 5"', '"NIGHT pieces"'), "line 31: the name 'NIGHT pieces'"),
    ("no name", lambda text: text.replace('"group 5"', '" "'), "line 31: a group needs a name"),
    (
        "a work twice",
        lambda text: text.replace("c.jpg", "a.jpg"),
        "line 28: the work 'a.jpg' stands at g.toml, line 16",
    ),
    ("a content twice", lambda text: text.replace(f"{4:032x}", f"{1:032x}"), "line 28: the work 'c.jpg' stands at"),
    ("no path", lambda text: text.replace('path = "c.jpg", ', ""), "a work has no path"),
    ("no hash", lambda text: text.replace(f"{4:032x}", "4711"), "line 28: content is not a hash"),
    ("an unknown word", lambda text: text.replace("note =", "remark ="), "line 20: nothing is called 'remark'"),
    ("an unknown axis", lambda text: text.replace('"style"', '"mood"'), "there is no axis 'mood'"),
    ("groups that are none", lambda text: 'format = "artbyol-groups"\ngroup = [1]\n', "a group must be a table"),
    ("works that are none", lambda text: text.replace("works = []", "works = 3"), "works is 3"),
]


@pytest.mark.parametrize(("edit", "said"), [one[1:] for one in BROKEN], ids=[one[0] for one in BROKEN])
def test_nonsense_in_a_text_file_is_refused_with_its_line(kept: Kept, edit: Callable[[str], str], said: str) -> None:
    text = write_toml(kept)
    assert edit(text) != text
    with pytest.raises(UsageError) as caught:
        settle(read_toml(edit(text), Path("g.toml")), kept)
    assert said in caught.value.message and caught.value.message.startswith("g.toml") and caught.value.hint


def test_a_file_of_a_newer_artbyol_is_refused(kept: Kept) -> None:
    with pytest.raises(StoreFormatError, match="newer"):
        read_toml(write_toml(kept).replace("version = 1", "version = 3\nthings = 3"), Path("g.toml"))


def test_parts_of_groups_are_kept_and_named_by_id(kept: Kept) -> None:
    works = (work("a.jpg", 1), work("b.jpg", 2), work("d.jpg", 5), work("e.jpg", 6))
    parts = ("2", "1.2", "1.10", "")
    kept = replace(kept, groups=(KeptGroup(1, "Early", tuple(map(in_part, works, parts))), *kept.groups[1:]))
    assert parts_of(kept.groups[0]) == ["1", "1.2", "1.10", "2"]
    assert find_part(kept, "1.1") == (kept.groups[0], "1") and find_part(kept, "early") == (kept.groups[0], "")
    for missing in ("1.3", "1.1.3", "7.1"):
        with pytest.raises(UsageError, match=missing):
            find_part(kept, missing)
    called, _ = rename(kept, "5", "1.1")
    assert find_part(called, "1.1") == (called.groups[2], "")  # a name comes first
    moved = move(kept, [works[3]], 1, "2")
    assert [one.part for one in moved.groups[0].works if one.path == b"e.jpg"] == ["2"]
    joined, _ = merge(kept, "1", "2")
    assert {one.part for one in joined.groups[0].works} == {""}
    text = write_toml(kept)
    assert "version = 2" in text and settle(read_toml(text, Path("g.toml")), None) == kept
    assert "version = 1" in write_toml(joined)
    with pytest.raises(UsageError, match=r"line 16: 'x' is no part"):
        read_toml(text.replace('part = "2"', 'part = "x"'), Path("g.toml"))


def in_part(one: KeptWork, part: str) -> KeptWork:
    return replace(one, part=part)


HEADER = "path,group_id,group_name,pinned,content\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a table of groups"),
        ("file,style\na.jpg,x\n", "not a table of groups"),
        ("path,path,group_id\n", "two columns 'path'"),
        (HEADER + "a.jpg,one,,,\n", "row 2: 'one' is not an id"),
        (HEADER + "a.jpg,0,,,\n", "row 2: 0 is not an id"),
        (HEADER + "a.jpg,3,Rivers,,\n", "row 2: 3 was the id of 'Quays'"),
        (HEADER + '"a\n.jpg",1,A,,\nb.jpg,1,B,,\n', "row 3: group 1 is called 'B', but 'A' in row 2"),
        (HEADER + "a.jpg,1,A,,\nb.jpg,2,a,,\n", "row 3: the name 'a' stands at g.csv, row 2 already"),
        (HEADER + "a.jpg,1,A,perhaps,\n", "row 2: the column pinned holds 'perhaps'"),
        (HEADER + "a.jpg,1,A,,77\n", "row 2: content is not a hash"),
        (HEADER + "a.jpg,1,A,,\n,,,,\na.jpg,2,,,\n", "row 4: the work 'a.jpg' stands at g.csv, row 2 already"),
        (HEADER + ",,,1,\n", "row 2: there is neither a work nor a group"),
    ],
)
def test_nonsense_in_a_table_is_refused_with_its_row(kept: Kept, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        settle(read_csv(text, Path("g.csv"), kept), kept)
    assert said in caught.value.message and caught.value.message.startswith("g.csv") and caught.value.hint


def test_groups_are_found_by_name_and_by_id(kept: Kept) -> None:
    for wanted in ("2", "Night pieces", " night PIECES "):
        assert find_group(kept, wanted).id == 2
    named_like_an_id, _ = rename(kept, "1", "5")
    with pytest.raises(UsageError, match="the name of group 1 and the id of 'group 5'"):
        find_group(named_like_an_id, "5")
    with pytest.raises(UsageError, match="'Quays', was merged into group 2"):
        find_group(kept, "3")
    with pytest.raises(UsageError, match="'Mist', was dissolved"):
        find_group(kept, "mist")
    with pytest.raises(UsageError, match="no group 'x'") as caught:
        find_group(kept, "x")
    assert "2 'Night pieces'" in (caught.value.hint or "")


@pytest.mark.parametrize("name", ["", "  ", "Night Pieces", "\udcff"])
def test_a_name_that_cannot_be_given_is_refused(kept: Kept, name: str) -> None:
    with pytest.raises(UsageError):
        rename(kept, "1", name)


def test_ids_stay_and_are_never_given_twice(kept: Kept) -> None:
    merged, said = merge(kept, "2", "1")
    assert said == "The works of group 2 'Night pieces' are in group 1 now; 2 is no group any more."
    assert [(one.id, [w.path for w in one.works]) for one in merged.groups] == [
        (1, [b"p.jpg", b"a.jpg", b"b.jpg", b"c.jpg"]),
        (5, []),
    ]
    assert merged.groups[0].works[0].pinned and GoneGroup(2, "Night pieces", 1) in merged.gone
    gone, _ = dissolve(merged, "5")
    after, made = add_group(gone, "Storms")
    assert made.id == 6 and after.next_id == 7
    again = settle(read_toml(write_toml(dissolve(after, "6")[0]), Path("g")), None)
    assert add_group(again, "Storms")[1].id == 7
    with pytest.raises(UsageError, match="itself"):
        merge(kept, "1", "group 1")


def test_a_work_is_in_one_group_wherever_it_is_moved(kept: Kept) -> None:
    moved = move(kept, [work("a.jpg", 1), work("new.jpg", 7)], 5)
    assert moved.groups[2].works == (work("a.jpg", 1, True), work("new.jpg", 7, True))
    assert moved.groups[0].works == (work("b.jpg", 2),)
    freed = pin(moved, [moved.groups[2].works[0]], False)
    assert [(w.path, w.pinned) for w in freed.groups[2].works] == [(b"new.jpg", True), (b"a.jpg", False)]
