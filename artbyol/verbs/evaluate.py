"""`evaluate`: how well neighbours and groups agree with labels, beside what needs no training or is no style."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.base.events import Listener, Notice, ignore
from artbyol.base.run import DEFAULT_MAX_PIXELS
from artbyol.encoder.current import model_in_use, nothing_embedded, untrained_id
from artbyol.evaluation.baseline_cache import Looking
from artbyol.evaluation.baselines import from_file, of_controls, of_model, works_of
from artbyol.evaluation.comparison import Candidate, Task, compare
from artbyol.evaluation.labels import FOLDERS, Labelling, read_labels
from artbyol.evaluation.results import Evaluation, LeftOut
from artbyol.evaluation.retrieval import answerable
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import existing


def evaluate(
    folder: str | Path,
    labels: str | Path = FOLDERS,
    *,
    column: str | None = None,
    disjoint: str | None = None,
    k: int = 10,
    vectors: Sequence[str | Path] = (),
    controls: bool = True,
    seed: int = 0,
    store: str | Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    max_pixels: int = DEFAULT_MAX_PIXELS,
    listener: Listener = ignore,
    stop: Callable[[], bool] = lambda: False,
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
        k: how many neighbours count.
        vectors: files of vectors to score beside, see `artbyol.evaluation.foreign_vectors`.
        controls: score the untrained encoder, the last layer, colours and shapes, too; the first time that takes a
            look at every picture.
        seed: of k-means, of the bootstrap, and of the lot that ranks works equally alike.
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        device, precision, max_pixels: for the controls' look at the pictures.
        listener: told what happens. stop: asked after every batch; True stops.

    Raises:
        StoreMissingError: nothing was embedded yet. ModelMismatchError: the model is newer than the vectors.
        UsageError: labels or vectors cannot be read, or there is nothing to tell apart. Interrupted: `stop` said so.
    """
    if k < 1:
        raise UsageError(f"-k must be at least 1, not {k}.")
    place = existing(Path(folder), Path(store) if store else None)
    if not os.path.samefile(folder, place.folder):
        listener(Notice(f"{folder} is a part of the collection {place.folder}; all of that is evaluated."))
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        model_id = model_in_use(place, catalogue)
        ids, own = catalogue.vectors(model_id)
        if not len(ids):
            raise nothing_embedded(place)
        works = works_of(catalogue, ids)
        labelling = read_labels(str(labels), column, disjoint, place.folder, works.paths)
        labelled = np.array([label is not None for label in labelling.labels])
        _check(labelling, _task(labelling, works.hashes, labelled, k, seed), str(labels), disjoint)
        trained = model_id != untrained_id()
        candidates = [of_model(own, trained)]
        foreign = [from_file(Path(file), place.folder, works, listener) for file in vectors]
        wanted = labelled & _have_rows(foreign, len(ids))
        if controls:
            around = Looking(place, catalogue, device, precision, max_pixels, listener, stop)
            candidates += of_controls(around, works, wanted, trained)
    candidates += foreign
    scored = wanted & _have_rows(candidates, len(ids))
    task = _task(labelling, works.hashes, scored, k, seed)
    _check(labelling, task, str(labels), disjoint)
    encoders, differences = compare(candidates, task, listener, stop)
    sharing = Counter(task.labels)
    return Evaluation(
        folder=place.folder,
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
