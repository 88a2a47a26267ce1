"""What people wrote about the works of a gallery beyond title, artist, date and tags: what its search and filters go
by. Every column holds each of its values once, and of each work which of them it has."""

from collections.abc import Sequence
from typing import Any, Final

from artbyol.base.text import display_text
from artbyol.report.gallery.overview import Surveyed

WORDS: Final = "Style words"
"""The column of what sets a work apart (`artbyol.pictures.measures.words`)."""


def columns_of(works: Sequence[Surveyed]) -> list[dict[str, Any]]:
    """The columns in the order in which works mention them, `WORDS` last.

    Returns:
        Of each its `name`, its `values`, and of each work the places of what it has among these: one number, -1 for
        nothing, or a list of them where works can have several.
    """
    named: dict[str, list[str]] = {}
    for row, work in enumerate(works):
        for name, value in _facts(work).items():
            named.setdefault(display_text(name), [""] * len(works))[row] = display_text(value)
    columns = []
    for name, said in named.items():
        place = {value: at for at, value in enumerate(dict.fromkeys(filter(None, said)))}
        columns.append({"name": name, "values": list(place), "of": [place.get(value, -1) for value in said]})
    place = {word: at for at, word in enumerate(dict.fromkeys(word for work in works for word in work.words))}
    if place:
        columns.append(
            {"name": WORDS, "values": list(place), "of": [[place[one] for one in work.words] for work in works]}
        )
    return columns


def _facts(work: Surveyed) -> dict[str, str]:
    told = work.metadata
    if told is None:
        return {}
    facts = {"label": told.label, "description": told.description, "permalink": told.permalink, **told.other}
    return {name: value for name, value in facts.items() if value}


def summary(columns: Sequence[dict[str, Any]]) -> list[list[Any]]:
    """Of each column its name, how many values it has, and how many works have one."""
    return [[one["name"], len(one["values"]), sum(at not in (-1, []) for at in one["of"])] for one in columns]
