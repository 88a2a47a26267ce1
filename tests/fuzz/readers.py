"""Every reader of artbyol's own files, and of files that people hand it, given files that something has changed.

    python -m tests.fuzz.readers --inputs 20000 --seed 1 [--only model] [--input 4711]

Valid files are changed at random: bits, bytes and lengths, and, so that the checksums do not stop everything at the
door, values inside JSON headers and rows, with checksums that fit again. A reader may refuse a file with an error of
artbyol's, or read it; anything else is a fault, and so is taking ten seconds of CPU time. Exit 1 where there was one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import traceback
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file

import artbyol
from artbyol.base.errors import ArtbyolError
from artbyol.base.run import Run
from artbyol.base.text import read_text
from artbyol.encoder.current import TRAINING_STATE, current_model_id, frozen_choice, unfinished_training
from artbyol.encoder.feature_cache import FeatureCache
from artbyol.encoder.model_file import load_model
from artbyol.encoder.weights import load_backbone
from artbyol.evaluation import baseline_cache
from artbyol.evaluation.foreign_vectors import read_vectors
from artbyol.grouping import kept_file
from artbyol.grouping.csv import read_csv, write_csv
from artbyol.grouping.draft import settle
from artbyol.metadata import image_metadata
from artbyol.metadata.metadata import metadata_of
from artbyol.metadata.table import read_table
from artbyol.metadata.xmp import UnsuitableError, read_xmp
from artbyol.metadata.xmp_edit import tagged, untagged
from artbyol.pictures.scan import GALLERY_MARKER
from artbyol.report.gallery.folder import GalleryFolder
from artbyol.report.inventory import describe_model
from artbyol.search.collection import OpenCollection
from artbyol.search.index import Changes, StyleIndex
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.lock import describe_holder
from artbyol.storage.store import create, existing, find, locate
from artbyol.training.pixel_cache import mapped_squares, open_squares
from tests.conftest import give_model, paint

SECONDS = 10
WORKS = 12

Change = Callable[[Path, random.Random], None]


@dataclass(frozen=True)
class Target:
    """A valid file (relative to the folder of all of them), how it is read, and how its inside is changed."""

    name: str
    read: Callable[[Path], object]
    changes: tuple[Change, ...] = ()


# ---- changes


def bytes_changed(path: Path, rng: random.Random) -> None:
    """Bits flip, bytes are lost, doubled, moved or others; the file ends early or late."""
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        at, length = rng.randrange(len(data) + 1), rng.choice((1, 2, 8, 64, 4096))
        kind = rng.randrange(8)
        if kind <= 1 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            del data[at : at + length]
        elif kind == 4:
            data[at:at] = rng.randbytes(length)
        elif kind == 5:
            data[at : at + length] = bytes(len(data[at : at + length]))
        elif kind == 6:
            data[at:at] = data[at : at + length]
        else:
            data[at : at + length] = rng.randbytes(len(data[at : at + length]))
    if rng.random() < 0.02:
        data = bytearray(rng.choice((b"", b"\0", b"\xff\xfe", rng.randbytes(200), b"[" * 100_000)))
    path.write_bytes(bytes(data))


def _odd_value(rng: random.Random) -> Any:
    deep: Any = []
    for _ in range(rng.choice((3, 500))):
        deep = [deep]
    pool = [
        *(
            None,
            True,
            False,
            0,
            -1,
            1,
            7,
            2**31,
            2**63,
            -(2**63) - 1,
            10**300,
            0.5,
            -0.0,
            1e308,
            float("nan"),
            float("inf"),
        ),
        *("", "x", "x" * 5000, "\0", "\ud800", "../../x", "/etc/passwd", "exact", "style", "1", "ä\n\x1b[2J"),
        *([], {}, [[]], [None], [1, "a"], {"": None}, {"a": {"b": []}}, deep),
    ]
    return rng.choice(pool)


def _tree_changed(value: Any, rng: random.Random) -> Any:
    """A JSON value with one of its parts changed: another value, gone, twice, or called otherwise."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(list(value))
        kind = rng.randrange(8)
        if kind == 0:
            return {name: one for name, one in value.items() if name != key}
        if kind == 1:
            return {str(_odd_value(rng))[:9] if name == key else name: one for name, one in value.items()}
        return {**value, key: _tree_changed(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        at, kind = rng.randrange(len(value)), rng.randrange(6)
        changed = [_tree_changed(value[at], rng)]
        return value[:at] + ([] if kind == 0 else changed * 2 if kind == 1 else changed) + value[at + 1 :]
    return _odd_value(rng)


def _text_of(value: Any, rng: random.Random) -> str:
    text = json.dumps(value)
    if rng.random() < 0.03:
        text = text[: rng.randrange(len(text) + 1)]
    return text


def json_changed(path: Path, rng: random.Random) -> None:
    """One value of a JSON file is another."""
    path.write_text(_text_of(_tree_changed(json.loads(path.read_bytes()), rng), rng), "ascii", "replace")


def header_changed(path: Path, rng: random.Random) -> None:
    """One value in the header of a tensor file is another, and the checksums fit; or in what safetensors says."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    whole = json.loads(data[8 : 8 + length])
    said = whole["__metadata__"]
    kind = rng.randrange(6)
    if kind == 0:
        whole = _tree_changed(whole, rng)
    elif kind == 1:
        said["crc32"] = _text_of(_tree_changed(json.loads(said["crc32"]), rng), rng)
    else:
        header = _tree_changed(json.loads(said["artbyol"]), rng)
        said["artbyol"] = _text_of(header, rng)
        if kind == 2:
            del said["crc32"]
        else:
            said["crc32"] = json.dumps(
                {**json.loads(said["crc32"]), "": zlib.crc32(said["artbyol"].encode("utf-8", "replace"))}
            )
    text = json.dumps(whole).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])


def arrays_changed(path: Path, rng: random.Random) -> None:
    """One of the arrays is of another type or shape, gone, or holds other numbers; written as before there were
    checksums, or with checksums that fit."""
    from safetensors.numpy import load_file

    from artbyol.storage.tensor_file import _checksum

    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    said = json.loads(data[8 : 8 + length])["__metadata__"]
    arrays = load_file(path)
    name = rng.choice(list(arrays))
    one = arrays[name]
    kind = rng.randrange(7)
    if kind == 0:
        del arrays[name]
    elif kind == 1:
        arrays[name] = one.astype(rng.choice(("f2", "f4", "f8", "i8", "u1", "?")))
    elif kind == 2:
        arrays[name] = one.reshape(-1)[: rng.randrange(one.size + 1)]
    elif kind == 3:
        arrays[name] = np.empty((0, *one.shape[1:]), one.dtype)
    elif kind == 4 and one.dtype.kind == "f" and one.size:
        arrays[name] = one.copy()
        arrays[name].reshape(-1)[rng.randrange(one.size)] = rng.choice((np.nan, np.inf, 0.0, -6e4))
    elif kind == 5:
        arrays[name] = one[None]
    else:
        arrays[str(_odd_value(rng))[:9].encode("ascii", "replace").decode()] = one
    if name == "faiss":  # it is not artbyol's to read; a file whose checksum fits holds what faiss wrote
        kept = "faiss" in arrays and np.array_equal(arrays["faiss"], one)
        arrays = arrays if kept or "faiss" not in arrays else {k: v for k, v in arrays.items() if k != "faiss"}
    header = json.loads(said["artbyol"])
    sums = {name: _checksum(np.ascontiguousarray(array)) for name, array in arrays.items()}
    if rng.random() < 0.5:
        header.pop("checksum", None)
        save_file(arrays, path, {"artbyol": json.dumps(header)})
    else:
        text = json.dumps({**header, "checksum": zlib.crc32(json.dumps(sums).encode())})
        save_file(arrays, path, {"artbyol": text, "crc32": json.dumps({**sums, "": zlib.crc32(text.encode())})})


def rows_changed(path: Path, rng: random.Random) -> None:
    """A row of the catalogue is another, gone, or of another type; or a table, a column, the version."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    tables = {
        "state": ("generation", "model_id", "id"),
        "contents": ("id", "hash", "width", "height", "fingerprint"),
        "files": ("path", "size", "mtime_ns", "hash", "content_id", "skip_code", "skip_reason", "judged_by"),
        "models": ("id", "model_id", "dimensions"),
        "vectors": ("content_id", "model", "vector", "checksum"),
    }
    values = [
        *(
            None,
            0,
            -1,
            1,
            3,
            2**62,
            -(2**63),
            0.5,
            float("inf"),
            "",
            "text",
            "\ud83d",
            b"",
            b"x",
            b"\0" * 16,
            b"a/../../b",
        ),
        *(b"x" * 192, b"\xff" * 512, "untrained"),
    ]
    for _ in range(rng.choice((1, 1, 2))):
        table = rng.choice(list(tables))
        column = rng.choice(tables[table])
        key = "content_id" if table == "vectors" else "rowid"
        which = rng.choice(("", f" WHERE {key} = {rng.randrange(1, WORKS)}", f" WHERE {key} % 3 = 1"))
        statement = rng.choice(
            (
                *[f"UPDATE OR IGNORE {table} SET {column} = ?{which}"] * 5,
                f"DELETE FROM {table}{which}",
                f"UPDATE OR IGNORE {table} SET {column} = substr({column}, 1, length({column}) / 2){which}",
                f"UPDATE OR IGNORE {table} SET {column} = {column} || {column}{which}",
                f"UPDATE OR IGNORE {table} SET {column} = CAST({column} AS TEXT){which}",
                f"DROP TABLE {table}",
                f"ALTER TABLE {table} RENAME COLUMN {column} TO other",
                f"PRAGMA user_version = {rng.choice((0, 1, 2, 3, -1))}",
            )
        )
        try:
            with connection:
                connection.execute("PRAGMA writable_schema = ON")
                connection.execute(statement, (rng.choice(values),) if "?" in statement else ())
        except (sqlite3.Error, UnicodeEncodeError):
            continue
    connection.close()


def text_changed(path: Path, rng: random.Random) -> None:
    """Lines are lost, doubled, cut or moved; words are others."""
    lines = path.read_bytes().split(b"\n")
    odd = (
        b'"',
        b"'",
        b"[[",
        b"]",
        b"=",
        b",",
        b";",
        b"\t",
        b"\r",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"1e999",
        b"{",
        b"&#0;",
        b"<x>",
    )
    for _ in range(rng.choice((1, 2, 5))):
        at, kind = rng.randrange(len(lines)), rng.randrange(6)
        if kind == 0 and len(lines) > 1:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[rng.randrange(len(lines))])
        elif kind == 2:
            cut = rng.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:cut] + rng.choice(odd) + lines[at][cut:]
        elif kind == 3:
            words = lines[at].split(b" ")
            words[rng.randrange(len(words))] = json.dumps(_odd_value(rng)).encode()[:300]
            lines[at] = b" ".join(words)
        elif kind == 4:
            lines[at] = lines[at][rng.randrange(len(lines[at]) + 1) :]
        else:
            lines[at] = lines[at] * rng.choice((2, 40))
    data = b"\n".join(lines)
    path.write_bytes(data.decode("utf-8", "ignore").encode("utf-16") if rng.random() < 0.02 else data)


