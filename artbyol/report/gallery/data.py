"""What the pages of a gallery know, as scripts: a page opened from a disc may load no other kind of data.

Everything every view needs is in `works.js`, a column for each property; what only the view of one work needs comes
in pieces, and what only the ideas need (the graph of neighbours) in one more file. Numbers are whole: percentiles in
tenths, cosines and places in ten-thousandths.
"""

import base64
import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from artbyol.base.text import display_path, display_text
from artbyol.base.vectors import Floats
from artbyol.grouping.groups import Groups
from artbyol.grouping.kept import default_name, group_title
from artbyol.grouping.map import Layout
from artbyol.grouping.style_order import style_order
from artbyol.grouping.timeline import DatedWork, Timeline
from artbyol.pictures.measures.attributes import ATTRIBUTES
from artbyol.pictures.measures.axes import AXES
from artbyol.pictures.measures.dominant import DominantColour
from artbyol.report.gallery.columns import columns_of, summary
from artbyol.report.gallery.images import CELLS, SHEET_SIDE, ImageSizes
from artbyol.report.gallery.overview import Survey, Surveyed
from artbyol.report.gallery.where import Light
from artbyol.report.turn_words import change_of_hands
from artbyol.search.neighbours import Nearness

PIECE: Final = 200
"""Works whose details lie in one file."""

TYPICAL: Final = 16
"""Works that stand for a group: as many as fill a row of the widest window."""

_TEN_THOUSAND = 10_000


