"""A collection for VIKUS Viewer (vikusviewer.fh-potsdam.de): the `data` folder that its pages read."""

import csv
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from PIL import Image

from artbyol.base.rendering import rendered
from artbyol.base.text import display_path
from artbyol.report.destination import own_folder, replacing_folder
from artbyol.report.export.dataset import COLUMNS, Dataset
from artbyol.storage.store import made_by

_SHEET: Final = 4_096  # pixels a side; larger textures do not fit every graphics card
_SPRITE, _SMALL_SPRITE = 256, 128  # pixels of a work's longer side; the small one from _MANY works on
_MANY: Final = 5_000
_DETAIL: Final = 1_024

_UNDATED = "undated"
_SHOWN = ("title", "artist", "date", "description", "group_name", "path")


def write_vikus(data: Dataset, target: Path) -> None:
    """A folder to be put in the place of the viewer's `data`: config.json, data.csv, timeline.csv, info.md, style.csv
    (the map), sprites, and pictures of at most 1,024 pixels."""
    with replacing_folder(own_folder(target, data.originals())) as folder:
        others = data.columns[len(COLUMNS) :]
        years = _write_rows(data, folder, others)
        size = _SMALL_SPRITE if len(data) >= _MANY else _SPRITE
        (folder / "sprites").mkdir()
        (folder / str(_DETAIL)).mkdir()
        _write_pictures(data, folder, size)
        shown = [(name.replace("_name", "").capitalize(), f"_{name}") for name in _SHOWN]
        config = {
            "name": _cell(os.fsencode(data.folder.name)),
            "sprite": size,
            "detail": _DETAIL,
            "shown": shown,
            "others": [(_cell(name), f"_{name}") for name in others],
            **data.made,
        }
        (folder / "config.json").write_text(rendered("vikus.json", config), encoding="ascii")
        about = {"name": data.folder.name, "works": len(data), "trustworthiness": data.trustworthiness, **data.made}
        (folder / "info.md").write_text(rendered("vikus.md", about), encoding="utf-8")
        with (folder / "timeline.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["year", "titel", "text", "extra"])  # "titel" is how the viewer spells it
            for year, count in sorted(years.items()):
                table.writerow([year, f"{count:,} work" + ("" if count == 1 else "s"), "", ""])


def _write_rows(data: Dataset, folder: Path, others: tuple[str, ...]) -> Counter[str]:
    """data.csv and style.csv; gives back how many works each year has."""
    years: Counter[str] = Counter()
    with (
        (folder / "data.csv").open("w", encoding="utf-8", newline="") as items,
        (folder / "style.csv").open("w", encoding="ascii", newline="") as places,
    ):
        table, layout = csv.writer(items), csv.writer(places)
        further = [*_SHOWN, "permalink", "label", "width", "height", *others]
        table.writerow(["id", "keywords", "year", "group", *(f"_{name}" for name in further), "_model", "_made_by"])
        layout.writerow(["id", "x", "y"])
        for cells in data.rows():
            year = _UNDATED if cells["year"] is None else str(cells["year"])
            years[year] += 1
            told = [_cell(cells[name]) for name in further]
            where = [cells["id"], _keywords(cells), year, _cell(cells["group_name"] or "no group")]
            table.writerow([*where, *told, data.model_id, made_by()])
            layout.writerow([cells["id"], f"{cells['x']:.6f}", f"{cells['y']:.6f}"])
    return years


def _keywords(cells: Mapping[str, Any]) -> str:
    """Group and tags; the viewer separates them by commas."""
    words = [cells["group_name"], *cells["tags"]]
    return ",".join(dict.fromkeys(_cell(word.replace(",", ";")) for word in words if word))


def _write_pictures(data: Dataset, folder: Path, size: int) -> None:
    """Every picture once for a closer look and once on a sheet; one sheet is in memory at a time."""
    sheets: list[dict[str, Any]] = []
    across = _SHEET // size
    for start in range(0, len(data), across**2):
        works = data.works[start : start + across**2]
        width, height = min(across, len(works)) * size, -(-len(works) // across) * size
        sheet = Image.new("RGB", (width, height), "white")
        sprites = []
        for place, (work, picture) in enumerate(zip(works, _details(data, works, folder), strict=True)):
            picture.thumbnail((size, size), Image.Resampling.LANCZOS)
            x, y = place % across * size, place // across * size
            sheet.paste(picture, (x, y))
            box = {"position": {"x": x, "y": y}, "dimension": {"w": picture.width, "h": picture.height}}
            sprites.append({"name": work.hash.hex(), **box})
        name = f"sheet-{len(sheets)}.jpg"
        sheet.save(folder / "sprites" / name, quality=88)
        sheets.append({"image": name, "sprites": sprites})
    about = {"meta": {"type": "pixi-packer", "version": 1, "app": made_by()}, "resolution": 1}
    (folder / "sprites" / "sprites.json").write_text(json.dumps({**about, "spritesheets": sheets}), encoding="ascii")


def _details(data: Dataset, works: Any, folder: Path) -> Iterator[Image.Image]:
    for work in works:
        picture = data.picture(work, _DETAIL)
        picture.save(folder / str(_DETAIL) / f"{work.hash.hex()}.jpg", quality=88)
        yield picture


def _cell(cell: Any) -> str:
    """A text that is none of the viewer's HTML. It shows most cells as text, where & must stay what it is."""
    text = display_path(cell) if isinstance(cell, bytes) else "" if cell is None else str(cell)
    return text.replace("<", "&lt;").replace(">", "&gt;")
