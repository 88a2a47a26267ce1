"""A question has one answer, whoever embeds meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import artbyol
from artbyol.base.errors import StoreError
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


def test_an_index_of_another_catalogue_is_removed_and_that_is_said(gallery: Path) -> None:
    query = gallery / "work03.png"
    before = artbyol.similar(query, 5)
    with sqlite3.connect(locate(gallery).catalogue) as connection:  # behind artbyol's back: no other generation
        connection.execute("DELETE FROM files WHERE path = ?", (before.neighbours[0].path,))
    connection.close()
    with pytest.raises(StoreError, match="was not of the catalogue beside it"):
        artbyol.similar(query, 5)
    found = artbyol.similar(query, 5)
    assert found.works == 23 and before.neighbours[0].path not in [one.path for one in found.neighbours]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE files SET path = 'a text' WHERE rowid = 3",
        "UPDATE vectors SET vector = NULL WHERE content_id = 2",
        "UPDATE state SET generation = 'a text'",
        "DELETE FROM contents WHERE id = 5",
        "DROP TABLE files",
    ],
)
def test_damage_to_rows_is_called_that_and_the_remedy_helps(gallery: Path, statement: str) -> None:
    place = locate(gallery)
    before = artbyol.similar(gallery / "work03.png", 5)
    lax = (
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE name IN ('vectors', 'state')",
    )
    for statements in (lax, ("PRAGMA ignore_check_constraints = ON", statement)):
        connection = sqlite3.connect(place.catalogue, isolation_level=None)
        for one in statements:
            connection.execute(one)
        connection.close()
    place.index.unlink()
    for ask in (
        lambda: artbyol.similar(gallery / "work03.png", 5, why=True),
        lambda: artbyol.duplicates(gallery),
        lambda: artbyol.info(gallery),
    ):
        with suppress(StoreError):
            ask()
    artbyol.doctor(gallery, fix=True, sample=1)
    assert artbyol.similar(gallery / "work03.png", 5) == before


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
