"""What a gallery knows of columns and groupings, and what its owner says."""

from __future__ import annotations

from pathlib import Path

import pytest

from artbyol.base.errors import UsageError
from artbyol.grouping.groups import Group, Groups, Member
from artbyol.metadata.metadata import Metadata
from artbyol.report.gallery.columns import columns_of, summary
from artbyol.report.gallery.groupings import other_numbers
from artbyol.report.gallery.overview import Surveyed
from artbyol.report.gallery.owner import OwnerText, owner_text


def work(words: tuple[str, ...] = (), **known: object) -> Surveyed:
    told = Metadata(**known) if known else None  # type: ignore[arg-type]
    return Surveyed("0123456789", b"", (b"a.png",), 4, 3, 1, words, (), (), told)


def test_columns_hold_each_value_once() -> None:
    works = [
        work(("warmer", "busier"), title="A", label="x", other={"Medium": "oil", "Inventory": "ALB-1"}),
        work(),
        work(("busier",), other={"Medium": "oil", "Inventory": "ALB-2\n"}),
    ]
    columns = columns_of(works)
    assert columns == [
        {"name": "label", "values": ["x"], "of": [0, -1, -1]},
        {"name": "Medium", "values": ["oil"], "of": [0, -1, 0]},
        {"name": "Inventory", "values": ["ALB-1", "ALB-2\\n"], "of": [0, -1, 1]},
        {"name": "Style words", "values": ["warmer", "busier"], "of": [[0, 1], [], [1]]},
    ]
    assert summary(columns) == [["label", 1, 1], ["Medium", 1, 2], ["Inventory", 2, 2], ["Style words", 2, 2]]
    assert columns_of([work()]) == []


@pytest.mark.parametrize(
    ("groups", "works", "others"),
    [
        (1, 1, []),
        (4, 45, [8]),
        (10, 1_098, [4, 8, 20, 32]),
        (8, 420, [4, 12, 20, 32]),
        (30, 9_000, [12]),
        (30, 50_000, []),
    ],
)
def test_other_numbers_of_groups_are_worth_a_look(groups: int, works: int, others: list[int]) -> None:
    some = tuple(Group(at, at, "", (Member(b"", 1.0),), 1.0, (), (), (), ()) for at in range(1, groups + 1))
    empty = Group(groups + 1, groups + 1, "gone", (), 1.0, (), (), (), ())
    assert other_numbers(Groups(Path(), (*some, empty), (), "leiden", "", works, "", "style")) == others


def test_the_owner_s_text_has_paragraphs_credit_and_licence(tmp_path: Path) -> None:
    assert owner_text(tmp_path) == OwnerText()
    (tmp_path / "about.txt").write_bytes(
        "Credit: Ö\r\nOne\r\nline.\r\n\r\nLicense: CC0\r\nTwo.\x1b\r\n".encode("utf-8-sig")
    )
    assert owner_text(tmp_path) == OwnerText(("One line.", "Two.\\x1b"), "Ö", "CC0")
    (tmp_path / "other.txt").write_text("licence: mine\nLicence: not mine")
    assert owner_text(tmp_path, tmp_path / "other.txt") == OwnerText((), "", "mine")
    with pytest.raises(UsageError, match="cannot be read"):
        owner_text(tmp_path, tmp_path / "none.txt")
