"""An evaluation as rows of a CSV: one score a row, so that it can be filtered and turned into any table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from artbyol.evaluation.comparison import Estimates
from artbyol.evaluation.results import Evaluation
from artbyol.evaluation.retrieval import RetrievalScores

CSV_HEADER = ("encoder", "minus", "label", "queries", "metric", "value", "low", "high")

Row = tuple[str, str, str, int, str, str, str, str]


def csv_rows(found: Evaluation) -> Iterator[Row]:
    """Fractions, not percent. `label` empty: over all queries; "*": mean over the labels. `minus`: the encoder that the
    first one is compared with, where the row is a difference. `low`, `high`: of the interval, where there is one."""
    for encoder in found.encoders:
        yield from _with_intervals(encoder.name, "", found.queries, encoder.overall)
        yield from _plain(encoder.name, "*", found.queries, encoder.macro)
        for metric, value in (("nmi", encoder.groups.nmi), ("ari", encoder.groups.ari)):
            yield encoder.name, "", "", found.works, metric, f"{value:.5f}", "", ""
        for one in encoder.by_label:
            yield from _plain(encoder.name, one.label, one.queries, one.scores)
    for difference in found.differences:
        yield from _with_intervals(found.encoders[0].name, difference.name, found.queries, difference.by)


def _with_intervals(encoder: str, minus: str, queries: int, scores: Estimates) -> Iterator[Row]:
    for field in fields(scores):
        one = getattr(scores, field.name)
        yield encoder, minus, "", queries, field.name, f"{one.value:.5f}", f"{one.low:.5f}", f"{one.high:.5f}"


def _plain(encoder: str, label: str, queries: int, scores: RetrievalScores) -> Iterator[Row]:
    for field in fields(scores):
        yield encoder, "", label, queries, field.name, f"{getattr(scores, field.name):.5f}", "", ""
