"""The scripts and styles that all galleries have."""

import hashlib
from collections.abc import Mapping
from importlib.resources import files as resources


def page_code() -> dict[str, bytes]:
    """The scripts and styles of every gallery."""
    page = resources("artbyol.report.gallery") / "page"
    return {one.name: one.read_bytes() for one in page.iterdir() if one.name.endswith((".css", ".js"))}


def digest_of(files: Mapping[str, bytes]) -> str:
    """What tells these files from others."""
    digest = hashlib.blake2b(digest_size=4)
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + files[name])
    return digest.hexdigest()
