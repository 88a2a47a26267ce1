"""Damage to any file that artbyol writes is noticed: what can be made again is, the rest is an error that says so."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import artbyol
from artbyol.base.errors import ArtbyolError, ModelError
from artbyol.encoder.current import MODEL, TRAINING_STATE, current_model_id, frozen_choice
from artbyol.encoder.feature_cache import FEATURES, FeatureCache
from artbyol.encoder.model_file import load_model
from artbyol.evaluation import baseline_cache
from artbyol.metadata import image_metadata
from artbyol.report.inventory import describe_model
from artbyol.search.index import CHANGES, INDEX, Changes, StyleIndex
from artbyol.storage.store import locate
from artbyol.storage.tensor_file import TensorFormat
from tests.fuzz.readers import TARGETS, Files, fuzz_with

KINDS: dict[str, TensorFormat] = {
    "model": MODEL,
    "index": INDEX,
    "changes": CHANGES,
    "controls": baseline_cache.CONTROLS,
    "features": FEATURES,
    "state": TRAINING_STATE,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("files"))


@pytest.fixture
def whole(files: Files) -> Iterator[Files]:
    yield files
    for target in TARGETS.values():
        files.restore(target)


def flipped(path: Path, at: int, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.write_bytes(data)


def places(path: Path) -> dict[str, list[int]]:
    """Of the header and of every array of a tensor file some of its bytes: the first, the last, and others."""
    data, rng = path.read_bytes(), random.Random(0)
    begin = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:begin])
    spans = {name: one["data_offsets"] for name, one in header.items() if name != "__metadata__"}
    found = {name: (begin + low, begin + high) for name, (low, high) in spans.items()} | {"": (0, begin)}
    return {
        name: sorted({low, high - 1, *(rng.randrange(low, high) for _ in range(2 if name else 60))})
        for name, (low, high) in found.items()
        if high > low
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_bit_that_flips_anywhere_in_any_array_or_header_is_noticed(whole: Files, kind: str) -> None:
    path, format_ = whole.paths[kind], KINDS[kind]
    data = path.read_bytes()
    assert format_.check(path)
    names = places(path)
    assert len(names) > len(format_.arrays or ())
    for name, bytes_ in names.items():
        for at in bytes_:
            flipped(path, at, at % 8)
            with pytest.raises((format_.damaged, ArtbyolError)):
                format_.read(path)
            path.write_bytes(data)
        assert format_.check(path), name


def test_another_models_weights_under_the_same_header_are_no_model(whole: Files) -> None:
    path = whole.paths["model"]
    header, arrays = MODEL.read(path)
    name = next(name for name, array in arrays.items() if array.dtype.kind == "f")
    arrays[name] = arrays[name] * np.float32(1.5)
    MODEL.write(path, arrays, header)  # with checksums that fit
    assert MODEL.check(path)
    with pytest.raises(ModelError, match="does not hold the model its header describes") as caught:
        load_model(path)
    assert "artbyol train" in (caught.value.hint or "")


def test_what_can_be_made_again_is_made_again(whole: Files, tmp_path: Path) -> None:
    works = whole.root / "works"
    before = artbyol.similar(works / "work03.png", 5)
    for at in (-1, -400, 200):
        flipped(whole.paths["index"], at, 6)
        said: list[object] = []
        assert artbyol.similar(works / "work03.png", 5, listener=said.append) == before
        assert "built again" in str(said)
    flipped(whole.paths["features"], -20, 6)
    assert FeatureCache(whole.root / "features", {"weights": "w"})._places == {}
    flipped(whole.paths["controls"], -20, 6)
    assert baseline_cache._load(locate(works), {"backbone": "b"}) == []
    flipped(whole.paths["changes"], -20, 6)
    index = StyleIndex.load(whole.paths["index"])
    assert Changes.load(whole.paths["changes"], 7, index.generation) is None
    known = image_metadata._load(whole.paths["embedded"])
    text = whole.paths["embedded"].read_text()
    whole.paths["embedded"].write_text(text.replace('"title": "A"', '"title": "B"', 1))
    assert known and image_metadata._load(whole.paths["embedded"]) == {}


ODD: list[Any] = [None, True, -1, 10**300, float("nan"), "x", "\0../x", [], {}, json.loads("[" * 500 + "]" * 500)]


def altered(value: Any) -> Iterator[Any]:
    """A JSON value with each of its parts gone, and with each an odd value."""
    if isinstance(value, dict):
        for key, inside in value.items():
            yield {name: one for name, one in value.items() if name != key}
            yield from ({**value, key: other} for other in altered(inside))
    elif isinstance(value, list) and value:
        yield value[1:]
        yield from ([other, *value[1:]] for other in altered(value[0]))
    yield from (one for one in ODD if one is not value)


def with_header(data: bytes, header: Any, *, checked: bool) -> bytes:
    """A tensor file with another header, and checksums that fit, or none."""
    length = int.from_bytes(data[:8], "little")
    whole = json.loads(data[8 : 8 + length])
    text = json.dumps(header)
    sums = {**json.loads(whole["__metadata__"]["crc32"]), "": zlib.crc32(text.encode())}
    whole["__metadata__"] = {"artbyol": text, **({"crc32": json.dumps(sums)} if checked else {})}
    head = json.dumps(whole).encode()
    return len(head).to_bytes(8, "little") + head + data[8 + length :]


def read_header_of_model(path: Path) -> None:
    """Without the network, which takes long to build; its configuration has part in the model's id."""
    describe_model(path)
    current_model_id(locate(path.parent.parent))
    frozen_choice(locate(path.parent.parent))


def read(files: Files, kind: str, data: bytes) -> None:
    """Any error but artbyol's own is a failure."""
    (target,) = (one for one in TARGETS.values() if one.name == kind)
    path = files.paths[kind]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    with suppress(ArtbyolError):
        (read_header_of_model if kind == "model" else target.read)(path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_entry_of_a_header_may_be_anything(whole: Files, kind: str) -> None:
    data = whole.paths[kind].read_bytes()
    header = KINDS[kind].read_header(whole.paths[kind])
    for other in altered(header):
        read(whole, kind, with_header(data, other, checked=True))
    header.pop("checksum")
    for entry in header:
        for odd in ODD:
            read(whole, kind, with_header(data, {**header, entry: odd}, checked=False))


@pytest.mark.parametrize("kind", ["store", "holder", "embedded", "gallery"])
def test_every_value_of_a_json_file_may_be_anything(whole: Files, kind: str) -> None:
    for other in altered(json.loads(whole.paths[kind].read_bytes())):
        read(whole, kind, json.dumps(other).encode())


def test_every_file_may_end_anywhere_or_be_something_else(whole: Files) -> None:
    for target in TARGETS.values():
        path = whole.paths[target.name]
        data = path.read_bytes()
        lengths = (0, 1, 7, 8, 9, 100, len(data) // 2, len(data) - 1)
        for other in (*(data[:length] for length in lengths), b"\xff" * 300):
            read(whole, target.name, other)
        whole.restore(target)


def test_readers_of_changed_files_refuse_them_with_errors_of_artbyol_or_read_them(whole: Files) -> None:
    assert fuzz_with(whole, inputs=7 * len(TARGETS), seed=1) == []
