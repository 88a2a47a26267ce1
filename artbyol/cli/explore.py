"""`artbyol explore`"""

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import NETWORK, VERBOSE, Add, Effort, Exclude, Folder, Seed


@command("artbyol explore paintings", "artbyol explore paintings --effort quick", adds=(*NETWORK, *VERBOSE), stops=True)
def explore(
    call: Call, folder: Folder, effort: Effort = "standard", seed: Seed = 0, exclude: Exclude = None, add: Add = None
) -> Answer:
    """Do for FOLDER whatever is still missing: train, embed, group, show one work's neighbours, and make pages that
    show all works in a browser.

    The place to begin. Ctrl-C saves; run the same command again to resume.
    """
    from artbyol.cli.render.training import exploration

    return Shown(call(artbyol.explore), exploration)
