"""`artbyol groups`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artbyol.cli import app
from artbyol.cli.options import Folder, Json, Quiet, StoreDir

Works = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[WORK]...", help="Works to be moved, pinned or unpinned. A folder stands for its works."),
]
Into = Annotated[
    str | None,
    typer.Option("--into", metavar="GROUP", help="Move the WORKs into this group, and pin them there."),
]
New = Annotated[bool, typer.Option("--new", help="With --into: it is the name of a new group.")]
Pin = Annotated[
    bool | None, typer.Option("--pin/--unpin", help="Pin the WORKs to the groups they are in; or no longer.")
]
Rename = Annotated[
    tuple[str, str] | None, typer.Option("--rename", metavar="GROUP NAME", help="Give a group another name.")
]
Note = Annotated[
    tuple[str, str] | None,
    typer.Option("--note", metavar="GROUP TEXT", help="Write a note to a group; '' takes it away."),
]
Merge = Annotated[
    str | None, typer.Option("--merge", metavar="GROUP", help="Put all works of a group --into another one.")
]
Split = Annotated[str | None, typer.Option("--split", metavar="GROUP", help="Make two of a group, by style.")]
Dissolve = Annotated[
    str | None, typer.Option("--dissolve", metavar="GROUP", help="Give a group up; its works wait for another.")
]
Freeze = Annotated[
    bool | None,
    typer.Option("--freeze/--unfreeze", help="New works are assigned to these groups; or all are grouped anew."),
]
Export = Annotated[
    Path | None,
    typer.Option("--export", metavar="FILE", help="Write the groups to a new file, .toml or .csv, to edit or share."),
]
Import = Annotated[
    Path | None, typer.Option("--import", metavar="FILE", help="Make the groups what such a file says, edited or not.")
]
Undo = Annotated[bool, typer.Option("--undo", help="Take the last change back; again: the one before.")]


@app.command()
def groups(
    folder: Folder,
    works: Works = None,
    into: Into = None,
    new: New = False,
    pin: Pin = None,
    rename: Rename = None,
    note: Note = None,
    merge: Merge = None,
    split: Split = None,
    dissolve: Dissolve = None,
    freeze: Freeze = None,
    export: Export = None,
    read: Import = None,
    undo: Undo = False,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show the groups that artbyol cluster FOLDER --keep has kept, or change them: one change a call.

    Kept groups have ids that never change, and names you give. New works are assigned to them. A GROUP is its name
    or its id. A pinned work stays in its group whatever happens, under another file name, too.
    """
    from artbyol.cli.console import watching
    from artbyol.cli.kept import kept_groups
    from artbyol.cli.output import write_json
    from artbyol.verbs.groups import groups as run

    with watching(quiet) as listener:
        found = run(
            folder,
            works or (),
            into=into,
            new=new,
            pin=pin,
            rename=rename,
            note=note,
            merge=merge,
            split=split,
            dissolve=dissolve,
            freeze=freeze,
            write=export,
            read=read,
            undo=undo,
            store=store,
            listener=listener,
        )
    if json:
        write_json(found)
    else:
        kept_groups(found)
