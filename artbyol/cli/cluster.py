"""`artbyol cluster`"""

from pathlib import Path
from typing import Literal

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import By, Csv, Dpi, Folder, MetadataTable, Method, NumberOfGroups, PaperSize, Seed


@command("artbyol cluster paintings --organize by-style", "artbyol cluster paintings -k 12 --sheet-dir sheets")
def cluster(
    call: Call,
    folder: Folder,
    k: NumberOfGroups = "auto",
    method: Method = "leiden",
    levels: int = 1,
    by: By = "style",
    keep: bool = False,
    seed: Seed = 0,
    metadata: MetadataTable = None,
    organize: Path | None = None,
    copy: bool = False,
    sheet_dir: Path | None = None,
    sheet_format: Literal["pdf", "png"] = "pdf",
    paper: PaperSize = "a4",
    dpi: Dpi = 300,
    csv: Csv = None,
) -> Answer:
    """Group the works of FOLDER by style: cohesion, typical works and outliers of each group, and what sets it apart.

    Words such as cooler or calmer compare a group with the other works of this collection; a group of works chosen at
    random gets none.

    Groups that were kept (--keep) are not made again: new works are assigned to the nearest, or to none. See artbyol
    groups.

    Options:
        levels: 2 divides groups into parts (3.1, 3.2), 3 these again, where that holds when works are left out.
        keep: Keep these groups: works added later are assigned to them, and join for good with the next --keep.

    Output:
        organize (DIR): Make one folder per group in DIR, with links to the pictures, which stay as they are.
        copy: With --organize: copy the pictures instead of linking them.
        sheet_dir (DIR): Draw sheets into DIR: an overview, and all works of each group, the most typical first.
        sheet_format (pdf|png): With --sheet-dir: pdf, or png with a file for each page.
    """
    from artbyol.cli.render.groups import groups
    from artbyol.report.csv_rows import groups_table

    found = call(artbyol.cluster, csv=None if csv == "-" else csv)
    return Shown(found, groups, csv=groups_table(found) if csv == "-" else None)
