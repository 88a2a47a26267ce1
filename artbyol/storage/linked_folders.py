"""A collection of several folders: a folder of its own, with a link to each, and the store. A picture behind a link is
called LINK/picture.jpg; it stays where it is."""

import os
from collections.abc import Iterable
from pathlib import Path

from artbyol.base.errors import ArtbyolError, UsageError
from artbyol.base.text import display_file
from artbyol.pictures.packages import refuse_package
from artbyol.pictures.scan import LINKED_MARKER, check_folder
from artbyol.storage.atomic import ELSEWHERE, make_folder, write_atomically
from artbyol.storage.store import STORE_NAME

_SAID = (
    b"The links in this folder lead to the folders of one artbyol collection. Delete a link to take its folder out.\n"
)


def add_folders(folder: Path, added: Iterable[str | os.PathLike[str]]) -> None:
    """Put links to these folders into a folder, which is new, empty, or a collection of several folders already.

    Raises:
        UsageError: it holds anything else, or one of the folders lies in another. FolderError: there is no such folder.
        ArtbyolError: it cannot be written, or the system makes no links.
    """
    folder = Path(os.path.abspath(os.path.expanduser(folder)))
    targets = [Path(os.path.abspath(os.path.expanduser(one))) for one in added]
    for target in targets:
        check_folder(target)
    refuse_package(folder, ELSEWHERE)
    others = {path.name for path in folder.iterdir()} - {STORE_NAME} if folder.is_dir() else set()
    if others and LINKED_MARKER not in others:
        raise UsageError(
            f"{display_file(folder)} holds other things: a collection of several folders has a folder of its own.",
            "name a folder that does not exist yet, and --add each of the folders",
        )
    there = {Path(os.path.realpath(path)): path for path in links_of(folder)}
    for target in targets:
        real = Path(os.path.realpath(target))
        for other in (Path(os.path.realpath(folder)), *there):
            if real != other and (real.is_relative_to(other) or other.is_relative_to(real)):
                raise UsageError(
                    f"{display_file(target)} and {display_file(other)} lie in each other.", "add one of them"
                )
        if real not in there:
            there[real] = _link(folder, target)


def links_of(folder: Path) -> list[Path]:
    """The links to the folders that a collection consists of; none where it is a folder like others."""
    if not (folder / LINKED_MARKER).exists():
        return []
    return sorted(path for path in folder.iterdir() if path.is_symlink() and path.is_dir())


def _link(folder: Path, target: Path) -> Path:
    """A link to a folder under its name, with that of the folder above where it is taken."""
    make_folder(folder)
    write_atomically(folder / LINKED_MARKER, _SAID)
    names = (target.name, f"{target.parent.name}-{target.name}", *(f"{target.name}-{at}" for at in range(2, 1000)))
    link = next(folder / name for name in names if not os.path.lexists(folder / name))
    try:
        link.symlink_to(target, target_is_directory=True)
    except OSError as error:
        message = f"A link to {display_file(target)} cannot be made in {display_file(folder)}: {error.strerror}."
        hint = "on Windows links need the developer mode" if os.name == "nt" else ELSEWHERE
        raise ArtbyolError(message, hint) from error
    return link
