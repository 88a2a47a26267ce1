"""What is said of every group: what sets it apart, what is known of its works and files, else which other is closest.

A group may be a source and not a style: the files of one museum, of one scanner. Nobody can tell the two apart without
labels; but that nearly all its files are of one kind, and few others, can be seen, and is said.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from artbyol.base.large_arrays import mean_of
from artbyol.base.text import display_path
from artbyol.grouping.algorithms import Labels, Vectors
from artbyol.metadata.metadata import Metadata, most_told

_MOST = 0.5  # of a group's works, that what is "mostly" so holds of
_MORE = 2.0  # times as often as of the other works
_OTHERS = 0.1  # of a group that is nearly all of one kind, at most; one work always may be
_BY_CHANCE = 0.01  # how likely as many would be, if works were drawn from the others
_BY = "by "
_NEARLY_ALL = 0.9  # of a group: its title says no "mostly"
_PAIR, _SECOND = 2 / 3, 0.3  # of a group: that two artists have together, and each of them at least
_WIDER = "from "  # the first subfolder: said where nothing closer holds


def known_facts(paths: Sequence[bytes], metadata: Mapping[bytes, Metadata]) -> tuple[str, ...]:
    """What may be common to a group: the artist, the decade, the folders of a work, as it stands behind "mostly"."""
    told, folder = most_told(paths, metadata), display_path(paths[0]).rpartition("/")[0]
    above, inside, _ = folder.partition("/")
    facts = [f"{_BY}{told.artist}"] if told and told.artist else []
    if told and told.year is not None:
        facts.append(f"of the {told.year // 10 * 10}s")
    facts += [f"in {PurePosixPath(folder)}"] if folder else []
    return (*facts, *([f"{_WIDER}{above}"] if inside else []))


def files_alike(kinds: Sequence[NDArray[np.str_]], group: NDArray[np.bool_]) -> str:
    """The kind of file that nearly all works of a group are in, beyond chance, and how many; "" where there is none.

    Args:
        kinds: labels (n,) of all works, as the values of `artbyol.search.file_kinds.FileKinds.said`.
        group: (n,), which works are in it.
    """
    from scipy.special import bdtrc

    works, found = int(group.sum()), list[tuple[float, str]]()
    for labels in kinds if 0 < works < len(group) else ():
        kind, count = Counter(labels[group].tolist()).most_common(1)[0]
        elsewhere = float((labels[~group] == kind).mean())
        most = works - count <= max(1, _OTHERS * works) and count / works >= _MORE * elsewhere
        if most and bdtrc(count - 1, works, elsewhere) < _BY_CHANCE:
            how_many = "all" if count == works else f"{count:,} of {works:,}"
            found.append((elsewhere, f"{how_many} in files {kind} (elsewhere {100 * elsewhere:.0f} %)"))
    return min(found, default=(0.0, ""))[1]


def descriptions(
    vectors: Vectors,
    labels: Labels,
    names: Sequence[str],
    words: Sequence[Sequence[str]],
    facts: Sequence[Sequence[str]],
    alike: Sequence[str],
) -> list[str]:
    """A line on each group; none is empty.

    Args:
        vectors: (n, d), rows of length 1.
        labels: (n,), of each work its group, 0 and on, or -1; every group has works.
        names: of the groups.
        words: of each group what sets it apart (`artbyol.pictures.measures.words.group_words`).
        facts: of each work, see `known_facts`.
        alike: of each group, see `files_alike`.
    """
    groups = len(names)
    if not groups:
        return []
    centres = np.stack([mean_of(vectors, np.flatnonzero(labels == group)) for group in range(groups)])
    likeness = centres @ centres.T / np.maximum(np.linalg.norm(centres, axis=1), 1e-12)
    np.fill_diagonal(likeness, -np.inf)
    every = Counter(fact for some in facts for fact in some)
    found = []
    for group in range(groups):
        rows = np.flatnonzero(labels == group)
        said = [
            *words[group],
            *_mostly(Counter(fact for row in rows.tolist() for fact in facts[row]), every, rows.size, len(labels)),
            *filter(None, [alike[group]]),
        ]
        if not said:
            said = [f"closest to {names[int(likeness[group].argmax())]}" if groups > 1 else "the only group"]
        found.append(", ".join(said))
    return found


def titles(
    labels: Labels, names: Sequence[str], words: Sequence[Sequence[str]], facts: Sequence[Sequence[str]]
) -> list[str]:
    """What each group can be headed by: the artist, the two artists or the folder of most of its works, where few
    others share it; else two words for what sets it apart; else its decade, or its name. A title that another group has
    takes the group's next words; for the arguments see `descriptions`."""
    every = Counter(fact for some in facts for fact in some)
    found: list[str] = []
    for group, name in enumerate(names):
        inside = Counter(fact for row in np.flatnonzero(labels == group).tolist() for fact in facts[row])
        said = _known(inside, every, int((labels == group).sum()), len(labels))
        first = [said] if said and (not said.startswith("of ") or not words[group]) else []
        parts = [*first, *words[group]] or [name]
        shortest = len(first) or min(2, len(parts))
        tried = [", ".join(parts[:count]) for count in range(shortest, len(parts) + 1)]
        title = next((one for one in tried if _capital(one) not in found), tried[0])
        found.append(_capital(title))
    return found


def _known(inside: Counter[str], every: Counter[str], works: int, all_works: int) -> str:
    """The artists of most works of a group, its folder or its decade, as a title; "" where there is none."""
    artists = [(fact, count) for fact, count in inside.most_common() if fact.startswith(_BY)][:2]
    count = sum(count for _, count in artists)
    elsewhere = sum(every[fact] for fact, _ in artists) - count
    alone = _common(inside, every, works, all_works)
    several = len(artists) == 2 and min(count for _, count in artists) >= _SECOND * works
    if several and count >= _PAIR * works and _rarer(count, works, elsewhere, all_works):
        return _part(" and ".join(_name_of(fact) for fact, _ in artists), count, works)
    if alone and alone[0].startswith(_BY):
        return _part(_name_of(alone[0]), alone[1], works)
    if alone is None:
        return ""
    where = alone[0].rpartition("/")[2].replace("_", " ").removeprefix("in ").removeprefix(_WIDER)
    return alone[0] if alone[0].startswith("of ") else _part(f"in “{where}”", alone[1], works)


def _name_of(fact: str) -> str:
    """An artist without what stands behind the name in brackets."""
    name = fact.removeprefix(_BY)
    return name.partition(" (")[0].strip() or name


def _part(said: str, count: int, works: int) -> str:
    return said if count >= _NEARLY_ALL * works else f"mostly {said}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _mostly(inside: Counter[str], every: Counter[str], works: int, all_works: int) -> list[str]:
    """The first fact that holds of most works of a group, and is rarer elsewhere."""
    if (found := _common(inside, every, works, all_works)) is None:
        return []
    fact, count = found
    return [f"all {fact}" if count == works else f"mostly {fact} ({count:,} of {works:,})"]


def _common(inside: Counter[str], every: Counter[str], works: int, all_works: int) -> tuple[str, int] | None:
    for fact, count in sorted(inside.most_common(), key=lambda one: one[0].startswith(_WIDER)):
        if count >= max(2, _MOST * works) and _rarer(count, works, every[fact] - count, all_works):
            return fact, count
    return None


def _rarer(count: int, works: int, elsewhere: int, all_works: int) -> bool:
    return count / works >= _MORE * elsewhere / max(1, all_works - works)
