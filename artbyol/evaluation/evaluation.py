"""How well a collection's neighbours and groups agree with labels, beside what needs no training or is no style."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.encoder.current import untrained_id
from artbyol.evaluation.baselines import from_file, of_controls, of_model, works_of
from artbyol.evaluation.comparison import Candidate, Task, compare
from artbyol.evaluation.labels import FOLDERS, Labelling, read_labels
from artbyol.evaluation.results import Evaluation, LeftOut
from artbyol.evaluation.retrieval import answerable
from artbyol.search.collection import OpenCollection


def evaluate_labels(
    collection: OpenCollection,
    labels: str | Path = FOLDERS,
    *,
    column: str | None = None,
    disjoint: str | None = None,
    k: int = 10,
    vectors: Sequence[str | Path] = (),
    controls: bool = True,
    seed: int = 0,
) -> Evaluation:
    """Score the collection's model against labels; `artbyol.evaluate` explains the arguments, and the errors."""
    if k < 1:
        raise UsageError(f"-k must be at least 1, not {k}.")
    embedded = collection.embedded()
    ids, model_id = embedded.ids, embedded.model_id
    works = works_of(collection, ids)
    labelling = read_labels(str(labels), column, disjoint, collection.folder, works.paths)
    labelled = np.array([label is not None for label in labelling.labels])
    _check(labelling, _task(labelling, works.hashes, labelled, k, seed), str(labels), disjoint)
    trained = model_id != untrained_id()
    candidates = [of_model(embedded.vectors, trained)]
    foreign = [from_file(Path(file), works, collection) for file in vectors]
    wanted = labelled & _have_rows(foreign, len(ids))
    if controls:
        candidates += of_controls(collection, works, wanted, trained)
    candidates += foreign
    scored = wanted & _have_rows(candidates, len(ids))
    task = _task(labelling, works.hashes, scored, k, seed)
    _check(labelling, task, str(labels), disjoint)
    encoders, differences = compare(candidates, task, collection.run.listener, collection.run.stop)
    sharing = Counter(task.labels)
    return Evaluation(
        folder=collection.folder,
        model_id=model_id,
        trained=trained,
        labels=tuple(sorted(sharing)),
        label_source=labelling.source,
        disjoint=disjoint,
        k=k,
        works=len(task.works),
        queries=int(task.asked.sum()),
        alone=sum(number == 1 for number in sharing.values()),
        left_out=LeftOut(
            int((~labelled).sum()),
            tuple(works.paths[work][0] for work in labelling.contested),
            int((labelled & ~wanted).sum()),
            int((wanted & ~scored).sum()),
            int((~task.asked).sum()),
            labelling.unknown,
            labelling.ambiguous,
        ),
        encoders=encoders,
        differences=differences,
    )


def _have_rows(candidates: Sequence[Candidate], works: int) -> NDArray[np.bool_]:
    """Which works every one of these encoders says something of, bool (n,)."""
    have: NDArray[np.bool_] = np.ones(works, bool)
    for one in candidates:
        have &= one.row_of >= 0
    return have


def _task(labelling: Labelling, hashes: Sequence[bytes], scored: NDArray[np.bool_], k: int, seed: int) -> Task:
    # In the order of their hashes: lots and intervals that do not change with names, or with when works were embedded.
    rows = np.array(sorted(np.flatnonzero(scored).tolist(), key=hashes.__getitem__), dtype=np.int64)
    labels = tuple(str(labelling.labels[row]) for row in rows)
    hands = None if labelling.hands is None else tuple(str(labelling.hands[row]) for row in rows)
    asked = np.ones(len(rows), bool) if hands is None else answerable(labels, hands)
    return Task(rows, labels, hands, asked, k, seed)


def _check(labelling: Labelling, task: Task, source: str, disjoint: str | None) -> None:
    """Refuse what has no answer.

    Raises:
        UsageError: no labels, one alone, none that two works share, or none that two hands share.
    """
    sharing = Counter(task.labels)
    if not sharing and any(labelling.labels):
        raise UsageError("Of no labelled work all encoders have a vector.", "artbyol embed FOLDER, or other --vectors")
    if not sharing and source == FOLDERS:
        hint = "put the works of each label into a subfolder, or name a table: --labels FILE.csv"
        raise UsageError("No work has a label: all of them lie at the top of the folder.", hint)
    if not sharing:
        lost = labelling.unknown
        why = f"none of the {len(lost):,} rows names a picture, as {lost[0]!r}" if lost else "no row gives one"
        raise UsageError(f"No work has a label: {why}.")
    if len(sharing) == 1:
        raise UsageError(f"All labelled works have the same label, {task.labels[0]!r}: there is nothing to tell apart.")
    if max(sharing.values()) == 1:
        raise UsageError("No two works share a label: there is nothing to find.")
    if not task.asked.any():
        raise UsageError(f"No two works share a label and differ in {disjoint}: there is nothing to find.")
