"""Tensor files: arrays and header come back, whole or refused; files made before checksums are read."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest
from safetensors.numpy import save_file

from artbyol.base.errors import IndexDamagedError, StoreError, StoreFormatError
from artbyol.storage.tensor_file import TensorFormat
from tests.conftest import run_python


class Made(TypedDict):
    made: str


KIND = TensorFormat("artbyol-thing", 2, IndexDamagedError, "make it anew", header=Made, oldest=2)
ARRAYS = {
    "scalar": np.array(7),
    "turned": np.arange(6.0).reshape(2, 3).T,
    "half": np.ones(2, np.float16),
    "flags": np.array([True, False]),
    "none": np.empty((0, 4), np.float32),
}


@pytest.fixture
def thing(tmp_path: Path) -> Path:
    path = tmp_path / "thing.safetensors"
    KIND.write(path, ARRAYS, {"made": "today", "key": "ä"})
    return path


def test_arrays_of_every_shape_and_kind_come_back_with_the_header(thing: Path) -> None:
    header, found = KIND.read(thing)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(found[name], array)
    assert KIND.read_header(thing) == header
    assert (header["format"], header["format_version"], header["made"], header["key"]) == (KIND.name, 2, "today", "ä")
    assert header["made_by"].startswith("artbyol ")
    assert list(KIND.read(thing, ["half"])[1]) == ["half"]
    assert [path.name for path in thing.parent.iterdir()] == [thing.name]


def test_the_header_is_read_without_torch(thing: Path) -> None:
    code = """
import sys
from pathlib import Path
from artbyol.base.errors import StoreError
from artbyol.storage.tensor_file import TensorFormat
print(TensorFormat("artbyol-thing", 2, StoreError).read_header(Path(sys.argv[1]))["made"], "torch" in sys.modules)
"""
    done = run_python(code, thing)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["today", "False"]


def test_every_flipped_bit_of_an_array_or_the_header_is_noticed(thing: Path) -> None:
    data = thing.read_bytes()
    generator = np.random.default_rng(0)
    for place in generator.choice(len(data), 300, replace=False).tolist():
        spoilt = bytearray(data)
        spoilt[place] ^= 1 << int(generator.integers(8))
        thing.write_bytes(spoilt)
        try:
            header, found = KIND.read(thing)
        except (IndexDamagedError, StoreFormatError):
            continue
        # What is let through (white space at the end, a checksum's own name) changes nothing.
        assert header["key"] == "ä"
        for name in found:
            np.testing.assert_array_equal(found[name], ARRAYS[name])


def test_a_wrong_checksum_is_damage_unless_it_is_not_asked_for(thing: Path) -> None:
    data = bytearray(thing.read_bytes())
    data[-1] ^= 1  # the last array
    thing.write_bytes(data)
    with pytest.raises(IndexDamagedError, match="checksum") as caught:
        KIND.read(thing)
    assert caught.value.hint == "make it anew"
    assert KIND.read_header(thing)["made"] == "today"


@pytest.mark.parametrize(
    "metadata",
    [
        {"artbyol": "[1]"},
        {"artbyol": "{"},
        {"artbyol": "[" * 100_000},
        {"artbyol": json.dumps({"format": "artbyol-thing"})},
        {"artbyol": json.dumps({"format": "artbyol-thing", "format_version": "2"})},
        {"artbyol": json.dumps({"format": "artbyol-thing", "format_version": 2})},
        {"artbyol": json.dumps({"format": "artbyol-other", "format_version": 2, "made": 1})},
        {"artbyol": json.dumps({"format": "artbyol-thing", "format_version": 2, "made": 1}), "crc32": "7"},
        {"format": "artbyol-thing"},
        {},
    ],
)
def test_a_header_that_is_none_is_named_damage(tmp_path: Path, metadata: dict[str, str]) -> None:
    path = tmp_path / "thing.safetensors"
    save_file({"x": np.ones(2)}, path, metadata)
    with pytest.raises(IndexDamagedError):
        KIND.read_header(path)


@pytest.mark.parametrize("data", [b"", b"a letter to my aunt", b"\xff" * 64])
def test_what_is_no_tensor_file_is_named_damage(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "thing.safetensors"
    with pytest.raises(IndexDamagedError, match="no file"):
        KIND.read(path)
    path.write_bytes(data)
    with pytest.raises(IndexDamagedError, match="damaged or not a safetensors file"):
        KIND.read(path)
    with pytest.raises(IndexDamagedError, match="cannot be read: Is a directory"):
        KIND.read(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(IndexDamagedError, match="cannot be read: Too many levels"):
        KIND.read(tmp_path / "loop")


def test_an_array_that_is_missing_is_damage(thing: Path) -> None:
    with pytest.raises(IndexDamagedError):
        KIND.read(thing, ["half", "absent"])


@pytest.mark.parametrize(("version", "who"), [(1, "older"), (3, "newer")])
def test_other_versions_are_told_from_damage(tmp_path: Path, version: int, who: str) -> None:
    path = tmp_path / "thing.safetensors"
    TensorFormat(KIND.name, version, IndexDamagedError).write(path, ARRAYS, {"made": "x"})
    with pytest.raises(StoreFormatError, match=f"{who} artbyol"):
        KIND.read_header(path)


def test_files_made_before_there_were_checksums_are_read(tmp_path: Path) -> None:
    path = tmp_path / "thing.safetensors"
    header = {"format": "artbyol-thing", "format_version": 2, "made": "before"}
    save_file({"x": np.ones(2)}, path, {"artbyol": json.dumps(header)})
    assert KIND.read(path)[0] == header
    b, a = np.ones(2), np.arange(3)
    for checksum in (zlib.crc32(a.data, zlib.crc32(b.data)), 5):
        each = {key: json.dumps(value) for key, value in {**header, "checksum": checksum}.items()}
        save_file({"a": a, "b": b}, path, each)
        assert KIND.read_header(path)["made"] == "before"
        if checksum == 5:
            with pytest.raises(IndexDamagedError, match="checksum"):
                KIND.read(path, ["b", "a"])
        else:
            np.testing.assert_array_equal(KIND.read(path, ["b", "a"])[1]["a"], a)


def test_a_file_that_cannot_be_written_leaves_the_one_before(thing: Path) -> None:
    before = thing.read_bytes()
    with pytest.raises(StoreError):
        KIND.write(thing.parent / "missing" / "thing", ARRAYS, {"made": "x"})
    with pytest.raises(TypeError):
        KIND.write(thing, ARRAYS, {"made": object()})
    assert thing.read_bytes() == before
    assert [path.name for path in thing.parent.iterdir()] == [thing.name]
