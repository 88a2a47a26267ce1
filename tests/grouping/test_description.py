"""What is said of groups: facts, kinds of files, and what is nearest."""

from __future__ import annotations

import numpy as np
import pytest

from artbyol.grouping.description import descriptions, files_alike, known_facts, titles
from artbyol.metadata.metadata import Metadata

SMALL, LARGE = "of up to 416 px", "of over 416 px"


def sizes(in_group: tuple[int, int], elsewhere: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Labels of works, small and large ones, and which of them are in the group."""
    labels = np.repeat([SMALL, LARGE, SMALL, LARGE], [*in_group, *elsewhere])
    return labels, np.arange(len(labels)) < sum(in_group)


@pytest.mark.parametrize(
    ("in_group", "elsewhere", "said"),
    [
        ((0, 40), (70, 7), f"all in files {LARGE} (elsewhere 9 %)"),
        ((2, 38), (77, 0), f"38 of 40 in files {LARGE} (elsewhere 0 %)"),
        ((1, 8), (70, 30), f"8 of 9 in files {LARGE} (elsewhere 30 %)"),
        ((0, 40), (30, 40), ""),  # more than half of the others are large, too
        ((8, 32), (77, 0), ""),  # a fifth of the group is not
        ((0, 3), (70, 30), ""),  # three of three may be chance
        ((0, 40), (0, 0), ""),  # there are no others
    ],
)
def test_a_group_of_one_kind_of_file_says_so(in_group: tuple[int, int], elsewhere: tuple[int, int], said: str) -> None:
    labels, group = sizes(in_group, elsewhere)
    assert files_alike([labels], group) == said
    formats = np.where(group | (np.arange(len(labels)) % 3 == 0), "in PNG", "in JPEG")
    assert files_alike([formats, labels], group) == (said or files_alike([formats], group))  # what is rarest elsewhere


def test_groups_of_nothing_but_chance_are_hardly_ever_said_to_be_one_kind_of_file() -> None:
    rng = np.random.default_rng(0)
    labels = np.where(rng.random((2_000, 80)) < 0.4, LARGE, SMALL)
    assert sum(bool(files_alike([row], np.arange(80) < rng.integers(1, 20))) for row in labels) <= 20


def test_what_most_works_have_in_common_is_said_before_the_wider_folder_and_the_files() -> None:
    paths = [b"web/Degas/1.jpg"] * 6 + [b"museum/%d0s/2.jpg" % (185 + at // 2) for at in range(6)] + [b"4.jpg"] * 4
    known = {b"4.jpg": Metadata(artist="Corot", year=1868)}
    facts = [known_facts([path], known) for path in paths]
    labels = np.repeat([0, 1, 2], [6, 6, 4])
    vectors = np.eye(3, dtype=np.float32)[labels] + np.float32(0.1)
    words, alike = [("warmer",), (), ()], ["", f"all in files {LARGE} (elsewhere 9 %)", ""]
    assert descriptions(vectors, labels, ["one", "two", "three"], words, facts, alike) == [
        "warmer, all in web/Degas",
        f"all from museum, {alike[1]}",
        "all by Corot",
    ]
    nothing: list[tuple[str, ...]] = [()] * 16
    assert descriptions(vectors, labels, ["one", "two", "three"], [(), (), ()], nothing, [""] * 3)[2].startswith(
        "closest to"
    )


def test_a_title_is_what_most_of_a_group_is_and_few_others_are() -> None:
    artists = ["Ito"] * 9 + ["Sisley (1839–1899)"] * 5 + ["Pissarro"] * 4 + ["Degas"] + ["Ito"] * 4 + [None] * 8
    facts = [known_facts([b"1.jpg"], {b"1.jpg": Metadata(artist=one, year=1880)}) for one in artists]
    labels = np.repeat([0, 1, 2, 3, 4], [9, 10, 4, 4, 4])
    names = [f"group {number}" for number in range(1, 6)]
    words = [("warmer", "darker", "busier"), (), (), ("cooler", "lighter", "finer"), ("cooler", "lighter", "softer")]
    assert titles(labels, names, words, facts) == [
        "Ito",
        "Sisley and Pissarro",
        "Ito",  # nothing tells it from the first
        "Cooler, lighter",
        "Cooler, lighter, softer",
    ]
    assert titles(labels[:9], names[:1], words, facts) == ["Warmer, darker"]  # nobody else is there
    few = [*facts[:4], *facts[9:13], *facts[24:25]]
    assert titles(np.array([0] * 5 + [1] * 4), names[:2], [(), ()], few)[0] == "Mostly Ito"
    assert titles(np.array([0, 0, 1]), names[:2], [(), ()], [(), (), ()]) == ["Group 1", "Group 2"]
