"""`artbyol evaluate`"""

from pathlib import Path

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import NETWORK, Csv, Folder, Seed


@command(
    "artbyol evaluate paintings",
    "artbyol evaluate paintings --labels labels.csv --leak museum --leak files",
    adds=NETWORK,
    stops=True,
)
def evaluate(
    call: Call,
    folder: Folder,
    labels: str = "folders",
    column: str | None = None,
    disjoint: str | None = None,
    leak: list[str] | None = None,
    k: int = 10,
    vectors: list[Path] | None = None,
    csv: Csv = None,
    seed: Seed = 0,
    *,
    no_controls: bool = False,
    by_label: bool = False,
) -> Answer:
    """Score the neighbours in FOLDER against labels you have, beside controls.

    Every work asks all the others: are the nearest of its label? By cosine, then as similar ranks. The same is asked
    of the untrained encoder, the network's last layer, mere colours, and mere shapes of the files. The first time, that
    takes a look at every picture. Labels are used for nothing else.

    Options:
        labels (folders|FILE.csv): folders: a work's label is the first subfolder it lies in. Or a table with a column
            filename.
        column (NAME): The table's column of labels; default: label, else artist.
        disjoint (COLUMN): Score style across hands: works that share COLUMN with the query are taken out of its
            ranking. A column of the table, or folders.
        leak (COLUMN|folders|files): Also show how far neighbours share COLUMN beyond chance, as the scanner or museum
            that works are from; may be given several times. files: format, size, compression and camera of the files.
            Among works of one label, what is shared beyond chance is the source and not the hand.
        k (-k N): How many neighbours count.
        vectors (FILE): Score vectors of your own, too; may be given several times. A .safetensors with the tensor
            vectors and, in its metadata, the list filenames; or a .npy with the names in a .txt or .csv beside it.
        no_controls: Only the model (and --vectors): opens no picture.

    Output:
        by_label: Show a table of labels instead of one of scores.
    """
    from artbyol.cli.render import evaluation
    from artbyol.report.csv_rows import scores_table

    found = call(artbyol.evaluate, controls=not no_controls, csv=None if csv == "-" else csv)
    show = evaluation.by_label if by_label else evaluation.by_encoder
    return Shown(found, show, csv=scores_table(found) if csv == "-" else None)
