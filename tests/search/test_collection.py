"""A question has one answer, whoever embeds meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import artbyol
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate

QUESTIONS: dict[str, Callable[[artbyol.Collection], Any]] = {
    "similar": lambda works: works.similar(works.folder / "work03.png", 5, why=True),
    "outliers": lambda works: works.outliers(),
    "cluster": lambda works: works.cluster(3),
    "duplicates": lambda works: works.duplicates(),
    "between": lambda works: works.between(works.folder / "work01.png", works.folder / "work02.png"),
    "works": lambda works: works.works(),
    "vectors": lambda works: works.vectors().paths,
}


@contextmanager
def disturbed(works: artbyol.Collection, at: int, disturb: Callable[[], None]) -> Iterator[list[int]]:
    """Do something when a collection's catalogue is asked for the `at`-th time; counts how often it was."""
    asked, trouble = [0], list[BaseException]()

    def note(statement: str) -> None:
        asked[0] += statement.startswith("SELECT")
        if asked[0] == at and statement.startswith("SELECT"):
            try:
                disturb()
            except BaseException as error:  # SQLite passes none on
                trouble.append(error)

    works.catalogue._connection.set_trace_callback(note)
    try:
        yield asked
    finally:
        works.catalogue._connection.set_trace_callback(None)
    assert not trouble


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_of_one_moment_whoever_embeds_meanwhile(gallery: Path, question: str) -> None:
    ask = QUESTIONS[question]
    with artbyol.open(gallery) as works, disturbed(works, 0, lambda: None) as asked:
        before = ask(works)
    place = locate(gallery)
    with Catalogue.open(place.catalogue) as catalogue:
        model = catalogue.model_id or ""
        length = catalogue.vectors(model)[1].shape[1]
    for at in range(2, asked[0] + 1, max(1, asked[0] // 3)):
        kept = place.catalogue.read_bytes()

        def embed() -> None:
            """Half of the works go, and another comes."""
            with Catalogue.open(place.catalogue) as catalogue, catalogue.batch():
                catalogue.forget([work.path for work in catalogue.works()[::2]])
                catalogue.prune()
                catalogue.record_ok(b"new", 1, 2, bytes(16), 3, 4, bytes(192))
                catalogue.put_vectors(model, [bytes(16)], np.ones((1, length)))

        with artbyol.open(gallery) as works:
            with disturbed(works, at, embed) as again:
                assert str(ask(works)) == str(before)
            assert again[0] < at or len(works.files()) == 13
        for log in place.root.glob("catalogue.sqlite-*"):
            log.unlink()
        place.catalogue.write_bytes(kept)
