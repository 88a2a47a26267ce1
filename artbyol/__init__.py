"""artbyol: find works close in style in your own folder of paintings.

The verbs of the command line are functions here: `train`, `embed`, `merge`, `similar`, `cluster`, `path`, `between`,
`compare`, `outliers`, `duplicates`, `groups`, `describe`, `timeline`, `gallery`, `export`, `tag`, `explore`, `info`,
`doctor`, `evaluate`.
`open` gives a collection that can be asked again and again; `serve` opens it in the browser, as the command
`artbyol open` does; an `Embedder` is for pipelines over many machines.
Importing artbyol is cheap; what a verb needs is imported when it is called.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from artbyol.app.serving import serve
    from artbyol.base.errors import ArtbyolError
    from artbyol.encoder.embedder import Embedder
    from artbyol.verbs.between import between
    from artbyol.verbs.cluster import cluster
    from artbyol.verbs.compare import compare
    from artbyol.verbs.describe import describe
    from artbyol.verbs.doctor import doctor
    from artbyol.verbs.duplicates import duplicates
    from artbyol.verbs.embed import embed
    from artbyol.verbs.evaluate import evaluate
    from artbyol.verbs.explore import explore
    from artbyol.verbs.export import export
    from artbyol.verbs.gallery import gallery
    from artbyol.verbs.groups import groups
    from artbyol.verbs.info import info
    from artbyol.verbs.merge import merge
    from artbyol.verbs.open import Collection, open
    from artbyol.verbs.outliers import outliers
    from artbyol.verbs.path import path
    from artbyol.verbs.similar import similar
    from artbyol.verbs.tag import tag
    from artbyol.verbs.timeline import timeline
    from artbyol.verbs.train import train

__all__ = [
    "ArtbyolError",
    "Collection",
    "Embedder",
    "between",
    "cluster",
    "compare",
    "describe",
    "doctor",
    "duplicates",
    "embed",
    "evaluate",
    "explore",
    "export",
    "gallery",
    "groups",
    "info",
    "merge",
    "open",
    "outliers",
    "path",
    "serve",
    "similar",
    "tag",
    "timeline",
    "train",
]


_ELSEWHERE = {
    "ArtbyolError": "artbyol.base.errors",
    "Collection": "artbyol.verbs.open",
    "Embedder": "artbyol.encoder.embedder",
    "serve": "artbyol.app.serving",
}


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(_ELSEWHERE.get(name, f"artbyol.verbs.{name}")), name)
    raise AttributeError(f"module 'artbyol' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
