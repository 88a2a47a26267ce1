"""Arrays by what is in them, vectors of length 1, labels as numbers, and the quiet scikit-learn works in."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
LabelColumn = Sequence[object] | NDArray[Any]
"""One label per work, whatever can be told apart."""


def unit(rows: Floats) -> Floats:
    """Rows (n, d) at length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.ascontiguousarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


def codes_of(labels: LabelColumn) -> Ints:
    """Labels as numbers, in order of first appearance: comparing numbers is fast, and labels need not be sortable."""
    number: dict[object, int] = {}
    return np.array([number.setdefault(label, len(number)) for label in labels], dtype=np.int64)


@contextmanager
def one_thread_and_quiet() -> Iterator[None]:
    """Sums in one order whatever the machine, and none of scikit-learn's warnings: what they say is checked before."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
