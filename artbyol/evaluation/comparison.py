"""Several encoders scored on the same works with the same labels, and how sure their differences are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artbyol.base.bootstrap import Estimate, estimate, resampled_means
from artbyol.base.run import Run
from artbyol.base.vectors import Doubles, Ints
from artbyol.evaluation import retrieval
from artbyol.evaluation.retrieval import METRICS, ClusterAgreement, RetrievalScores, Similarity


@dataclass(frozen=True)
class Candidate:
    """An encoder to be scored.

    Attributes:
        name, description: for people.
        rows: (m, d), what it says of works.
        row_of: int64 (n,), which row is that of each work of the collection, -1: none.
        similarity: how rows are compared.
    """

    name: str
    description: str
    rows: NDArray[np.floating]
    row_of: Ints
    similarity: Similarity = "cosine"


@dataclass(frozen=True)
class Task:
    """What all of them are asked.

    Attributes:
        works: int64 (s,), which of the collection's works are ranked.
        labels: one for each of them.
        exclude_groups: likewise, as the artist; works of the query's own are left out of its ranking. None: none are.
        asked: bool (s,), which of them are queries.
        k: how many neighbours count; seed: of the order of works equally alike, of groups and of the bootstrap.
    """

    works: Ints
    labels: tuple[str, ...]
    exclude_groups: tuple[str, ...] | None
    asked: NDArray[np.bool_]
    k: int
    seed: int


@dataclass(frozen=True)
class Estimates:
    """Every score of `RetrievalScores`, or every difference of two, with its interval."""

    precision_at_k: Estimate
    mean_average_precision: Estimate
    map_at_k: Estimate
    recall_at_k: Estimate
    nearest_neighbour: Estimate
    k_nearest_neighbours: Estimate


@dataclass(frozen=True)
class LabelScores:
    """Means over the queries of one label."""

    label: str
    queries: int
    scores: RetrievalScores


@dataclass(frozen=True)
class EncoderScores:
    """How well one encoder did.

    Attributes:
        name, description: which encoder, and how it compares works.
        overall: means over all queries: a label counts as often as it has works.
        macro: means over the labels' means: every label counts once.
        groups: of all works against the labels; how they are made, `artbyol.evaluation.retrieval.group_agreement` says.
        by_label: labels in alphabetical order.
    """

    name: str
    description: str
    overall: Estimates
    macro: RetrievalScores
    groups: ClusterAgreement
    by_label: tuple[LabelScores, ...]


@dataclass(frozen=True)
class Difference:
    """The first encoder's scores minus those of another one, `name`, query by query."""

    name: str
    by: Estimates


def compare(
    candidates: Sequence[Candidate], task: Task, run: Run
) -> tuple[tuple[EncoderScores, ...], tuple[Difference, ...]]:
    """Score encoders, and the first one against each of the others.

    Raises:
        Interrupted: `stop` said so.
    """
    n = len(task.works)
    values = np.empty((int(task.asked.sum()), len(candidates), len(METRICS)))
    groups: list[ClusterAgreement] = []
    numbers = np.cumsum([0, *(one.rows.shape[1] for one in candidates)])  # longer vectors take longer
    for number, one in enumerate(candidates):

        def told(done: int, number: int = number) -> None:
            share = (numbers[number] + done / n * np.diff(numbers)[number]) / numbers[-1]
            run.progress("scoring", round(share * n * len(candidates)), n * len(candidates))
            run.check_stop("Stopped while scoring.")

        rows = one.rows[one.row_of[task.works]]
        options: dict[str, Any] = {"similarity": one.similarity, "seed": task.seed}
        scored = retrieval.score_queries(
            rows, task.labels, task.k, exclude_groups=task.exclude_groups, told=told, **options
        )
        values[:, number] = scored[task.asked]
        groups.append(retrieval.group_agreement(rows, task.labels, **options))
    run.progress("resampling")
    drawn = resampled_means(values, task.seed)
    labels = np.asarray(task.labels, dtype=object)[task.asked]
    encoders = tuple(
        _encoder_scores(one, values[:, number], drawn[:, number], labels, groups[number])
        for number, one in enumerate(candidates)
    )
    differences = tuple(
        Difference(one.name, _estimates(values[:, 0] - values[:, number], drawn[:, 0] - drawn[:, number]))
        for number, one in enumerate(candidates[1:], start=1)
    )
    return encoders, differences


def _encoder_scores(
    one: Candidate, values: Doubles, drawn: Doubles, labels: NDArray[np.object_], groups: ClusterAgreement
) -> EncoderScores:
    by_label = tuple(
        LabelScores(label, int((labels == label).sum()), retrieval.mean_scores(values[labels == label]))
        for label in sorted(set(labels))
    )
    means = np.array([values[labels == row.label].mean(axis=0) for row in by_label])
    return EncoderScores(
        one.name, one.description, _estimates(values, drawn), retrieval.mean_scores(means), groups, by_label
    )


def _estimates(values: Doubles, drawn: Doubles) -> Estimates:
    """Per query (q, 6) and per draw (draws, 6) -> means with intervals."""
    return Estimates(*(estimate(value, column) for value, column in zip(values.mean(axis=0), drawn.T, strict=True)))
