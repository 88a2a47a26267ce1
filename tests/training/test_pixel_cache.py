"""Squares for training on pixels: what was decoded is there again after an interruption, and never too much of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from artbyol.base.errors import StoreError
from artbyol.storage.store import create, locate
from artbyol.training.pixel_cache import SquareFile, mapped_squares, open_squares, squares_path


def images(n: int, side: int = 8) -> NDArray[np.uint8]:
    return np.random.default_rng(n).integers(0, 256, (n, side, side, 3), dtype=np.uint8)


def names(n: int, start: int = 1) -> list[bytes]:
    return [bytes([start + i]) * 16 for i in range(n)]


def filled(path: Path, n: int = 3, works: int = 5) -> SquareFile:
    file = open_squares(path, works, 8)
    file.add(images(n), [1.5] * n, names(n))
    return file


def test_what_was_added_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    filled(tmp_path / "s", 3)
    again = open_squares(tmp_path / "s", 5, 8)
    assert again.hashes == names(3)
    again.add(images(2), [0.5] * 2, names(2, 10))
    found = again.squares()
    assert len(found) == 5 and found.side == 8
    assert np.array_equal(found.images.numpy(), np.concatenate([images(3), images(2)]))
    assert found.stretch.tolist() == [1.5] * 3 + [0.5] * 2


def test_batches_come_channels_last_and_in_the_order_asked_for(tmp_path: Path) -> None:
    taken = filled(tmp_path / "s").squares().take(torch.tensor([2, 0]))
    assert taken.shape == (2, 3, 8, 8) and taken.is_contiguous(memory_format=torch.channels_last)
    assert np.array_equal(taken.permute(0, 2, 3, 1).numpy(), images(3)[[2, 0]])


def test_a_file_with_room_for_more_is_used_as_it_is_and_a_smaller_one_is_made_anew(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    assert open_squares(tmp_path / "s", 4, 8).hashes == names(3)  # a broken picture has left the list meanwhile
    assert open_squares(tmp_path / "s", 6, 8).hashes == []


@pytest.mark.parametrize("change", ["another side", "cut off", "no such file at all"])
def test_a_file_that_does_not_fit_is_made_anew(change: str, tmp_path: Path) -> None:
    path = tmp_path / "s"
    filled(path)
    if change == "cut off":
        path.write_bytes(path.read_bytes()[:-1])
    if change == "no such file at all":
        path.write_bytes(b"something else")
    file = open_squares(path, 5, 4 if change == "another side" else 8)
    assert file.hashes == [] and not np.load(path)["image"].any()


def test_squares_of_another_decoder_or_of_before_are_not_used_and_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = locate(tmp_path)
    create(store)
    filled(squares_path(store))
    before = store.training / "squares.safetensors"  # as they were called once
    before.write_bytes(b"squares")
    monkeypatch.setattr("artbyol.training.pixel_cache.decoder_signature", lambda most: "other rules")
    assert open_squares(squares_path(store), 5, 8).hashes == []
    assert list(store.training.iterdir()) == [squares_path(store)]


def test_cleared_squares_are_forgotten_on_the_disk_too(tmp_path: Path) -> None:
    filled(tmp_path / "s").clear()
    assert open_squares(tmp_path / "s", 5, 8).hashes == []


@pytest.mark.parametrize("changed", ["image", "stretch", "checksum"])
def test_squares_from_the_first_that_a_disk_changed_on_are_decoded_again(tmp_path: Path, changed: str) -> None:
    filled(tmp_path / "s")
    rows = np.load(tmp_path / "s", mmap_mode="r+")
    rows.view(np.uint8).reshape(5, -1)[1, rows.dtype.fields[changed][1]] ^= 16
    rows.flush()
    for _ in range(2):
        assert open_squares(tmp_path / "s", 5, 8).hashes == names(1)


def test_the_file_is_one_that_numpy_reads_of_its_full_size_from_the_start(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    rows = np.load(tmp_path / "s")
    assert {name: rows[name].shape for name in rows.dtype.names} == {
        "image": (5, 8, 8, 3),
        "hash": (5, 16),
        "stretch": (5,),
        "checksum": (5,),
    }
    assert np.array_equal(rows["image"][:3], images(3))


def test_another_process_sees_what_was_added(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    found = mapped_squares(tmp_path / "s", 2)
    assert np.array_equal(found.images.numpy(), images(3)[:2]) and found.stretch.tolist() == [1.5] * 2
    (tmp_path / "s").write_bytes(b"something else")
    with pytest.raises(StoreError, match="cannot be read"):
        mapped_squares(tmp_path / "s", 2)


def test_a_full_disk_is_said_beforehand_with_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, offset: int, length: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full, raising=False)
    with pytest.raises(StoreError, match=r"full.*Needed: 3 MB"):
        open_squares(tmp_path / "training" / "s", 1000, 32)
    assert not (tmp_path / "training" / "s").exists()
