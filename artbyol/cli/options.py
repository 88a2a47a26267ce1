"""Options that several commands share, said once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from artbyol.pictures.measures.axes import Axis

Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="The folder of pictures; subfolders count. It is only read.")
]
StoreDir = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="DIR",
        envvar="ARTBYOL_STORE",
        show_envvar=True,
        help="Where artbyol keeps its state, instead of FOLDER/.artbyol (for read-only media).",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks: the result, and errors.")]
Paths = Annotated[bool, typer.Option("--paths", help="Print absolute paths only, one a line.")]
Null = Annotated[bool, typer.Option("-0", help="Like --paths, but end each path with a NUL (for xargs -0).")]
Sheet = Annotated[
    Path | None, typer.Option("--sheet", metavar="FILE", help="Draw a contact sheet (.png, .jpg or .pdf).")
]
PaperSize = Annotated[
    Literal["a4", "a3", "letter"], typer.Option("--paper", help="Of sheets in pages: the size of the paper.")
]
Dpi = Annotated[int, typer.Option("--dpi", min=50, max=600, help="Of sheets in pages: dots per inch.")]
In = Annotated[
    Path | None,
    typer.Option(
        "--in",
        metavar="FOLDER",
        help="The collection; default: the one the first picture lies in, else the one you are in.",
    ),
]
By = Annotated[
    Axis,
    typer.Option("--by", help="What to compare: style, brushwork, palette, composition or tone; see artbyol similar."),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps; auto takes the fastest there is.")]
Precision = Annotated[str, typer.Option(help="auto, fp32 or bf16; auto takes bf16 where the hardware computes it.")]
MaxMegapixels = Annotated[
    float, typer.Option("--max-megapixels", min=0.001, help="Skip pictures with more megapixels than this.")
]
Seed = Annotated[
    int,
    typer.Option(min=0, max=2**32 - 1, help="Same seed, same pictures, same machine: the same model, the same groups."),
]
EffortDial = Annotated[
    str,
    typer.Option(
        "--effort", "-e", help="quick, standard or thorough: sets how many crops, at what size, and how many steps."
    ),
]
MetadataTable = Annotated[
    Path | None,
    typer.Option(
        "--metadata",
        metavar="FILE",
        help="A CSV that says more of the works (filename, artist, title, year, tags…), instead of metadata.csv.",
    ),
]


def pixels(megapixels: float) -> int:
    """Megapixels as the option gives them -> pixels."""
    return round(min(megapixels * 1e6, sys.maxsize))


def number_of_groups(k: str) -> int | Literal["auto"]:
    """What -k says. Raises UsageError."""
    from artbyol.base.errors import UsageError

    if k == "auto":
        return "auto"
    if not k.isdecimal():
        raise UsageError(f"-k is a number or auto, not {k!r}.")
    return int(k)
