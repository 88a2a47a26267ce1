"""Options that several commands share, said once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

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
