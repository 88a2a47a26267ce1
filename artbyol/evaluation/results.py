"""What an evaluation gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from artbyol.evaluation.comparison import Difference, EncoderScores


@dataclass(frozen=True)
class LeftOut:
    """What was not scored, and why.

    Attributes:
        unlabelled: works without a label (a file in no subfolder, no row, an empty cell), contested ones included.
        contested: works whose files, or rows, name different labels.
        without_vectors: labelled works that a file of vectors lacks.
        unseen: works the controls could not look at: changed or gone since they were embedded, or unreadable now.
        unanswerable: works of which every other one with their label is of their own hand; not asked, only found.
        unknown: names in the table that mean no work; `ambiguous`: names that several works share.
    """

    unlabelled: int
    contested: tuple[bytes, ...]
    without_vectors: int
    unseen: int
    unanswerable: int
    unknown: tuple[str, ...]
    ambiguous: tuple[str, ...]


@dataclass(frozen=True)
class Evaluation:
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
        encoders: the collection's model first, then the controls, then the files of vectors.
        differences: the first encoder's scores minus those of each of the others.
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
