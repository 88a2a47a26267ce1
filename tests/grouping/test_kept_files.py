"""Groups of any names, of works of any names, through both of their files and through tomllib."""

from __future__ import annotations

import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as some

from artbyol.grouping.csv import read_csv, write_csv
from artbyol.grouping.draft import settle
from artbyol.grouping.kept import Kept, KeptGroup, KeptWork, folded, pinned_first
from artbyol.grouping.toml import read_toml, write_toml

TEXTS = some.text(some.characters(exclude_categories=["Cs"]), max_size=10) | some.sampled_from(
    ["=1+1", "-5", "'=x", "+1", "#no comment", '"""', "[[group]]", "a\\", "1905", "sep=;"]
)
NAMES = TEXTS.map(str.strip).filter(bool)
PATHS = some.binary(min_size=1, max_size=10).map(lambda path: path.replace(b"\0", b"x"))
WORKS = some.tuples(
    PATHS, some.none() | some.binary(min_size=16, max_size=16), some.booleans(), some.sampled_from(["", "3", "1.10"])
)


@some.composite
def kept_groups(draw: some.DrawFn) -> Kept:
    names = draw(some.lists(NAMES, max_size=4, unique_by=folded))
    works = draw(some.lists(WORKS, max_size=8, unique_by=(lambda work: work[0], lambda work: work[1] or work[0])))
    groups = [
        KeptGroup(at + 1, name, pinned_first(KeptWork(*work) for work in works[at :: len(names)]), draw(TEXTS))
        for at, name in enumerate(names)
    ]
    return Kept(tuple(groups), draw(some.booleans()), len(names) + 1, model_id=draw(some.none() | TEXTS))


@given(kept_groups())
def test_hypothesis_toml_is_what_tomllib_reads_and_comes_back(kept: Kept) -> None:
    text = write_toml(kept)
    said = tomllib.loads(text.encode().decode())
    assert [group["name"] for group in said.get("group", [])] == [group.name for group in kept.groups]
    assert settle(read_toml(text, Path("g.toml")), None) == kept


@given(kept_groups())
def test_hypothesis_a_table_of_groups_comes_back(kept: Kept) -> None:
    table = write_csv(kept).encode("utf-8-sig").decode("utf-8-sig")
    assert settle(read_csv(table, Path("g.csv"), kept), kept) == kept
