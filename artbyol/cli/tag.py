"""`artbyol tag`"""

import artbyol
from artbyol.base.errors import UsageError
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import By, Folder, Method, NumberOfGroups, Seed


@command("artbyol tag paintings", "artbyol tag paintings -k 12 --write")
def tag(
    call: Call,
    folder: Folder,
    k: NumberOfGroups = "auto",
    write: bool = False,
    remove: bool = False,
    adobe: bool = False,
    method: Method = "leiden",
    by: By = "style",
    seed: Seed = 0,
    *,
    dry_run: bool = False,
) -> Answer:
    """Name each work's group in an XMP sidecar beside it, where darktable and digiKam find it as a keyword.

    Lightroom and Bridge read sidecars beside raw files only, not beside JPEG, PNG or TIFF.

    The one command that writes beside your pictures, and only with --write (or --remove). Pictures are never touched,
    and sidecars that are there keep every byte they have; --remove undoes it.

    Options:
        write: Write the sidecars; without it nothing is written.
        remove: Take out of all sidecars what was added, and delete those made for it.
        adobe: NAME.xmp, as Adobe's programs name sidecars, instead of NAME.EXT.xmp; for programs that look for that.
        dry_run: Only show what would change.
    """
    from artbyol.cli.render.files import tagged

    if write and (remove or dry_run):
        raise UsageError(f"--write and {'--remove' if remove else '--dry-run'} contradict each other.")
    found = call(artbyol.tag, write=write or (remove and not dry_run))
    return Shown(found, lambda found: tagged(found, remove), failed=found.written and bool(found.left))
