"""Where exact search stops being fast: `python -m tests.bench.exact_search [WORKS ...]`.

A simulation: clustered random vectors of 64 numbers, not paintings. Each row is one fresh process that loads an index
from disk and asks single queries, as `artbyol similar` does. The file is in the operating system's disk cache; a cold
disk adds the file size divided by its speed. `artbyol.search.faiss_index.EXACT_NUMBERS` was chosen from this table.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.search.index import StyleIndex
from tests.bench import given

DIMENSIONS = 64
CLUSTERS = 500
SPREAD = 0.8  # of a work around its cluster, in units of the clusters' own spread

# What the fresh process runs: path of the index, path of the queries.
ASK = """
import json, sys, time
import numpy as np
from pathlib import Path
from artbyol.search.index import StyleIndex
def peak():  # in kB; Linux. Not getrusage, whose peak is inherited from the parent process
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
before = peak()
queries = np.load(sys.argv[2])
start = time.perf_counter()
index = StyleIndex.load(Path(sys.argv[1]))
loaded = time.perf_counter()
times = []
for query in queries:
    begin = time.perf_counter()
    index.search(query, 11)
    times.append(time.perf_counter() - begin)
found = {"load": loaded - start, "first": times[0], "query": float(np.median(times)), "memory": peak() - before}
print(json.dumps(found))
"""


def simulated(works: int, seed: int = 0) -> NDArray[np.float32]:
    """Clustered vectors (works, 64), a simulation."""
    generator = np.random.default_rng(seed)
    centres = generator.standard_normal((CLUSTERS, DIMENSIONS), dtype=np.float32)
    spread = SPREAD * generator.standard_normal((works, DIMENSIONS), dtype=np.float32)
    return centres[generator.integers(CLUSTERS, size=works)] + spread


def measure(vectors: NDArray[np.float32], limit: int, folder: Path) -> str:
    """One row of the table: build with this exact limit, save, and ask in a fresh process."""
    start = time.perf_counter()
    ids = np.arange(len(vectors))
    index = StyleIndex.build(ids, vectors, model_id="simulation", generation=1, exact_limit=limit)
    built = time.perf_counter() - start
    path, queries = folder / "index.safetensors", folder / "queries.npy"
    index.save(path)
    np.save(queries, simulated(50, seed=1))
    answer = subprocess.run(
        [sys.executable, "-c", ASK, str(path), str(queries)], check=True, capture_output=True, text=True
    )
    found = json.loads(answer.stdout)
    recall = 1.0 if index.recall is None else index.recall
    return (
        f"{len(vectors):>9,} {index.kind:<11} {recall:9.3f} {built:8.1f} {path.stat().st_size / 1e6:8.0f}"
        f" {found['load'] * 1e3:9.0f} {found['first'] * 1e3:9.1f} {found['query'] * 1e3:9.2f}"
        f" {found['memory'] / 1e3:9.0f}"
    )


def main(sizes: list[int]) -> None:
    print("simulated vectors, 64-d")
    print("    works kind        recall@10  build s  file MB   load ms  first ms  query ms memory MB")
    for works in sizes:
        vectors = simulated(works)
        for limit in (works, 0):
            with tempfile.TemporaryDirectory() as folder:
                print(measure(vectors, limit, Path(folder)), flush=True)


if __name__ == "__main__":
    main([int(size) for size in given(__doc__)] or [10_000, 100_000, 1_000_000])
