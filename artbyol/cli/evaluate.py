"""`artbyol evaluate`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artbyol.cli import app
from artbyol.cli.options import Device, Folder, Json, MaxMegapixels, Precision, Quiet, Seed, StoreDir, pixels

Labels = Annotated[
    str,
    typer.Option(
        metavar="folders|FILE.csv",
        help="folders: a work's label is the first subfolder it lies in. Or a table with a column filename.",
    ),
]
Column = Annotated[
    str | None, typer.Option(metavar="NAME", help="The table's column of labels; default: label, else artist.")
]
Disjoint = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help=(
            "Score style across hands: works that share COLUMN with the query are taken out of its ranking. A column "
            "of the table, or folders."
        ),
    ),
]
Count = Annotated[int, typer.Option("-k", help="How many neighbours count.", min=1)]
Vectors = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        help=(
            "Score vectors of your own, too; may be repeated. A .safetensors with the tensor vectors and, in its "
            "metadata, the list filenames; or a .npy with the names in a .txt or .csv beside it."
        ),
    ),
]
NoControls = Annotated[
    bool, typer.Option("--no-controls", help="Only the model (and --vectors): no picture need be opened.")
]
ByLabel = Annotated[bool, typer.Option("--by-label", help="Show a table of labels instead of one of scores.")]
Csv = Annotated[
    str | None,
    typer.Option(
        "--csv", metavar="FILE", help="Write all scores, with intervals and by label, as CSV; - is standard output."
    ),
]


@app.command()
def evaluate(
    folder: Folder,
    labels: Labels = "folders",
    column: Column = None,
    disjoint: Disjoint = None,
    k: Count = 10,
    vectors: Vectors = None,
    no_controls: NoControls = False,
    by_label: ByLabel = False,
    csv: Csv = None,
    seed: Seed = 0,
    device: Device = "auto",
    precision: Precision = "auto",
    max_megapixels: MaxMegapixels = 500,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Score the neighbours in FOLDER against labels you have, beside controls.

    Every work asks all the others: are the nearest of its label? The same is asked of the untrained encoder, the
    network's last layer, mere colours, and mere shapes of the files. The first time, that takes a look at every
    picture. Labels are used for nothing else.
    """
    from artbyol.cli import scores
    from artbyol.cli.console import watching
    from artbyol.cli.interrupt import stoppable
    from artbyol.cli.output import write_csv, write_json
    from artbyol.report.csv_rows import scores_table
    from artbyol.verbs.evaluate import evaluate as run

    with stoppable() as stop, watching(quiet) as listener:
        found = run(
            folder,
            labels,
            column=column,
            disjoint=disjoint,
            k=k,
            vectors=vectors or [],
            controls=not no_controls,
            seed=seed,
            csv=csv if csv != "-" else None,
            store=store,
            device=device,
            precision=precision,
            max_pixels=pixels(max_megapixels),
            listener=listener,
            stop=stop,
        )
    if csv == "-":
        write_csv(scores_table(found))
    if json:
        write_json(found)
    elif csv != "-":
        (scores.by_label if by_label else scores.by_encoder)(found)
