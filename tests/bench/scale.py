"""What a collection of millions costs: `python -m tests.bench.scale [--sizes 10000 100000 1000000] [--dimensions 128]`.

A simulation: clustered random vectors and file names that no file stands behind; what is measured is the catalogue, the
index and the clustering. Each operation runs in a process of its own on the store as the one before left it; times are
of the operation without the interpreter's start, memory is the process's peak. The last column is the slope of
log(time) over log(works) between the two largest sizes: 1 where cost grows as the collection does, 0 where it does not.

A store of a million works of 128 numbers takes 1.6 GB of disk while this runs.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artbyol.pictures.near_duplicates import _LAYOUT
from artbyol.search.index import StyleIndex, current_index
from artbyol.storage.catalogue import Catalogue

CENTRES, SPREAD = 2_000, 0.8
MORE = 1_000
MODEL = "simulated"


def block(start: int, count: int, dimensions: int) -> NDArray[np.float32]:
    """Clustered vectors (count, dimensions), the same for the same start."""
    centres = np.random.default_rng(0).standard_normal((CENTRES, dimensions), dtype=np.float32)
    generator = np.random.default_rng([1, start])
    spread = SPREAD * generator.standard_normal((count, dimensions), dtype=np.float32)
    return centres[generator.integers(CENTRES, size=count)] + spread


def marks(start: int, count: int) -> list[bytes]:
    """Fingerprints of pictures none of which is like another."""
    generator = np.random.default_rng([2, start])
    found = np.frombuffer(generator.bytes(count * _LAYOUT.itemsize), _LAYOUT).copy()
    found["spectrum"] = np.rint(
        127 / found["spectrum"].shape[1] ** 0.5 * generator.standard_normal(found["spectrum"].shape)
    )
    found["strength"], found["size"], found["span"] = 1000, (640, 480), (0, 255)
    return [one.tobytes() for one in found]


def path_of(number: int) -> bytes:
    return b"%04d/work %08d.jpg" % (number // 1000, number)


def record(catalogue: Catalogue, start: int, count: int, dimensions: int) -> None:
    """Works as `embed` writes them down."""
    numbers = range(start, start + count)
    with catalogue.batch():
        for number, mark in zip(numbers, marks(start, count), strict=True):
            catalogue.record_ok(path_of(number), 1, 1, number.to_bytes(16, "big"), 640, 480, mark)
        hashes = [number.to_bytes(16, "big") for number in numbers]
        catalogue.put_vectors(MODEL, hashes, block(start, count, dimensions))


def fill(root: Path, works: int, dimensions: int) -> dict[str, Any]:
    with Catalogue.open(root / "catalogue.sqlite") as catalogue:
        for start in range(0, works, 10_000):
            record(catalogue, start, min(10_000, works - start), dimensions)
        catalogue.set_model(MODEL)
    return {"disk": (root / "catalogue.sqlite").stat().st_size}


def build(root: Path, works: int, dimensions: int) -> dict[str, Any]:
    (root / "index.safetensors").unlink(missing_ok=True)
    with Catalogue.open(root / "catalogue.sqlite", read_only=True) as catalogue:
        index = current_index(catalogue, root / "index.safetensors", MODEL)
    return {"kind": index.kind, "recall": index.recall, "disk": (root / "index.safetensors").stat().st_size}


def build_approximate(root: Path, works: int, dimensions: int) -> dict[str, Any]:
    """What a larger collection gets, of this one; not kept."""
    with Catalogue.open(root / "catalogue.sqlite", read_only=True) as catalogue:
        index = StyleIndex.build(*catalogue.vectors(MODEL), model_id=MODEL, generation=0, exact_limit=0)
    return {"recall": index.recall}


def opened(root: Path, works: int, dimensions: int) -> dict[str, Any]:
    """Open all and answer one query, as `similar` does."""
    index = _index(root)
    index.search(block(0, 1, dimensions), 10)
    return {}


def search(root: Path, works: int, dimensions: int) -> dict[str, Any]:
    index = _index(root)
    times = []
    for query in block(0, 51, dimensions):
        start = time.perf_counter()
        index.search(query, 10)
        times.append(time.perf_counter() - start)
    return {"seconds": float(np.median(times))}


def add(root: Path, works: int, dimensions: int) -> dict[str, Any]:
    """A thousand new works, recorded and in the index."""
    with Catalogue.open(root / "catalogue.sqlite") as catalogue:
        record(catalogue, works, MORE, dimensions)
        index = current_index(catalogue, root / "index.safetensors", MODEL)
    assert len(index) == works + MORE
    return {}


def remove(root: Path, works: int, dimensions: int) -> dict[str, Any]:
    """A thousand works gone: a twentieth part of the new, and old ones."""
    with Catalogue.open(root / "catalogue.sqlite") as catalogue:
        with catalogue.batch():
            catalogue.forget(path_of(number) for number in range(works + 50 - MORE, works + 50))
            catalogue.set_model(MODEL)
            catalogue.prune()
        index = current_index(catalogue, root / "index.safetensors", MODEL)
    assert len(index) == works
    return {}


def nothing_new(root: Path, works: int, dimensions: int) -> dict[str, Any]:
    """What `embed` asks of the catalogue when nothing changed, besides listing the folder."""
    with Catalogue.open(root / "catalogue.sqlite") as catalogue:
        stamps = catalogue.stamps("any")
        assert len(stamps) == catalogue.counts().files
    return {}


def recall(root: Path, works: int, dimensions: int) -> dict[str, Any]:
    """Recall@10 of the index as it is now, changes included, against comparing with every vector."""
    index = _index(root)
    queries = block(0, 200, dimensions) + np.float32(0.01)
    with Catalogue.open(root / "catalogue.sqlite", read_only=True) as catalogue:
        ids, vectors = catalogue.vectors(MODEL)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = index.search(queries, 10).ids
    truth = ids[np.argpartition(-(queries @ unit.T), 10, axis=1)[:, :10]]
    shared = [len(set(a) & set(b)) / 10 for a, b in zip(found.tolist(), truth.tolist(), strict=True)]
    return {"recall": float(np.mean(shared))}


def cluster(root: Path, works: int, dimensions: int) -> dict[str, Any]:
    from artbyol.grouping import clustering

    with Catalogue.open(root / "catalogue.sqlite", read_only=True) as catalogue:
        _, vectors = catalogue.vectors(MODEL)
    return {"k": clustering.cluster(vectors).k}


OPERATIONS: dict[str, Callable[[Path, int, int], dict[str, Any]]] = {
    "record all": fill,
    "build the index": build,
    "build it approximate": build_approximate,
    "open, first query": opened,
    "one more query": search,
    "nothing new": nothing_new,
    f"add {MORE:,}": add,
    "open after that": opened,
    f"remove {MORE:,}": remove,
    "query after that": search,
    "recall@10 after that": recall,
    "cluster": cluster,
}


def _index(root: Path) -> StyleIndex:
    with Catalogue.open(root / "catalogue.sqlite", read_only=True) as catalogue:
        return current_index(catalogue, root / "index.safetensors", MODEL)


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


def measured(operation: str, root: Path, works: int, dimensions: int) -> dict[str, Any]:
    start, before = time.perf_counter(), _peak()
    found = OPERATIONS[operation](root, works, dimensions)
    return {"seconds": time.perf_counter() - start, "memory": _peak(), "more": _peak() - before, **found}


def rows(
    works: int, dimensions: int, operations: Sequence[str] = tuple(OPERATIONS)
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What operations took, one after the other on one store."""
    with tempfile.TemporaryDirectory() as root:
        for operation in operations:
            command = [sys.executable, "-m", "tests.bench.scale", "--one", operation, "--root", root]
            command += ["--sizes", str(works), "--dimensions", str(dimensions)]
            answer = subprocess.run(command, capture_output=True, text=True, check=False)
            if answer.returncode:
                raise SystemExit(answer.stderr[-2000:])
            yield operation, json.loads(answer.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--dimensions", type=int, default=128)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measured(asked.one, asked.root, asked.sizes[0], asked.dimensions)))
        return
    before: dict[str, tuple[int, float]] = {}
    for works in asked.sizes:
        print(f"{works:,} works")
        for operation, found in rows(works, asked.dimensions):
            seconds = found.pop("seconds")
            memory, more = found.pop("memory"), found.pop("more")
            line = f"  {operation:<22}{seconds:>10.3f} s {memory:>8,} MB, {more:,} of them its own"
            if operation in before:
                fewer, then = before[operation]
                line += f"   slope {math.log(seconds / then) / math.log(works / fewer):>5.2f}"
            before[operation] = works, seconds
            disk = found.pop("disk", None)
            line += f"   {disk / 1e6:,.0f} MB on disk" if disk else ""
            line += "".join(f"   {key} {value}" for key, value in found.items() if value is not None)
            print(line, flush=True)


if __name__ == "__main__":
    main()
