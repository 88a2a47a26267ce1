"""The neighbour graph of works: each is joined to those nearest to it. Sparse, so that 100,000 works fit."""

from typing import Any, Final

import numpy as np

from artbyol.base.vectors import Floats, one_thread_and_quiet
from artbyol.search.faiss_index import build_approximate, build_exact

NEIGHBOURS: Final = 20
"""Works that each is joined to, at most; of fewer than 400 works the square root of their number. 15 did as well, 10
and 30 a little less well (docs/experiments/number-of-groups.md)."""

_EXACT = 30_000  # works among which all are compared: about 10 s
_LEAST = 1e-3  # weight of an edge between works that have nothing in common


def neighbour_graph(directions: Floats, neighbours: int = NEIGHBOURS) -> tuple[Any, Any]:
    """A symmetric sparse matrix (n, n) over directions (n, d), rows of length 1; and the faiss index it was made with.

    Its entries are the cosines of two works, if one is among the nearest of the other; doubled, where each is among
    the other's. The same directions give the same graph, on any number of threads.
    """
    from scipy.sparse import csr_array

    n = len(directions)
    k = min(n - 1, max(2, min(neighbours, round(n**0.5))))
    with one_thread_and_quiet():
        index = (build_exact if n <= _EXACT else build_approximate)(directions).index
        cosines, nearest = index.search(directions, k + 1)  # each finds itself, too
    rows, columns, weights = np.repeat(np.arange(n), k + 1), nearest.ravel(), np.maximum(cosines.ravel(), _LEAST)
    others = (columns != rows) & (columns >= 0)
    edges = csr_array((weights[others].astype(np.float64), (rows[others], columns[others])), (n, n))
    graph = csr_array(edges + edges.T)
    graph.sort_indices()
    return graph, index