TENSOR = (header_changed, header_changed, arrays_changed)
"""How the inside of a tensor file is changed."""


# ---- valid files, and their readers


def make_files(root: Path) -> None:
    """One of each kind of file, small and valid."""
    works = paint(root / "works", WORKS)
    model = give_model(works)
    artbyol.embed(works)
    artbyol.cluster(works, 2, keep=True)
    artbyol.groups(works, note=("1", "lamplight, of 1889"))
    (works / "metadata.csv").write_text(
        "filename,label,title,year,tags\n"
        + "".join(f'work{n:02d}.png,{"ab"[n % 2]},"Étude, no. {n}",c. {1880 + n},"dusk; quay"\n' for n in range(WORKS))
    )
    store = locate(works)
    with Catalogue.open(store.catalogue) as catalogue:
        ids, vectors = catalogue.vectors(model)
        digests = [work.hash for work in catalogue.works()]
        generation = catalogue.generation
    index = StyleIndex.load(store.index)
    Changes(7, generation, ids[:2], index.space.place(vectors[:2]), ids[2:3], index.background).save(root / "changes")
    rng = np.random.default_rng(0)
    cache = FeatureCache(root / "features", {"weights": "w"})
    cache.add(
        digests[:4],
        torch.from_numpy(rng.random((4, 6), np.float32)),
        torch.from_numpy(rng.random((4, 2, 6), np.float32)),
    )
    TRAINING_STATE.write(root / "projection", {"done": np.array(3)}, {"key": "k", "phase": "p", "done": 3, "total": 5})
    seen = {"hashes": np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 16)}
    seen |= {
        name: rng.random((WORKS, n)).astype(np.float16)
        for name, n in (("histogram", 512), ("last_layer", 5), ("statistics", 9))
    }
    baseline_cache.CONTROLS.write(store.controls, seen, {"depends_on": {"backbone": "b"}})
    store.holder.write_text(
        json.dumps({"pid": 1, "purpose": "artbyol embed", "host": "atelier", "since": "2025-05-01"})
    )
    image_metadata._save(
        store.embedded, {d.hex(): {"title": "A", "tags": ["b", "c"]} for d in digests[:6]}, {d.hex() for d in digests}
    )
    squares = open_squares(root / "squares.npy", 5, 8)
    squares.add(rng.integers(0, 255, (3, 8, 8, 3), np.uint8), [1.0, 2.0, 0.5], digests[:3])
    np.save(root / "vectors.npy", vectors)
    (root / "vectors.txt").write_text("".join(f"work{n:02d}.png\n" for n in range(WORKS)))
    save_file(
        {"vectors": vectors},
        root / "vectors.safetensors",
        {"filenames": json.dumps([f"work{n:02d}.png" for n in range(WORKS)])},
    )
    network, _ = load_backbone("conv4", "none")
    state = {name: value.numpy() for name, value in network.state_dict().items()}
    save_file(state, root / "weights.safetensors")
    (root / "sidecar.xmp").write_bytes(tagged(None, ["Night", "Night/Quays"]))
    kept = kept_file.load(store)
    assert kept is not None
    (root / "groups.csv").write_text(write_csv(kept))
    gallery = GalleryFolder(root / "gallery", works)
    gallery.publish({"index.html": b"<p>", "pages/a.html": b"<p>"}, set())


