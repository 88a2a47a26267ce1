"""Where exports go: a file or a folder that is new, or that an earlier export made, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from artbyol.base.errors import ArtbyolError, StoreError, UsageError
from artbyol.base.text import display_path
from artbyol.pictures.scan import ORGANIZED_MARKER
from artbyol.report.organize import check_replaceable, refuse_originals, stamp, take_place
from artbyol.storage.atomic import replacing


@contextmanager
def replacing_file(target: Path, is_ours: Callable[[Path], bool]) -> Iterator[Path]:
    """A temporary file that takes the place of `target` when it is complete.

    Raises:
        UsageError: `target` exists and is no earlier export. ArtbyolError: it cannot be written.
    """
    shown = display_path(os.fsencode(target))
    if os.path.lexists(target) and not (target.is_file() and (target.stat().st_size == 0 or is_ours(target))):
        raise UsageError(f"{shown} exists and is no such export; it was left as it is.", "name a new file")
    try:
        with replacing(Path(os.path.realpath(target))) as temporary:  # a link to an export stays one
            yield temporary
    except StoreError as error:
        cause = error.__cause__
        raise ArtbyolError(f"{shown} cannot be written: {getattr(cause, 'strerror', None) or error.message}") from error


@contextmanager
def replacing_folder(target: Path, originals: Iterable[Path]) -> Iterator[Path]:
    """A temporary folder that takes the place of `target` when it is complete; with the marker that lists what is in
    it, so that it can be made anew without ever removing anything else, and its pictures are not taken for works.

    Raises:
        UsageError: `target` holds originals, or anything that artbyol did not put there. ArtbyolError: not writable.
    """
    place = Path(os.path.realpath(target))
    refuse_originals(place, originals)
    parts = place.parent / f".{place.name}.{os.getpid()}.tmp"
    try:
        check_replaceable(place)
        place.parent.mkdir(parents=True, exist_ok=True)
        parts.mkdir()
        yield parts
        _mark(parts)
        take_place(parts, place)
    except OSError as error:
        shown = display_path(os.fsencode(place))
        raise ArtbyolError(f"{shown} cannot be made: {error.strerror or error}") from error
    finally:
        shutil.rmtree(parts, ignore_errors=True)


def _mark(folder: Path) -> None:
    folders, copies = [], {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir():
            folders.append(name)
        else:
            copies[name] = stamp(path)
    marker = {"made_by": "artbyol", "format": 1, "folders": folders, "links": [], "copies": copies}
    (folder / ORGANIZED_MARKER).write_text(json.dumps(marker, indent=1), encoding="ascii")
