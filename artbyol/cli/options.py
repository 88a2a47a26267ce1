"""Options that several commands share, said once."""

import os
import sys
from functools import partial
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any, Literal

from typer import Argument, BadParameter, Option

from artbyol.base.errors import UsageError
from artbyol.pictures.measures.axes import Axis

OUTPUT, RARE = "Output", "Rarely needed"
"""Panels of --help besides "Options". What stands in the second has defaults that nearly always suit."""


def number_or(word: str, option: str, said: object) -> int | str:
    """What an option says that takes a number or a word. Raises UsageError."""
    given = str(said)  # the default comes here, too
    if given == word:
        return word
    if not given.isdecimal():
        raise UsageError(f"{option} must be a number or {word}, not {given!r}.")
    return int(given)


def _seed(seed: int) -> int:
    if not 0 <= seed < 2**32:
        raise BadParameter(f"{seed} does not lie between 0 and {2**32 - 1}.")
    return seed


def with_standard_input(given: list[Any]) -> list[Any]:
    """Paths as given, and for `-` those on standard input: a line each, or each ended by a NUL. Raises UsageError."""
    if Path("-") not in given:
        return given
    from artbyol.storage.path_list import read_paths

    names = read_paths("-")
    if not names:
        raise UsageError("No path came on standard input.", "a file of that name is ./-")
    place = given.index(Path("-"))
    return [*given[:place], *(Path(os.fsdecode(name)) for name in names), *given[place + 1 :]]


def pixels(megapixels: float) -> int:
    """Megapixels as the option gives them -> pixels."""
    return round(min(megapixels * 1e6, sys.maxsize))


def _option(said: str, metavar: str | None = None, *names: str, panel: str | None = None, **more: Any) -> Any:
    return Option(*names, metavar=metavar, help=said, rich_help_panel=panel, **more)


Folder = Annotated[Path, Argument(metavar="FOLDER", help="The folder of pictures; subfolders count. It is only read.")]
Count = Annotated[int, _option("How many works.", "N", "-k")]
_COLLECTION = "The collection; default: the one the first picture lies in, else the one you are in."
In = Annotated[Path | None, _option(_COLLECTION, "FOLDER", "--in")]
_AXES = (
    "What to compare: style (what the encoder has learnt), brushwork (the touch, without its colours), palette, "
    "composition (layout, lines, symmetry) or tone (light and dark). Only style needs the encoder."
)
By = Annotated[Axis, _option(_AXES, "AXIS")]
NumberOfGroups = Annotated[
    Any, _option("How many groups, or auto.", "N|auto", "-k", parser=partial(number_or, "auto", "-k"))
]
_ACROSS = (
    "Neighbours from elsewhere only: folders (from another first subfolder) or a column of the metadata, as artist "
    "(with another value there)."
)
Across = Annotated[str | None, _option(_ACROSS, "folders|COLUMN")]
_SAMPLE = (
    "How many pictures, drawn at random, are embedded again and compared with their vectors; or all. 60 show with 95 % "
    "certainty that fewer than 5 % are wrong, 300 that fewer than 1 % are."
)
Sample = Annotated[Any, _option(_SAMPLE, "N|all", parser=partial(number_or, "all", "--sample"))]
_METHODS = "leiden (communities of works near each other), kmeans, ward, or hdbscan (leaves some works in no group)."
Method = Annotated[Literal["leiden", "kmeans", "hdbscan", "ward"], _option(_METHODS, "METHOD")]
_EXCLUDED = (
    "Leave out files and folders that this pattern fits, as in a .gitignore; may be given several times. It is kept "
    "for this collection until others are given; '' leaves out nothing. A file .artbyolignore in FOLDER does the same."
)
Exclude = Annotated[list[str] | None, _option(_EXCLUDED, "GLOB", "--exclude")]
_ADDED = (
    "Make FOLDER a collection of several folders: it gets a link to DIR. May be given several times; FOLDER is new, or "
    "was made so before."
)
Add = Annotated[list[Path] | None, _option(_ADDED, "DIR", "--add")]
_EFFORT = (
    "quick, standard or thorough: sets how many crops, at what size, and how many steps. best: standard, with a second "
    "network where its weights are on this machine; about six times as slow."
)
Effort = Annotated[str, _option(_EFFORT, "EFFORT", "--effort", "-e")]
_TABLE = "A CSV that says more of the works (filename, artist, title, year, tags…), instead of metadata.csv."
MetadataTable = Annotated[Path | None, _option(_TABLE, "FILE")]
Sheet = Annotated[Path | None, _option("Draw a contact sheet (.png, .jpg or .pdf).", "FILE", panel=OUTPUT)]
_CSV = "Write everything found as a CSV table; - is standard output."
Csv = Annotated[str | None, _option(_CSV, "FILE", panel=OUTPUT)]
_PAPER = "Paper of sheets in pages: a4, a3 or letter."
PaperSize = Annotated[Literal["a4", "a3", "letter"], _option(_PAPER, "SIZE", panel=RARE)]
Dpi = Annotated[int, _option("Dots per inch of sheets in pages.", "N", min=50, max=600, panel=RARE)]
_SAME = "Same seed, same pictures, same machine: the same model, the same groups."
Seed = Annotated[int, _option(_SAME, "N", callback=_seed, panel=RARE)]


def _added(name: str, kind: Any, default: object, option: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option])


PATHS = (
    _added("paths", bool, False, _option("Print absolute paths only, one per line.", None, "--paths", panel=OUTPUT)),
    _added("null", bool, False, _option("The same, each ended by a NUL (for xargs -0).", None, "-0", panel=OUTPUT)),
)
"""Of commands that answer with files."""

_SKIP = "Skip pictures with more megapixels than this."
PIXELS = (_added("max_megapixels", float, 500, _option(_SKIP, "N", min=0.001, panel=RARE)),)
"""Of commands that may have to open pictures."""

_DEVICE = "auto, cpu, cuda or mps; auto takes the fastest there is."
_PRECISION = "auto, fp32 or bf16; auto takes bf16 where torch runs on hardware that computes it."
NETWORK = (
    _added("device", str, "auto", _option(_DEVICE, "NAME", panel=RARE)),
    _added("precision", str, "auto", _option(_PRECISION, "NAME", panel=RARE)),
    *PIXELS,
)
"""Of commands that may have to run the encoder."""

_VERBOSE = "Show what training measures at every step: loss, τ and spread."
VERBOSE = (_added("verbose", bool, False, _option(_VERBOSE, None, "--verbose", "-v", panel=OUTPUT)),)
"""Of commands that may train."""

_HEADER = "Begin tables in a pipe with the names of their columns."
_STORE = "Where artbyol keeps its state, instead of FOLDER/.artbyol (for read-only media)."
ALWAYS = (
    _added("json", bool, False, _option("Print everything found as JSON.", None, "--json", panel=OUTPUT)),
    _added("header", bool, False, _option(_HEADER, None, "--header", panel=OUTPUT)),
    _added("quiet", bool, False, _option("Print only the result and errors.", None, "--quiet", "-q", panel=OUTPUT)),
    _added("store", Path | None, None, _option(_STORE, "DIR", envvar="ARTBYOL_STORE", show_envvar=True, panel=RARE)),
)
"""Of every command."""
