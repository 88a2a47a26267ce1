"""Arrays on the disk are arrays: the same comes of them as of those in memory."""

from pathlib import Path

import numpy as np
import pytest

from artbyol.base import large_arrays
from artbyol.base.large_arrays import blocks, let_go, mean_of, products, room, taken


@pytest.mark.parametrize("large", [1, 10**9])
def test_rows_come_back_whether_they_lie_on_the_disk_or_in_memory(large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_arrays, "LARGE", large)
    monkeypatch.setattr(large_arrays, "BLOCK", 3 * 4 * 4)  # three rows
    rows, wanted = room((10, 4)), np.random.default_rng(0).random((10, 4), np.float32)
    assert isinstance(rows, np.memmap) == (large == 1)
    for block in blocks(rows):
        rows[block] = wanted[block]
    let_go(rows)
    np.testing.assert_array_equal(rows, wanted)
    places = np.array([7, 0, 9, 9, 3])
    np.testing.assert_array_equal(taken(rows, places), wanted[places])
    assert not isinstance(taken(rows, places), np.memmap)
    np.testing.assert_allclose(mean_of(rows, places), wanted[places].mean(axis=0), rtol=1e-6)
    vector = np.arange(4.0)
    np.testing.assert_allclose(products(rows, places, vector), wanted[places] @ vector)
    assert [(one.start, one.stop) for one in blocks(rows)] == [(0, 3), (3, 6), (6, 9), (9, 10)]
    assert list(blocks(room((0, 4)))) == []


def test_a_disk_without_room_leaves_them_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_arrays, "LARGE", 1)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert not isinstance(room((2, 2)), np.memmap)
