"""`evaluate`: how well neighbours and groups agree with labels, beside what needs no training or is no style."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from artbyol.evaluation.evaluation import Evaluation, evaluate_labels
from artbyol.search.origins import FOLDERS
from artbyol.verbs.opening import Folder, RunOptions, opened


def evaluate(
    folder: Folder,
    labels: str | Path = FOLDERS,
    *,
    column: str | None = None,
    disjoint: str | None = None,
    leak: Sequence[str] = (),
    k: int = 10,
    vectors: Sequence[str | Path] = (),
    controls: bool = True,
    seed: int = 0,
    csv: str | Path | None = None,
    **run: Unpack[RunOptions],
) -> Evaluation:
    """Score the collection's model against labels, side by side with controls. Labels are used for nothing else.

    Every labelled work asks all the others; copies of one picture are one work. Intervals are 95 % bootstrap intervals
    over the queries (`artbyol.base.bootstrap`). All encoders are scored on the same works.

    Args:
        folder: the collection, or any folder inside it.
        labels: "folders" (the first subfolder's name) or a CSV with a column `filename`.
        column: of the CSV that holds the labels; None: `label`, else `artist`.
        disjoint: a column of the CSV, or "folders": works that share its value with the query are taken out of its
            ranking, e.g. the artist where labels are movements.
        leak: columns of the CSV, "folders", or "files": how far neighbours share these beyond chance, among all works
            and among those of the query's own label. "files" is their format, size, compression
            and camera, for which every file is opened.
        k: how many neighbours count.
        vectors: files of vectors to score beside, see `artbyol.evaluation.foreign_vectors`.
        controls: score the untrained encoder, the last layer, colours and shapes, too; the first time that takes a
            look at every picture.
        seed: of groups, of the bootstrap, and of the order of works equally alike.
        csv: write all scores, with intervals and by label, as a table.
        run: see `RunOptions`; the network is for the controls' look at the pictures.

    Raises:
        StoreMissingError: nothing was embedded yet. ModelMismatchError: the model is newer than the vectors.
        UsageError: labels or vectors cannot be read, or there is nothing to tell apart. Interrupted: `stop` said so.
    """
    with opened(folder, run) as collection:
        found = evaluate_labels(collection, str(labels), column, disjoint, k, vectors, controls, seed, leak)
        if csv:
            from artbyol.report.csv_rows import scores_table, write_table

            write_table(Path(csv), scores_table(found))
        return found
