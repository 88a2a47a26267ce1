"""Two collections beside each other."""

from collections.abc import Sequence

from artbyol.base.bootstrap import Estimate
from artbyol.cli.console import facts, remark, rows
from artbyol.cli.render.text import counted, percentile, shown, work
from artbyol.search.two_collections import Comparison, Kin


def listing(found: Comparison, show: str, k: int) -> Sequence[Kin]:
    """The k works that are shown."""
    if show == "inside":
        return [one for one in found.theirs if one.inside][:k]
    return (found.mine if show == "kin" else found.only_mine)[:k]


def comparison(found: Comparison, show: str, k: int) -> None:
    """The shares, and a table: rank, how close, kin, a work and the nearest of the other collection."""
    same = sum(one.same for one in found.mine)
    facts(
        [
            ("kin over there", f"{_share(found.with_kin)} of {counted(found.works, 'work')}"),
            ("inside this style", f"{_share(found.inside)} of {counted(found.other_works, 'work')} over there"),
            ("usual", f"{found.usual:.0f} % of the works here lie inside the style of the others"),
            ("the same picture", f"{counted(same, 'work')} of both"),
        ],
        err=True,
    )
    here, there = (found.other, found.folder) if show == "inside" else (found.folder, found.other)
    table = [
        [
            *(str(one.rank), percentile(one.percentile), str(one.kin), "=" if one.same else ""),
            *(work(here, one.path, one.copies), shown(there, one.nearest)),
        ]
        for one in listing(found, show, k)
    ]
    rows(table, ("rank", "closeness", "kin", "same", "work", "nearest over there"))
    if not table:
        remark("There is no such work.")


def _share(one: Estimate) -> str:
    return f"{one.value:.0f} % [{one.low:.0f}, {one.high:.0f}]"
