"""The neighbour graph of works: each is joined to those nearest to it. Sparse, so that 100,000 works fit."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from artbyol.base.large_arrays import blocks
from artbyol.base.processes import in_threads
from artbyol.base.vectors import Floats, Ints, one_thread_and_quiet
from artbyol.search.faiss_index import build_approximate, build_exact

NEIGHBOURS: Final = 20
"""Works that each is joined to, at most; of fewer than 400 works the square root of their number. 15 did as well, 10
and 30 a little less well (docs/experiments/number-of-groups.md)."""

_EXACT = 30_000  # works among which all are compared: about 10 s
_TOGETHER = 4_096  # works sought in one call
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
        cosines, nearest = map(np.concatenate, zip(*nearest_in(index, directions, k + 1), strict=True))  # itself, too
    rows, columns, weights = np.repeat(np.arange(n), k + 1), nearest.ravel(), np.maximum(cosines.ravel(), _LEAST)
    others = (columns != rows) & (columns >= 0)
    edges = csr_array((weights[others].astype(np.float64), (rows[others], columns[others])), (n, n))
    graph = csr_array(edges + edges.T)
    graph.sort_indices()
    return graph, index


def nearest_in(index: Any, rows: Floats, k: int, lists: int | None = None) -> Iterator[tuple[Floats, Ints]]:
    """Cosines and places (m, k) of those nearest to rows (n, d) in a faiss index, best first, -1 for none: some
    thousand rows at a time, on all cores, and the same on any number of them.

    Args:
        lists: in how many lists of an approximate index to look; None: as many as it was tuned to.
    """
    import faiss

    def search(block: slice) -> tuple[Floats, Ints]:
        faiss.omp_set_num_threads(1)  # this thread is one of several
        found: tuple[Floats, Ints] = index.search(np.ascontiguousarray(rows[block]), k, params=where)
        return found

    parameters: Any = faiss.SearchParametersIVF
    where = parameters(nprobe=lists) if lists else None
    return in_threads(search, blocks(rows, _TOGETHER), ahead=16)