def _read_store(path: Path) -> None:
    store = locate(path.parent.parent)
    for read in (
        lambda: existing(store.folder),
        lambda: find(store.folder),
        lambda: find(store.folder, store.root),
        lambda: create(store),
    ):
        try:
            read()
        except ArtbyolError:
            continue


def _read_model(path: Path) -> None:
    for read in (
        describe_model,
        load_model,
        lambda path: (current_model_id(locate(path.parent.parent)), frozen_choice(locate(path.parent.parent))),
    ):
        try:
            read(path)
        except ArtbyolError:
            continue


def _read_features(path: Path) -> None:
    cache = FeatureCache(path.parents[1], {"weights": "w"})
    cache.get(list(cache._places)) if cache._places else None


def _read_state(path: Path) -> None:
    store = locate(path.parent / "works")
    store.training.mkdir(exist_ok=True)
    shutil.copy(path, store.training / "projection.safetensors")
    unfinished_training(store)
    TRAINING_STATE.read(path)


def _read_index(path: Path) -> None:
    index = StyleIndex.load(path)
    index.search(np.ones((1, index.d)), 3)
    index.percentile([0.1])


def _read_catalogue(path: Path) -> None:
    """Through the functions that people call, or what mends it."""
    works = locate(path.parent.parent)
    for read in (
        lambda: artbyol.similar(works.folder / "work03.png", 3, folder=works.folder),
        lambda: artbyol.info(works.folder),
        lambda: artbyol.duplicates(works.folder),
        lambda: artbyol.describe(works.folder / "work05.png"),
        lambda: _works(works.folder),
    ):
        try:
            read()
        except ArtbyolError:
            continue
    with Catalogue.open(path) as catalogue:
        catalogue.mend()
        catalogue.check()
        catalogue.counts()


