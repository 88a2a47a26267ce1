"""An open collection that many may ask at once: it has a thread of its own, which answers one question after the other.

A connection to SQLite, and what a collection has read, are for one thread. Most questions take
milliseconds; what takes long opens the collection once more, elsewhere.
"""

import queue
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

from artbyol.base.run import Run
from artbyol.search.collection import OpenCollection
from artbyol.storage.store import Store

Found = TypeVar("Found")
Question = Callable[[OpenCollection], Found]


class CollectionThread:
    """Answers questions about one collection, in order.

    Args:
        place: its store. run: on what pictures are encoded.
    """

    def __init__(self, place: Store, run: Run) -> None:
        self._place, self._run = place, run
        self._questions: queue.SimpleQueue[tuple[Question[Any], Future[Any]] | None] = queue.SimpleQueue()
        Thread(target=self._answer_questions, name="collection", daemon=True).start()

    def ask(self, question: Question[Found]) -> "Future[Found]":
        """What a question finds, or the error it raises, when its turn has come."""
        answer: Future[Found] = Future()
        self._questions.put((question, answer))
        return answer

    def close(self) -> None:
        """Answer what was asked, and let go of the collection."""
        self._questions.put(None)

    def _answer_questions(self) -> None:
        collection: OpenCollection | None = None
        while asked := self._questions.get():
            question, answer = asked
            if not answer.set_running_or_notify_cancel():
                continue
            try:
                collection = collection or OpenCollection(self._place, self._run)
                with collection.question():
                    answer.set_result(question(collection))
            except BaseException as error:
                answer.set_exception(error)
        if collection:
            collection.close()
