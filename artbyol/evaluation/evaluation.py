"""How well a collection's neighbours and groups agree with labels, beside what needs no training or is no style."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.encoder.current import untrained_id
from artbyol.evaluation.baselines import as_similar, from_file, of_controls, of_model
from artbyol.evaluation.comparison import Candidate, Difference, EncoderScores, Task, compare
from artbyol.evaluation.labels import Labelling, read_labels
from artbyol.evaluation.leaks import FILES, SourceLeak, find_leaks
from artbyol.evaluation.retrieval import answerable
from artbyol.pictures.listing import Tabular, flat
from artbyol.search.collection import OpenCollection
from artbyol.search.file_kinds import file_kinds, kinds_inside
from artbyol.search.origins import FOLDERS
from artbyol.storage.rows import Work


@dataclass(frozen=True)
class LeftOut:
    """What was not scored, and why.

    Attributes:
        unlabelled: works without a label (a file in no subfolder, no row, an empty cell), contested ones included.
        contested: works whose files, or rows, name different labels.
        without_vectors: labelled works that a file of vectors lacks.
        unseen: works the controls could not look at: changed or gone since they were embedded, or unreadable now.
        unanswerable: works that share `disjoint` with every other one of their label; not asked, only found.
        unknown: names in the table that mean no work; `ambiguous`: names that several works share.
    """

    unlabelled: int
    contested: tuple[bytes, ...]
    without_vectors: int
    unseen: int
    unanswerable: int
    unknown: tuple[str, ...]
    ambiguous: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Evaluation(Tabular):
    """How well encoders agree with labels.

    Attributes:
        folder: the collection.
        model_id, trained: whose vectors the catalogue holds; whether that model was trained here.
        labels: the labels, in alphabetical order; `label_source`: where they are from, in words.
        disjoint: what must differ between a query and what it finds, or None.
        k: neighbours looked at.
        works: different pictures ranked; `queries`: of these, asked for their neighbours.
        alone: works that share their label with no other; they find nothing and count as 0 (with `disjoint`, as
            unanswerable).
        left_out: what was not scored.
        encoders: the collection's model first, then the same ranked as `artbyol.similar` does, the controls, and the
            files of vectors.
        differences: the first encoder's scores minus those of each of the others.
        leaks: how far neighbours share what was asked for with `leak`, a source and an encoder each.
    """

    folder: Path
    model_id: str
    trained: bool
    labels: tuple[str, ...]
    label_source: str
    disjoint: str | None
    k: int
    works: int
    queries: int
    alone: int
    left_out: LeftOut
    encoders: tuple[EncoderScores, ...]
    differences: tuple[Difference, ...]
    leaks: tuple[SourceLeak, ...]

    def rows(self) -> list[dict[str, Any]]:
        """One row an encoder: its scores over all queries with their intervals, and its groups' agreement."""
        return [{"encoder": one.name, **flat(one.overall), **flat(one.groups)} for one in self.encoders]


def evaluate_labels(
    collection: OpenCollection,
    labels: str,
    column: str | None,
    disjoint: str | None,
    k: int,
    vectors: Sequence[str | Path],
    controls: bool,
    seed: int,
    leak: Sequence[str] = (),
) -> Evaluation:
    """Score the collection's model against labels; `artbyol.evaluate` explains the arguments, and the errors."""
    if k < 1:
        raise UsageError(f"-k must be at least 1, not {k}.")
    embedded = collection.embedded()
    ids, model_id = embedded.ids, embedded.model_id
    works, paths = collection.works_of(ids), collection.files_of(ids)
    labelling = read_labels(labels, column, disjoint, collection.folder, paths, [one for one in leak if one != FILES])
    labelled = np.array([label is not None for label in labelling.labels])
    _check(labelling, _task(labelling, works, labelled, k, seed), labels, disjoint)
    trained = model_id != untrained_id()
    model = of_model(embedded.vectors, trained)
    candidates = [model, as_similar(model)]
    foreign = [from_file(Path(file), paths, collection) for file in vectors]
    wanted = labelled & _have_rows(foreign, len(ids))
    if controls:
        candidates += of_controls(collection, works, wanted, trained)
    candidates += foreign
    scored = wanted & _have_rows(candidates, len(ids))
    task = _task(labelling, works, scored, k, seed)
    _check(labelling, task, labels, disjoint)
    encoders, differences = compare(candidates, task, collection.run)
    collection.run.progress("finding leaks")
    files = dict[str, Sequence[str]]()
    if FILES in leak:
        files = {**file_kinds(works).said, **kinds_inside(collection.folder, works).said}
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
            tuple(paths[work][0] for work in labelling.contested),
            int((labelled & ~wanted).sum()),
            int((wanted & ~scored).sum()),
            int((~task.asked).sum()),
            labelling.unknown,
            labelling.ambiguous,
        ),
        encoders=encoders,
        differences=differences,
        leaks=find_leaks(candidates, task, {**labelling.sources, **files}),
    )


def _have_rows(candidates: Sequence[Candidate], works: int) -> NDArray[np.bool_]:
    """Which works every one of these encoders says something of, bool (n,)."""
    have: NDArray[np.bool_] = np.ones(works, bool)
    for one in candidates:
        have &= one.row_of >= 0
    return have


def _task(labelling: Labelling, works: Sequence[Work], scored: NDArray[np.bool_], k: int, seed: int) -> Task:
    # In the order of their hashes: what is random does not change with names, or with when works were embedded.
    rows = np.array(sorted(np.flatnonzero(scored).tolist(), key=lambda row: works[row].hash), dtype=np.int64)
    labels = tuple(str(labelling.labels[row]) for row in rows)
    groups = None
    if labelling.exclude_groups is not None:
        groups = tuple(str(labelling.exclude_groups[row]) for row in rows)
    asked = np.ones(len(rows), bool) if groups is None else answerable(labels, groups)
    return Task(rows, labels, groups, asked, k, seed)


def _check(labelling: Labelling, task: Task, source: str, disjoint: str | None) -> None:
    """Refuse what has no answer.

    Raises:
        UsageError: no labels, one alone, none that two works share, or none that two works share across `disjoint`.
    """
    sharing = Counter(task.labels)
    if not sharing and any(labelling.labels):
        raise UsageError("No labelled work has a vector from each encoder.", "artbyol embed FOLDER, or other --vectors")
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
