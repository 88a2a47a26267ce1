"""`artbyol compare`"""

from pathlib import Path
from typing import Literal

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import NETWORK, PATHS, Count, Csv, Folder, Sheet

Listing = Literal["kin", "only-mine", "inside"]


@command(
    "artbyol compare my-paintings training-set --show inside -k 50",
    "artbyol compare my-paintings museum --sheet pairs.pdf --csv pairs.csv",
    adds=(*PATHS, *NETWORK),
    stops=True,
)
def compare(
    call: Call,
    folder: Folder,
    other: Path,
    sheet: Sheet = None,
    csv: Csv = None,
    *,
    k: Count = 12,
    show: Listing = "kin",
) -> Answer:
    """Compare FOLDER with OTHER: who has kin over there, what is only here, and what of theirs is inside this style.

    OTHER is seen by the model of FOLDER. What that saw is kept in FOLDER's store; OTHER is only read, and needs no
    store. The score is a percentile: 99 means closer than 99 % of all pairs of works in FOLDER. Kin are works more
    alike than chance would have them; inside is a work no farther from those nearest to it in FOLDER than nine in ten
    works of FOLDER are.

    Options:
        other (OTHER): A folder of pictures, a collection or not.

    Output:
        show (kin|only-mine|inside): Which works are listed: those of FOLDER by how near the nearest over there is;
            those without kin over there, the farthest first; or those of OTHER inside the style of FOLDER, the nearest
            first.
    """
    from artbyol.cli.render.compare import comparison, listing
    from artbyol.report.csv_rows import comparison_table

    found = call(artbyol.compare, csv=None if csv == "-" else csv)
    table = comparison_table(found) if csv == "-" else None
    return Shown(found, lambda one: comparison(one, show, k), [one.path for one in listing(found, show, k)], table)
