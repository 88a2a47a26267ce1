"""The faiss index behind a `StyleIndex`: exact while that is fast, approximate and measured beyond."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from artbyol.base.large_arrays import blocks, taken
from artbyol.base.vectors import Floats, Ints

Kind = Literal["exact", "approximate"]

# A collection is searched exactly while works x numbers per vector stay below this: 1,000,000 works of 128 numbers,
# 512 MB. The criterion is one query from a fresh start, load included, in under about a second. Measured by
# `python -m tests.bench.exact_search` (simulated clustered 64-d vectors, 2-core x86, file in the disk cache):
#
#       works  kind         recall@10  build s  file MB  load ms  query ms  memory MB
#      10,000  exact            1.000      0.1        3        4       0.2          6
#     100,000  exact            1.000      0.1       26       26       1.7         52
#   1,000,000  exact            1.000      0.3      264      282        22        516
#   1,000,000  approximate      0.973      5.8       80       76       0.2        158
#   2,000,000  exact            1.000      0.6      528      559        41       1032
#   2,000,000  approximate      0.968       14      160      151       0.3        314
#   3,000,000  exact            1.000      0.9      792      828        60       1548
#   3,000,000  approximate      0.969       20      240      259       0.3        470
#
# Three million would just pass here; two leave room for slower disks and smaller memories. (Half of an exact index's
# memory is the mapped file, which the system takes back when it needs to. With both cores busy elsewhere, loads take
# two to four times as long.)
EXACT_NUMBERS = 128_000_000

RECALL_WANTED = 0.95  # recall@10 that an approximate index must reach on a sample before it is used
_QUERIES = 500
_NEIGHBOURS = 10
_POINTS_PER_LIST = 64  # faiss trains on up to 256; fewer train faster, and the recall is measured anyway
_FIRST_PROBES = 8


@dataclass(frozen=True)
class Built:
    """A faiss index and what was measured of it: `recall` is recall@10 against exact search, None for exact."""

    index: Any
    kind: Kind
    recall: float | None


def build_exact(unit: Floats) -> Built:
    """Inner product with every vector; `unit` is (n, d), rows of length 1."""
    import faiss

    index = faiss.IndexFlatIP(max(1, unit.shape[1]))
    _add(index, unit)
    return Built(index, "exact", None)


def build_approximate(unit: Floats) -> Built:
    """Inverted lists (Jégou et al. 2011; Douze et al. 2024, arXiv 2401.08281), as many as sqrt(n), over (n, d).

    Vectors are kept in 8 bits per number, a quarter of the memory; where neighbours lie so close that this confuses
    their order, in 16 or 32. How many lists a query visits is doubled until the recall wanted is measured.
    """
    import faiss
    from faiss.contrib.exhaustive_search import knn_ground_truth

    generator = np.random.default_rng(0)  # fixed, so that the same vectors give the same index
    sample = generator.choice(len(unit), min(_QUERIES, len(unit)), replace=False)
    lists = max(1, round(len(unit) ** 0.5))
    points = generator.choice(len(unit), min(lists * _POINTS_PER_LIST, len(unit)), replace=False)
    queries = taken(unit, sample)
    every = (unit[block] for block in blocks(unit))
    knn: Any = knn_ground_truth
    truth = _others(knn(queries, every, _NEIGHBOURS + 1, faiss.METRIC_INNER_PRODUCT)[1], sample)
    # Short codes lose a little however many lists are visited, so there is a point in giving them up.
    some = max(_FIRST_PROBES, lists // 8)
    for codes, most_probes in (("SQ8", some), ("SQfp16", some), ("Flat", lists)):
        index: Any = faiss.index_factory(unit.shape[1], f"IVF{lists},{codes}", faiss.METRIC_INNER_PRODUCT)
        index.cp.max_points_per_centroid = _POINTS_PER_LIST
        index.cp.min_points_per_centroid = 1  # only silences a warning on stderr
        index.train(taken(unit, np.sort(points)))
        _add(index, unit)
        recall = _tune(index, queries, sample, truth, most_probes)
        if recall >= RECALL_WANTED:
            break
    return Built(index, "approximate", recall)


def _add(index: Any, unit: Floats) -> None:
    """Add vectors (n, d), of which a block at a time need be in memory."""
    for block in blocks(unit):
        index.add(np.ascontiguousarray(unit[block]))


def _tune(index: Any, queries: Floats, sample: Ints, truth: list[set[int]], most: int) -> float:
    """Set the fewest probes that reach the recall wanted, `most` at most, and return the recall."""
    probes = min(_FIRST_PROBES, most)
    while True:
        index.nprobe = probes
        found = _others(index.search(queries, _NEIGHBOURS + 1)[1], sample)
        recall = float(np.mean([len(a & b) / max(1, len(a)) for a, b in zip(truth, found, strict=True)]))
        if recall >= RECALL_WANTED or probes >= most:
            return recall
        probes = min(2 * probes, most)


def _others(found: Ints, queries: Ints) -> list[set[int]]:
    """The neighbours without the query itself, which every index finds and which would flatter the recall."""
    return [
        set([position for position in row if position not in (own, -1)][:_NEIGHBOURS])
        for row, own in zip(found.tolist(), queries.tolist(), strict=True)
    ]
