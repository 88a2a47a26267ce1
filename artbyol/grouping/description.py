"""What is said of every group: what sets it apart, what is known of its works, else which other is closest to it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np

from artbyol.base.text import display_path
from artbyol.grouping.algorithms import Labels, Vectors
from artbyol.metadata.metadata import Metadata, most_told

_MOST = 0.5  # of a group's works, that what is "mostly" so holds of
_MORE = 2.0  # times as often as of the other works


def known_facts(paths: Sequence[bytes], metadata: Mapping[bytes, Metadata]) -> tuple[str, ...]:
    """What may be common to a group: the artist, the decade, the folder of a work, as it stands behind "mostly"."""
    told, folder = most_told(paths, metadata), display_path(paths[0]).rpartition("/")[0]
    facts = [f"by {told.artist}"] if told and told.artist else []
    if told and told.year is not None:
        facts.append(f"of the {told.year // 10 * 10}s")
    return (*facts, *([f"in {PurePosixPath(folder)}"] if folder else []))


def descriptions(
    vectors: Vectors,
    labels: Labels,
    names: Sequence[str],
    words: Sequence[Sequence[str]],
    facts: Sequence[Sequence[str]],
) -> list[str]:
    """A line on each group; none is empty.

    Args:
        vectors: (n, d), rows of length 1.
        labels: (n,), of each work its group, 0 and on, or -1; every group has works.
        names: of the groups.
        words: of each group what sets it apart (`artbyol.pictures.measures.words.group_words`).
        facts: of each work, see `known_facts`.
    """
    groups = len(names)
    centres = np.stack([vectors[labels == group].mean(axis=0) for group in range(groups)]) if groups else vectors[:0]
    likeness = centres @ centres.T / np.maximum(np.linalg.norm(centres, axis=1), 1e-12)
    np.fill_diagonal(likeness, -np.inf)
    every = Counter(fact for some in facts for fact in some)
    found = []
    for group in range(groups):
        rows = np.flatnonzero(labels == group)
        said = [
            *words[group],
            *_mostly(Counter(fact for row in rows.tolist() for fact in facts[row]), every, rows.size, len(labels)),
        ]
        if not said:
            said = [f"closest to {names[int(likeness[group].argmax())]}" if groups > 1 else "the only group"]
        found.append(", ".join(said))
    return found


def _mostly(inside: Counter[str], every: Counter[str], works: int, all_works: int) -> list[str]:
    """The first fact that holds of most works of a group, and is rarer elsewhere."""
    for fact, count in inside.most_common():
        elsewhere = (every[fact] - count) / max(1, all_works - works)
        if count >= max(2, _MOST * works) and count / works >= _MORE * elsewhere:
            return [f"mostly {fact} ({count:,} of {works:,})"]
    return []
