"""The cache of features: what was put in comes out, whatever happens to its files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from artbyol.base.errors import ModelError
from artbyol.encoder.feature_cache import FEATURES, HASH_BYTES, FeatureCache


def put(cache: FeatureCache, *numbers: int) -> None:
    """Features of works whose every number is the work's own."""
    whole = torch.tensor([[float(number)] * 3 for number in numbers])
    cache.add([bytes([number]) * 16 for number in numbers], whole, whole[:, None].expand(-1, 2, -1))


@pytest.mark.parametrize("loss", ["damaged", "deleted"])
def test_a_lost_file_in_between_costs_its_own_works_alone(tmp_path: Path, loss: str) -> None:
    cache = FeatureCache(tmp_path, {})
    put(cache, 1, 2)
    put(cache, 3, 4)
    first = cache.folder / "000000.safetensors"
    if loss == "damaged":
        first.write_bytes(first.read_bytes()[:100])
    else:
        first.unlink()
    again = FeatureCache(tmp_path, {})
    assert [bytes([number]) * 16 in again for number in (1, 2, 3, 4)] == [False, False, True, True]
    put(again, 1, 2)
    for one in (again, FeatureCache(tmp_path, {})):
        whole, crops = one.get([bytes([number]) * 16 for number in (4, 1, 3, 2)])
        assert whole[:, 0].tolist() == crops[:, 1, 2].tolist() == [4, 1, 3, 2]


def test_features_that_a_disk_changed_are_not_used_and_made_anew(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, {})
    put(cache, 1)
    put(cache, 2)
    first = cache.folder / "000000.safetensors"
    content = bytearray(first.read_bytes())
    content[-HASH_BYTES - 1] ^= 1  # the hashes lie at the end: these are still what they were
    first.write_bytes(content)
    with pytest.raises(ModelError, match="checksum does not fit") as caught:
        cache.get([b"\2" * 16, b"\1" * 16])
    assert "again" in (caught.value.hint or "")
    first.write_bytes(content)
    anew = FeatureCache(tmp_path, {})
    assert b"\1" * 16 not in anew and b"\2" * 16 in anew and not first.exists()


def test_features_that_are_no_numbers_or_another_networks_are_not_used(tmp_path: Path) -> None:
    cache, other = FeatureCache(tmp_path, {"weights": "mine"}), FeatureCache(tmp_path, {"weights": "others"})
    for value in (float("nan"), 1e9):  # too large for half precision
        with pytest.raises(ModelError, match="not finite"):
            cache.add([bytes(16)], torch.full((1, 3), value), torch.ones(1, 2, 3))
    put(cache, 1)
    shard = cache.folder / "000000.safetensors"
    header, arrays = FEATURES.read(shard)
    arrays["whole"][0, 1] = np.nan
    del header["checksum"]
    save_file(arrays, shard, {"artbyol": json.dumps(header)})  # as it was written before there were checksums
    assert bytes([1] * 16) not in FeatureCache(tmp_path, {"weights": "mine"})
    put(other, 2)
    cache.folder.mkdir(exist_ok=True)
    (other.folder / "000000.safetensors").rename(shard)
    assert bytes([2] * 16) not in FeatureCache(tmp_path, {"weights": "mine"}) and not shard.exists()
