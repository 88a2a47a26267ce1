"""`artbyol embed`"""

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import NETWORK, Folder


@command("artbyol embed paintings", "artbyol embed paintings --device cpu", adds=NETWORK, stops=True, torchrun=True)
def embed(call: Call, folder: Folder, forget: bool = False) -> Answer:
    """Bring the catalogue of FOLDER up to date: every picture gets its style vector.

    Only new and changed files are opened; renamed and copied ones keep their vector. Files that are gone leave, but
    what is known of them is kept, in case a drive was not plugged in. Without a trained model the pretrained default is
    used as it is.

    Options:
        forget: Drop what is kept of files that are gone.
    """
    from artbyol.cli.render.training import embedded

    return Shown(call(artbyol.embed), lambda found: embedded(found, folder))
