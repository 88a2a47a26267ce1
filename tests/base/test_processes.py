"""Threads: results in order, a bounded number ahead, and nothing begun after one has left."""

from __future__ import annotations

import threading

import pytest

from artbyol.base.processes import in_threads


def test_results_come_in_order_and_no_more_than_so_many_ahead() -> None:
    begun: list[int] = []

    def double(number: int) -> int:
        begun.append(number)
        return 2 * number

    found = in_threads(double, range(100), ahead=5, workers=3)
    for number in range(100):
        assert next(found) == 2 * number
        assert len(begun) <= number + 5
    assert list(found) == []
    assert list(in_threads(double, [], ahead=5)) == []


def test_who_leaves_early_cancels_the_rest() -> None:
    begun: list[int] = []
    gate = threading.Event()

    def wait(number: int) -> int:
        begun.append(number)
        if number:
            gate.wait(10)
        return number

    found = in_threads(wait, range(50), ahead=20, workers=2)
    assert next(found) == 0
    threading.Timer(0.05, gate.set).start()
    found.close()  # type: ignore[attr-defined]  # a generator
    assert len(begun) <= 4


def test_an_error_reaches_the_caller() -> None:
    def fail(number: int) -> float:
        return 1 / (3 - number)

    found = in_threads(fail, range(10), ahead=4)
    assert [next(found) for _ in range(3)] == [1 / 3, 1 / 2, 1]
    with pytest.raises(ZeroDivisionError):
        next(found)
