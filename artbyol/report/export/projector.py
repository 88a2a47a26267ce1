"""A collection for TensorBoard's embedding projector: vectors, what is known of them, and small pictures."""

import math
from pathlib import Path
from typing import Any, Final

from PIL import Image

from artbyol.base.rendering import rendered
from artbyol.base.text import display_path, display_text
from artbyol.report.destination import own_folder, replacing_folder
from artbyol.report.export.dataset import Dataset

_LARGEST_SPRITE: Final = 8_192  # pixels a side that TensorBoard shows
_LARGEST_TILE, _SMALLEST_TILE = 64, 16


def write_projector(data: Dataset, target: Path) -> None:
    """A folder for `tensorboard --logdir`: projector_config.pbtxt, tensors.tsv, metadata.tsv, and sprite.png where the
    pictures of all works fit on one (about 250,000)."""
    columns = [name for name in data.columns if name != "copies"]
    across = math.ceil(math.sqrt(len(data)))
    side = min(_LARGEST_TILE, _LARGEST_SPRITE // across)
    with replacing_folder(own_folder(target, data.originals())) as folder:
        with (
            (folder / "tensors.tsv").open("w", encoding="ascii", newline="\n") as tensors,
            (folder / "metadata.tsv").open("w", encoding="utf-8", newline="\n") as metadata,
        ):
            metadata.write("\t".join(map(_cell, [*columns, *data.made])) + "\n")
            for row in data.rows():
                tensors.write("\t".join(f"{value:.6g}" for value in row["vector"]) + "\n")
                told = [_cell(row[name]) for name in columns]
                metadata.write("\t".join([*told, *data.made.values()]) + "\n")
        if side >= _SMALLEST_TILE:
            _draw(data, folder / "sprite.png", across, side)
        shown = {"works": len(data), "side": side if side >= _SMALLEST_TILE else 0, **data.made}
        config = rendered("projector.pbtxt", shown)
        (folder / "projector_config.pbtxt").write_text(config, encoding="ascii")


def _draw(data: Dataset, path: Path, across: int, side: int) -> None:
    """All works as squares, row by row from the top left, each whole on white."""
    sprite = Image.new("RGB", (across * side, across * side), "white")
    for number, work in enumerate(data.works):
        row, column = divmod(number, across)
        picture = data.picture(work, side)
        left, top = (side - picture.width) // 2, (side - picture.height) // 2
        sprite.paste(picture, (column * side + left, row * side + top))
    sprite.save(path, compress_level=6)


def _cell(cell: Any) -> str:
    """One cell on one line: tabs and line ends in names are shown as such."""
    if isinstance(cell, tuple):
        return " | ".join(map(_cell, cell))
    if isinstance(cell, bytes):
        return display_path(cell)
    return "" if cell is None else display_text(str(cell))
