"""`artbyol groups`"""

from pathlib import Path
from typing import Annotated

from typer import Argument

import artbyol
from artbyol.cli.command import Answer, Call, OneChange, Shown, command
from artbyol.cli.options import Folder

Works = Annotated[
    list[Path] | None,
    Argument(
        metavar="[WORK]...",
        help="Works to be moved, pinned or unpinned. A folder stands for its works, - for paths on standard input.",
    ),
]


@command(
    "artbyol groups paintings --rename 3 'Night pieces'",
    "artbyol groups paintings harbour.jpg --into 3",
    kind=OneChange,
)
def groups(
    call: Call,
    folder: Folder,
    works: Works = None,
    into: str | None = None,
    new: bool = False,
    pin: bool | None = None,
    rename: tuple[str, str] | None = None,
    note: tuple[str, str] | None = None,
    merge: str | None = None,
    split: str | None = None,
    dissolve: str | None = None,
    freeze: bool | None = None,
    write: Path | None = None,
    read: Path | None = None,
    undo: bool = False,
) -> Answer:
    """Show the groups that artbyol cluster FOLDER --keep has kept, or change them: one change per command.

    Kept groups have ids that never change, and names you give. New works are assigned to them. A GROUP is its name
    or its id. A pinned work stays in its group whatever happens, under another file name, too.

    Options:
        into (GROUP): Move the WORKs into this group, and pin them there.
        new: With --into: it is the name of a new group.
        pin (--pin/--unpin): Pin the WORKs to the groups they are in, or unpin them.
        rename (GROUP NAME): Give a group another name.
        note (GROUP TEXT): Write a note to a group; '' removes it.
        merge (GROUP): Put all works of a group --into another one.
        split (GROUP): Split a group in two, by style.
        dissolve (GROUP): Give a group up; its works wait for another.
        freeze (--freeze/--unfreeze): Assign new works to these groups, or let artbyol cluster make new groups.
        write (--export FILE): Write the groups to a new file, .toml or .csv, to edit or share.
        read (--import FILE): Make the groups what such a file says, edited or not.
        undo: Undo the last change; again: the one before.
    """
    from artbyol.cli.render.groups import kept_groups

    return Shown(call(artbyol.groups), kept_groups)