def _works(folder: Path) -> None:
    with artbyol.open(folder) as collection:
        collection.works()


def _read_groups(path: Path) -> None:
    store = locate(path.parent.parent)
    kept_file.load(store)
    artbyol.groups(store.folder)


def _read_table(path: Path) -> None:
    read_table(path)
    with OpenCollection(locate(path.parent), Run()) as collection:
        known = [work.path for work in collection.files()]
        metadata_of(collection.store, collection.catalogue, known, path)


def _read_sidecar(path: Path) -> None:
    data = path.read_bytes()
    read_xmp(data)
    for change in (untagged, lambda data: tagged(data, ["Ä & Ö"])):
        try:
            change(data)
        except UnsuitableError:
            continue


def _read_squares(path: Path) -> None:
    with suppress(ArtbyolError):
        float(mapped_squares(path, 3).stretch.max())
    open_squares(path, 5, 8).squares()


TARGETS = {
    "works/.artbyol/model.safetensors": Target("model", _read_model, TENSOR),
    "works/.artbyol/index.safetensors": Target("index", _read_index, TENSOR),
    "works/.artbyol/controls.safetensors": Target(
        "controls", lambda path: baseline_cache._load(locate(path.parent.parent), {"backbone": "b"}), TENSOR
    ),
    "works/.artbyol/catalogue.sqlite": Target("catalogue", _read_catalogue, (rows_changed, rows_changed)),
    "works/.artbyol/store.json": Target("store", _read_store, (json_changed, json_changed)),
    "works/.artbyol/lock.json": Target("holder", describe_holder, (json_changed,)),
    "works/.artbyol/embedded.json": Target("embedded", image_metadata._load, (json_changed,)),
    "works/.artbyol/groups.toml": Target("groups", _read_groups, (text_changed, text_changed)),
    "works/metadata.csv": Target("table", _read_table, (text_changed,)),
    "features/*/000000.safetensors": Target("features", _read_features, TENSOR),
    "projection": Target("state", _read_state, TENSOR),
    "changes": Target("changes", lambda path: Changes.load(path, 7, 7), TENSOR),
    "squares.npy": Target("squares", _read_squares),
    "vectors.npy": Target("vectors", read_vectors),
    "vectors.safetensors": Target("tensor vectors", read_vectors),
    "weights.safetensors": Target("weights", lambda path: load_backbone("conv4", str(path))),
    "groups.csv": Target("groups table", lambda path: settle(read_csv(read_text(path), path), None), (text_changed,)),
    "sidecar.xmp": Target("sidecar", _read_sidecar, (text_changed,)),
    f"gallery/{GALLERY_MARKER}": Target(
        "gallery", lambda path: GalleryFolder(path.parent, path.parent.parent / "works"), (json_changed,)
    ),
}