def scripts(
    shown: Survey,
    sizes: ImageSizes,
    absent: Mapping[int, str],
    sheets: Mapping[int, Sequence[str]],
    order: Sequence[int],
    about: Mapping[str, Any],
    moved: Timeline | None,
    light: Light,
    groupings: Sequence[dict[str, Any]],
    zoomed: Sequence[int],
) -> dict[str, bytes]:
    """The data of a gallery by file name.

    Args:
        absent: rows of works of which there is no copy, and why.
        sheets: names of the sheets for the map by side of their cells; `order`: rows as they appear on them.
        about: title and what is said of the whole.
        moved: how style moves over the years, or None.
        light: how works are lit by their nearest; empty unless that was asked for.
        groupings: coarser and finer groups (`artbyol.report.gallery.groupings`).
        zoomed: rows of works that have tiles for deep zoom.
    """
    columns = columns_of(shown.works)
    by_style = style_order(shown.directions, np.array([work.group - 1 for work in shown.works]), order)
    map_ = {
        "order": list(order),
        "cells": {str(cell): list(sheets[cell]) for cell in CELLS},
        "sheet": SHEET_SIDE,
        "trustworthiness": _number(shown.layout.trustworthiness),
        "continuity": _number(shown.layout.continuity),
        "method": shown.layout.method,
    }
    whole = {
        "about": dict(about),
        "folders": list(sizes.folders),
        "piece": PIECE,
        "axes": list(AXES),
        "nearby": ["style", *shown.others],
        "elsewhere": shown.elsewhere,
        "zoomed": list(zoomed),
        "attributes": [[one.name, one.more, one.less] for one in ATTRIBUTES],
        "works": _columns(shown, absent),
        "groups": groups_data(shown.groups, shown.rows),
        "groupings": [len(one["groups"]) for one in groupings],
        "order": by_style,
        "columns": summary(columns),
        "map": map_,
        "timeline": _timeline(shown, moved) if moved else None,
    }
    files = {
        "data/works.js": script("works", whole),
        "data/map.js": script("map", [_layout(one) for one in shown.layouts]),
        "data/columns.js": script("columns", columns),
        "data/groupings.js": script("groupings", list(groupings)),
        "data/ideas.js": script("ideas", _ideas(shown)),
        "data/directions.js": script("directions", _directions(shown)),
    }
    for number in range(-(-len(shown.works) // PIECE)):
        rows = range(number * PIECE, min((number + 1) * PIECE, len(shown.works)))
        details = [_details(shown, row, absent, light) for row in rows]
        files[f"data/details/{number}.js"] = script(f"details/{number}", details)
        for name, (near, shares) in shown.others.items():
            nearby = [_nearby(near, shares, row) for row in rows]
            files[f"data/{name}/{number}.js"] = script(f"{name}/{number}", nearby)
    return files


def _columns(shown: Survey, absent: Mapping[int, str]) -> dict[str, list[Any]]:
    works = shown.works
    told = [work.metadata for work in works]
    columns: dict[str, list[Any]] = {
        "id": [work.id for work in works],
        "name": [display_path(work.paths[0]) for work in works],
        "width": [work.width for work in works],
        "height": [work.height for work in works],
        "group": [work.group for work in works],
        "colour": [work.colours[0].hex if work.colours else "" for work in works],
        "typical": _likeness(shown.nearness),
        "absent": sorted(absent),
        **{name: [getattr(one, name, None) for one in told] for name in ("title", "artist", "year", "date")},
        "tags": [list(one.tags) if one else [] for one in told],
    }
    return {name: column for name, column in columns.items() if name == "absent" or any(column)}


def _likeness(near: Nearness) -> list[int]:
    """Of each work the mean cosine to its nearest in thousandths: small where it stands alone."""
    there = near.nearest >= 0
    total = np.where(there, near.cosines, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return np.round(1000 * total).astype(int).tolist()  # type: ignore[no-any-return]


def groups_data(groups: Groups, rows: Callable[[Sequence[bytes]], list[int]]) -> list[dict[str, Any]]:
    """What pages know of groups: `name` is the name that was given, or a title; `label` the name or the number. `rows`
    gives the rows of works by their paths."""
    return [
        {
            "number": group.number,
            "name": display_text(group.title if group.name == default_name(group.id) else group.name),
            "given": group.name != default_name(group.id),
            "label": display_text(group_title(group.id, group.name)),
            "cohesion": _number(group.cohesion),
            "words": list(group.words),
            "description": display_text(group.description),
            "colours": _palette(group.colours),
            "typical": list(dict.fromkeys(rows([one.path for one in group.members[: 2 * TYPICAL]])))[:TYPICAL],
            "outliers": rows(group.outliers),
        }
        for group in groups.groups
        if group.size  # the works of a kept group may all be gone
    ]


def _layout(layout: Layout) -> dict[str, Any]:
    """A map for a window of one shape: where works lie, and which of the cells, counted line by line, each has."""
    grid = layout.grid
    return {
        "aspect": layout.aspect,
        "side": _whole(layout.side),
        "x": [_whole(x) for x in layout.positions[:, 0].tolist()],
        "y": [_whole(y) for y in layout.positions[:, 1].tolist()],
        "trustworthiness": _number(layout.trustworthiness),
        "continuity": _number(layout.continuity),
        "grid": {
            "columns": grid.columns,
            "rows": grid.rows,
            "cells": (grid.cells[:, 1] * grid.columns + grid.cells[:, 0]).tolist(),
            "trustworthiness": _number(grid.trustworthiness),
            "continuity": _number(grid.continuity),
        },
    }


def _timeline(shown: Survey, moved: Timeline) -> dict[str, Any]:
    def rows(works: Sequence[DatedWork]) -> list[int]:
        return shown.rows([work.path for work in works])

    return {
        "chance": moved.chance,
        "drift": moved.drift,
        "moments": [[round(one.year, 2), round(one.speed, 2), round(one.by_chance, 2)] for one in moved.moments],
        "turns": [
            {"year": turn.year, "last": turn.last, "chance": turn.chance, "share": _number(turn.share)}
            | {"before": rows(turn.before), "after": rows(turn.after)}
            | {"hands": turn.is_of_hands, "said": display_text(change_of_hands(turn))}
            for turn in moved.turning_points
        ],
        "periods": [
            {"first": one.first, "last": one.last, "works": one.works, "unity": _number(one.unity)}
            | {"typical": rows(one.typical), "words": list(one.words)}
            for one in moved.periods
        ],
    }


def _details(shown: Survey, row: int, absent: Mapping[int, str], light: Light) -> dict[str, Any]:
    work = shown.works[row]
    pairs = [(row, other) for other in shown.nearness.nearest[row].tolist() if other >= 0]
    found = {
        **_nearby(shown.nearness, shown.shares, row),
        "where": [[_lit(light, pair), _lit(light, pair[::-1])] for pair in pairs] if light else [],
        "copies": [display_path(path) for path in work.paths[1:]],
        "words": list(work.words),
        "colours": _palette(work.colours),
        "attributes": [_tenths(share) for share in work.attributes],
        "absent": absent.get(row, ""),
        "metadata": _metadata(work),
    }
    return {name: value for name, value in found.items() if value}


def _nearby(nearness: Nearness, shares: Floats, row: int) -> dict[str, Any]:
    """The works nearest to one, each with its percentiles, and how many of them are more alike than chance has it."""
    pairs = zip(nearness.nearest[row].tolist(), shares[row].tolist(), strict=True)
    near = [[other, *map(_tenths, some)] for other, some in pairs if other >= 0]
    return {"near": near, "kin": min(int(nearness.kin[row]), len(near))}


def _lit(light: Light, pair: tuple[int, ...]) -> list[Any]:
    """Height, width and the bytes of how a work is lit by another; nothing where it could not be opened."""
    one = light.get((pair[0], pair[1]))
    return [] if one is None else [*one.shape, base64.b64encode(one.tobytes()).decode("ascii")]


def _metadata(work: Surveyed) -> dict[str, str]:
    """What is known of a work besides title, artist, date and tags, which are columns."""
    told = work.metadata
    if told is None:
        return {}
    facts = {"label": told.label, "description": told.description, "permalink": told.permalink, **told.other}
    return {name: value for name, value in facts.items() if value}


def _ideas(shown: Survey) -> dict[str, Any]:
    return {
        "nearest": shown.nearness.nearest.ravel().tolist(),
        "cosines": np.round(shown.nearness.cosines * _TEN_THOUSAND).astype(int).ravel().tolist(),
        "alone": list(shown.outliers),
        "duplicates": [list(rows) for rows in shown.duplicates],
        "copies": [row for row, work in enumerate(shown.works) if len(work.paths) > 1],
    }


def _directions(shown: Survey) -> dict[str, Any]:
    """The style vectors, a byte a number (0.4 % of the largest): enough to say what lies between two works."""
    largest = float(np.abs(shown.directions).max(initial=1e-6))
    numbers = np.round(shown.directions * (127 / largest)).astype(np.int8)
    return {"dimensions": numbers.shape[1], "bytes": base64.b64encode(numbers.tobytes()).decode("ascii")}


def _palette(colours: Sequence[DominantColour]) -> list[list[Any]]:
    return [[colour.hex, _tenths(100 * colour.share)] for colour in colours]


def _whole(place: float) -> int:
    return round(place * _TEN_THOUSAND)


def _tenths(share: float) -> int | None:
    return None if math.isnan(share) else round(10 * share)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def script(name: str, value: Any) -> bytes:
    """`value` handed to the page under `name`: ASCII, and nothing in it that HTML could take for its own."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f"artbyol.receive({json.dumps(name)},{text});\n".encode("ascii")
