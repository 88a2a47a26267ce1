"""`artbyol doctor`"""

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import NETWORK, Folder, Sample


@command("artbyol doctor paintings", "artbyol doctor paintings --sample all --fix", adds=NETWORK, stops=True)
def doctor(call: Call, folder: Folder, fix: bool = False, sample: Sample = 60) -> Answer:
    """Check the installed packages, the device, the disk and everything in the store of FOLDER; --fix mends.

    Ends with exit code 0 where nothing is wrong, else with 1. Without --fix nothing is changed.

    Options:
        fix: Mend what can be made again. Kept groups, a trained model and pictures are never touched.
    """
    from artbyol.cli.render.doctor import diagnosis

    found = call(artbyol.doctor)
    return Shown(found, diagnosis, failed=not found.sound)
