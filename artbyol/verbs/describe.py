"""`describe`: what sets a work apart from its collection, in words; its attributes and dominant colours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from artbyol.base.errors import UsageError
from artbyol.search.collection import Path_
from artbyol.search.description import describe_works
from artbyol.search.results import Descriptions
from artbyol.verbs.opening import Folder, RunOptions, as_list, opened


def describe(
    pictures: Path_ | Sequence[Path_],
    *,
    folder: Folder | None = None,
    metadata: str | Path | None = None,
    **run: Unpack[RunOptions],
) -> Descriptions:
    """Describe works by what sets them apart from a collection. No network is needed.

    Args:
        pictures: picture files or folders of them, in the collection or not.
        folder: the collection, or any folder inside it; default: the one the first picture lies in, else the one the
            working directory lies in.
        metadata: a CSV to use instead of metadata.csv beside the pictures; see `artbyol.metadata`.
        run: see `RunOptions`.

    Raises:
        StoreMissingError: nothing was embedded, or measured, yet. DecodeError: no usable picture.
        UsageError: no such file.
    """
    asked = as_list(pictures)
    if not asked:
        raise UsageError("Name at least one picture to describe.")
    with opened(folder, run, near=asked[0], table=metadata) as collection:
        return describe_works(collection, asked)
