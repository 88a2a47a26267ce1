"""How far the neighbours of each encoder follow where works are from, in all and among works of one label.

Among all works, a source that goes with a hand is followed for good reasons: who finds the hand finds its museum, too.
Among works of the query's own label only, the hand is the same for all, and what is left is the source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from artbyol.base.vectors import unit
from artbyol.evaluation.comparison import Candidate, Task
from artbyol.search.leak import Leak, leak, nearest_others

ONE_SOURCE: Final = 0.9
"""Where so many works of a label are of one source, what is left to compare is too little."""

FILES = "files"
"""Said instead of a column: what the files themselves say (`artbyol.search.file_kinds`)."""


@dataclass(frozen=True)
class SourceLeak:
    """How far the k nearest works of one encoder share one thing beyond chance.

    Attributes:
        source: what: a column, "folders", or "format", "size", "compression", "camera" of the files.
        encoder: its name.
        works: works of which it is known.
        overall: among all of these; `own_label`: among those of the query's own label.
    """

    source: str
    encoder: str
    works: int
    overall: Leak
    own_label: Leak

    @property
    def inseparable(self) -> bool:
        """Whether so many works of a label are of one source that the two can hardly be told apart."""
        return self.own_label.chance >= ONE_SOURCE


def find_leaks(
    candidates: Sequence[Candidate], task: Task, sources: Mapping[str, Sequence[str | None]]
) -> tuple[SourceLeak, ...]:
    """The leak of every source into every encoder that is compared by cosine; of sources that differ.

    Args:
        sources: by name, what is known of each work of the collection.
    """
    found = []
    for source, values in sources.items():
        known = np.array([place for place, work in enumerate(task.works.tolist()) if values[work]], np.int64)
        of = [values[work] for work in task.works[known].tolist()]
        labels = [task.labels[place] for place in known.tolist()]
        hands = None if task.exclude_groups is None else [task.exclude_groups[place] for place in known.tolist()]
        queries = np.arange(len(known))
        for one in candidates if len(set(of)) > 1 else ():
            if one.similarity != "cosine":
                continue
            rows = unit(np.asarray(one.rows[one.row_of[task.works[known]]], np.float32))
            overall, own = (
                leak(nearest_others(rows, queries, task.k, among, hands), queries, of, among, hands, task.seed)
                for among in (None, labels)
            )
            if overall and own:
                found.append(SourceLeak(source, one.name, len(known), overall, own))
    return tuple(found)
