"""`artbyol embed`"""

from pathlib import Path

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import NETWORK, Add, Exclude, Folder


@command(
    "artbyol embed paintings",
    "artbyol embed paintings --list new.txt",
    adds=NETWORK,
    stops=True,
    torchrun=True,
)
def embed(
    call: Call,
    folder: Folder,
    model: Path | None = None,
    forget: bool = False,
    exclude: Exclude = None,
    add: Add = None,
    *,
    listed: str | None = None,
) -> Answer:
    """Bring the catalogue of FOLDER up to date: every picture gets its style vector.

    Only new and changed files are opened; renamed and copied ones keep their vector. Files that are gone leave, but
    what is known of them is kept, in case a drive was not plugged in. Without a trained model the pretrained default is
    used as it is.

    Options:
        model (PATH): Embed with a model trained elsewhere, which is copied into the store: another collection, its
            store, or a model's file.
        forget: Drop what is kept of files that are gone.
        listed (--list FILE): Look only at the files, and folders, that this file names: one path a line (or ended by
            NUL), or Parquet with a column path; - is standard input. A path is one in FOLDER, or else one from where
            you are. Whatever else is in the collection stays.
    """
    from artbyol.cli.render.training import embedded
    from artbyol.storage.path_list import read_paths

    only = {} if listed is None else {"only": read_paths(listed)}
    return Shown(call(artbyol.embed, **only), lambda found: embedded(found, folder))
