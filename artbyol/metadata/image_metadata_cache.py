"""What pictures have embedded, kept in the store: it cannot change without the picture's content changing.

Opening ten thousand pictures for their headers takes seconds, reading this file a fraction of one. It is derived:
whoever finds it missing, damaged or of older rules reads the pictures again; whoever cannot write it does without.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from artbyol.base.errors import StoreError
from artbyol.base.processes import in_threads
from artbyol.metadata.image_metadata import RULES, Said, embedded_metadata
from artbyol.pictures.decode import decoder_signature
from artbyol.storage.atomic import write_atomically
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import Store

FORMAT: Final = "artbyol-embedded"
FORMAT_VERSION: Final = 1

FEW: Final = 100
"""Up to so many pictures are opened rather than looked up."""

_AHEAD = 64  # pictures opened before their turn
_SAVED_EVERY = 60.0  # seconds, so that a stopped run need not begin anew
_DIGEST = 32  # hexadecimal digits of a content hash


def embedded_of(place: Store, catalogue: Catalogue, paths: Sequence[bytes]) -> Mapping[bytes, Said]:
    """What these files of a collection have embedded, by path."""
    root = os.fsencode(place.folder)
    if len(paths) <= FEW:
        return {path: embedded_metadata(os.path.join(root, path)) for path in paths}
    hashes = {work.path: work.hash.hex() for work in catalogue.works()}
    known = _load(place.embedded)
    saved = time.monotonic()
    missing = [path for path in paths if hashes.get(path, "") not in known]
    found = in_threads(lambda path: embedded_metadata(os.path.join(root, path)), missing, ahead=_AHEAD)
    for done, (path, said) in enumerate(zip(missing, found, strict=True), start=1):
        known[hashes.get(path, "")] = said
        if done == len(missing) or time.monotonic() - saved > _SAVED_EVERY:
            _save(place.embedded, known, set(hashes.values()))
            saved = time.monotonic()
    return {path: known.get(hashes.get(path, ""), {}) for path in paths}


def _load(path: Path) -> dict[str, Said]:
    try:
        kept: dict[str, Any] = json.loads(path.read_bytes())
        if [kept[name] for name in _header()] != list(_header().values()):
            return {}
        silent = kept["silent"]
        known: dict[str, Said] = {silent[at : at + _DIGEST]: {} for at in range(0, len(silent), _DIGEST)}
        for digest, said in kept["found"].items():
            known[digest] = {**said, **({"tags": tuple(said["tags"])} if "tags" in said else {})}
        return known
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _save(path: Path, known: Mapping[str, Said], in_use: set[str]) -> None:
    kept = {digest: said for digest, said in known.items() if digest in in_use}
    silent = "".join(digest for digest, said in kept.items() if not said)
    found = {digest: said for digest, said in kept.items() if said}
    with suppress(StoreError):  # read-only media, a full disk: it is read again next time
        write_atomically(path, json.dumps({**_header(), "silent": silent, "found": found}).encode("ascii"))


def _header() -> dict[str, Any]:
    """What the file was made by: a Pillow that reads more formats finds more in the same pictures."""
    return {"format": FORMAT, "format_version": FORMAT_VERSION, "rules": RULES, "reader": decoder_signature(0)}
