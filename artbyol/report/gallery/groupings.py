"""A gallery's groups in several numbers: those that `artbyol cluster` finds, and coarser and finer ones.

What `cluster` finds is what a visitor sees first: with trained vectors its groups agree best with the artists, and hold
when works are left out. Adjusted Rand index with the artists, and mean stability of the groups, at the number of groups
found (first) and at others (of the 1,098 no resolution gives 32: those are by k-means):

| works | found | 4 | 8 | 12 | 20 | 32 |
| --- | --- | --- | --- | --- | --- | --- |
| 1,098, three sources, 16 labels | **.60 .87** (10) | .26 .82 | .56 .85 | .58 .84 | .41 .78 | .31 |
| 919, eight artists | **.63 .89** (8) | .54 .96 | .63 .89 | .53 .84 | .40 .76 | .31 .74 |
| 400, eight artists, two scanners | **.55 .97** (6) | .32 .90 | .54 .87 | .47 .73 | .40 .73 | .30 .74 |
| 99, six periods | **.22 .92** (6) | .18 .93 | .17 .82 | .13 .69 | .09 .69 | |
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from artbyol.base.vectors import Ints
from artbyol.grouping.groups import Groups
from artbyol.report.gallery.data import groups_data
from artbyol.report.gallery.overview import Survey

NUMBERS: Final = (4, 8, 12, 20, 32)
_APART: Final = 1.25  # times as many groups as found, or the inverse; fewer are hardly others
_WORKS: Final = 5  # a group, in the mean
_SOME: Final = 5_000  # works; of more, one coarser grouping alone: each takes half a minute of a processor at 20,000
_MIDDLE: Final = 12
_MANY: Final = 20_000  # works; of more, no coarser one


def other_numbers(found: Groups) -> list[int]:
    """Numbers of groups worth offering besides those found."""
    own = sum(group.size > 0 for group in found.groups)
    return [
        number
        for number in NUMBERS
        if found.works >= _WORKS * number
        and max(number / own, own / number) >= _APART
        and (number > own or found.works <= (_MANY if number == _MIDDLE else _SOME))
    ]


def numbers_of(shown: Survey, groups: Groups) -> Ints:
    """Of each work the number of its group; 0: none."""
    numbers = np.zeros(len(shown.works), np.int64)
    for group in groups.groups:
        numbers[shown.rows([member.path for member in group.members])] = group.number
    return numbers


def groupings_data(shown: Survey, others: Sequence[Groups]) -> list[dict[str, Any]]:
    """Groupings as pages know them: `groups` and, of each work, `group`, the number of its own."""
    found = []
    for groups in others:
        numbers = numbers_of(shown, groups).tolist()
        found.append({"groups": groups_data(groups, shown.rows), "group": numbers})
    return found