class Files:
    """One of each valid file, of which each reader gets what a change made of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        make_files(root)
        self.paths = {target.name: next(root.glob(where)) for where, target in TARGETS.items()}
        self._whole = {name: path.read_bytes() for name, path in self.paths.items()}

    def try_one(self, target: Target, seed: str) -> BaseException | None:
        """Change a file in the way of this seed and read it; gives back what should not have been raised."""
        rng, path = random.Random(seed), self.paths[target.name]
        self.restore(target)  # another reader may have removed it, as it should
        rng.choice((bytes_changed, *target.changes))(path, rng)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            target.read(path)
        except (ArtbyolError, UnsuitableError):
            pass
        except Exception as error:
            return error
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self.restore(target)
        return None

    def restore(self, target: Target) -> None:
        """Make the file of a reader whole again."""
        path = self.paths[target.name]
        for log in path.parent.glob(f"{path.name}-*"):  # of SQLite
            log.unlink()
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(self._whole[target.name])


@dataclass(frozen=True)
class Fault:
    """An error that should not have been raised: by which reader, and the seed that repeats it."""

    target: str
    seed: str
    error: BaseException


def too_long(*_: object) -> None:
    raise TimeoutError(f"more than {SECONDS} seconds of CPU time")


def fuzz_with(files: Files, inputs: int, seed: int, only: str | None = None, first: int = 0) -> list[Fault]:
    """Give so many changed files to the readers, in turn; gives back the faults."""
    signal.signal(signal.SIGPROF, too_long)
    found = []
    targets = [target for target in TARGETS.values() if only in (None, target.name)]
    for number in range(first, first + inputs):
        target = targets[number % len(targets)]
        how = f"{target.name}/{seed}/{number}"
        if number and number % 1000 == 0:
            print(f"{number:,} inputs, {len(found):,} faults", file=sys.stderr, flush=True)
        if (error := files.try_one(target, how)) is not None:
            found.append(Fault(target.name, how, error))
            print(f"{how}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=[target.name for target in TARGETS.values()])
    parser.add_argument("--input", type=int, help="this one alone")
    given = parser.parse_args()
    started = os.times()
    with tempfile.TemporaryDirectory() as root:
        number = {"inputs": given.inputs} if given.input is None else {"inputs": 1, "first": given.input}
        found = fuzz_with(Files(Path(root)), seed=given.seed, only=given.only, **number)
    kinds: Counter[str] = Counter()
    for fault in found:
        frames = [one for one in traceback.extract_tb(fault.error.__traceback__) if "artbyol" in one.filename]
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        kind = f"{fault.target}: {type(fault.error).__name__} at {where}"
        if not kinds[kind]:
            print(f"---- {kind} (seed {fault.seed})")
            traceback.print_exception(fault.error, limit=-8)
        kinds[kind] += 1
    for kind, times in kinds.most_common():
        print(f"{times:6,} {kind}")
    used = os.times()
    seconds = used.user - started.user + used.system - started.system
    print(f"{number['inputs']:,} inputs, {len(found):,} faults, {seconds:,.0f} s of CPU time")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
