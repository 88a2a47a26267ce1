"""The index: real faiss over real catalogues; damaged, stale and foreign files are built again."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from artbyol.base.errors import IndexDamagedError, ModelError, StoreError, StoreFormatError
from artbyol.base.events import Event, Notice
from artbyol.search.index import INDEX, StyleIndex, current_index, keep_current
from artbyol.storage.catalogue import Catalogue

Vectors = NDArray[np.float32]


def clustered(works: int, d: int = 16, seed: int = 0) -> Vectors:
    generator = np.random.default_rng(seed)
    centres = generator.standard_normal((20, d))
    vectors = centres[generator.integers(20, size=works)] + 0.5 * generator.standard_normal((works, d))
    return vectors.astype(np.float32)


def build(vectors: Vectors, **options: int) -> StyleIndex:
    ids = 100 + 3 * np.arange(len(vectors))
    return StyleIndex.build(ids, vectors, model_id="m", generation=5, **options)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """Thirty works with vectors of model m."""
    hashes = [b"%016d" % number for number in range(30)]
    with Catalogue.open(tmp_path / "catalogue.sqlite") as opened:
        with opened.batch():
            for digest in hashes:
                opened.record_ok(digest, 1, 1, digest, 1, 1, b"")
            opened.put_vectors("m", hashes, clustered(30))
        yield opened


def test_search_is_cosine() -> None:
    vectors = clustered(200)
    found = build(vectors).search(5.0 * vectors[:3], 200)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit[:3] @ unit.T
    order = np.argsort(-cosines, axis=1, kind="stable")
    assert (found.ids.dtype.name, found.scores.dtype.name) == ("int64", "float32")
    np.testing.assert_array_equal(found.ids, 100 + 3 * order)
    np.testing.assert_allclose(found.scores, np.take_along_axis(cosines, order, 1), atol=1e-6)
    assert found.scores.max() <= 1.0


def test_fewer_works_than_asked_are_padded() -> None:
    found = build(np.eye(2, dtype=np.float32)).search(np.array([0.0, 1.0]), 4)
    assert found.ids.tolist() == [[103, 100, -1, -1]]
    assert found.scores.tolist() == [[1.0, 0.0, -1.0, -1.0]]


def test_equal_works_come_in_order_of_id() -> None:
    found = build(np.ones((5, 3), np.float32)).search(np.ones((1, 3)), 5)
    assert found.ids.tolist() == [[100, 103, 106, 109, 112]]


@pytest.mark.parametrize("works", [0, 1, 2])
def test_tiny_collections(tmp_path: Path, works: int) -> None:
    built = build(np.eye(2, dtype=np.float32)[:works] if works else np.empty((0, 0), np.float32))
    path = tmp_path / "index.safetensors"
    built.save(path)
    for tiny in (built, StyleIndex.load(path)):
        assert len(tiny) == works
        found = tiny.search(np.ones((2, 2)), 3)
        assert found.ids.shape == (2, 3)
        assert (found.ids >= 0).sum() == 2 * works
        assert len(tiny.background) == (1001 if works == 2 else 0)
        percentile = tiny.percentile([0.9])
        assert percentile.tolist() == [100.0] if works == 2 else np.isnan(percentile).all()


def test_a_row_of_zeros_is_harmless() -> None:
    found = build(np.array([[0, 0], [1, 0]], np.float32)).search(np.ones(2), 2)
    assert found.ids.tolist() == [[103, 100]]
    assert found.scores[0, 1] == 0.0


def test_wrong_query_length_is_named() -> None:
    with pytest.raises(ModelError, match="A query of 2 numbers does not fit vectors of 16"):
        build(clustered(5)).search(np.ones(2), 1)
    with pytest.raises(StoreError):
        StyleIndex.build([1], clustered(2), model_id="m", generation=1)


def test_percentile_is_the_share_of_pairs_less_alike() -> None:
    vectors = clustered(300)
    index = build(vectors)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    pairs = (unit @ unit.T)[np.triu_indices(300, 1)]
    assert len(index.background) == 1001
    for cosine in (-0.5, 0.0, 0.3, 0.83):
        assert index.percentile(cosine) == pytest.approx(100 * (pairs < cosine).mean(), abs=0.11)
    assert index.percentile([[-1.1, 1.1]]).tolist() == [[0.0, 100.0]]


def test_sampled_background_is_fixed_and_near_the_truth() -> None:
    vectors = clustered(1000)
    one, two = build(vectors), build(vectors)
    np.testing.assert_array_equal(one.background, two.background)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    pairs = (unit @ unit.T)[np.triu_indices(1000, 1)]
    assert one.percentile(0.5) == pytest.approx(100 * (pairs < 0.5).mean(), abs=0.5)


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    vectors, path = clustered(400), tmp_path / "index.safetensors"
    for limit in (1000, 10):
        built = build(vectors, exact_limit=limit)
        built.save(path)
        loaded = StyleIndex.load(path)
        for name in ("d", "model_id", "generation", "kind", "recall"):
            assert getattr(loaded, name) == getattr(built, name)
        np.testing.assert_array_equal(loaded.background, built.background)
        one, two = built.search(vectors[:20], 7), loaded.search(vectors[:20], 7)
        np.testing.assert_array_equal(one.ids, two.ids)
        np.testing.assert_array_equal(one.scores, two.scores)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_approximate_keeps_the_recall_it_states() -> None:
    vectors = clustered(5000)
    exact, approximate = build(vectors), build(vectors, exact_limit=100)
    assert (exact.kind, exact.recall) == ("exact", None)
    assert approximate.kind == "approximate"
    assert approximate.recall is not None
    assert approximate.recall >= 0.95
    queries = clustered(200, seed=1)
    truth, found = exact.search(queries, 10).ids, approximate.search(queries, 10).ids
    shared = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(truth.tolist(), found.tolist(), strict=True)])
    assert shared >= 0.9


def test_vectors_on_the_disk_make_the_same_index(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = {}
    for large, name in ((10**9, "memory"), (1, "disk")):
        monkeypatch.setattr("artbyol.base.large_arrays.LARGE", large)
        monkeypatch.setattr("artbyol.base.large_arrays.BLOCK", 16 * 4 * 7)  # seven works
        monkeypatch.setattr("artbyol.search.index.EXACT_NUMBERS", 100)
        current_index(catalogue, tmp_path / name, "m")
        built[name] = (tmp_path / name).read_bytes()
    assert built["memory"] == built["disk"]


def test_approximate_refines_its_codes_where_neighbours_are_close() -> None:
    generator = np.random.default_rng(0)
    vectors = (1.0 + 0.01 * generator.standard_normal((2000, 8))).astype(np.float32)
    vectors[0] = -1.0  # stretches the range that 8 bits must cover
    approximate = build(vectors, exact_limit=100)
    assert approximate.recall is not None
    assert approximate.recall >= 0.95
    assert len(build(vectors[:3], exact_limit=0)) == 3


def test_current_index_is_kept_while_it_fits(catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "index.safetensors"
    built = current_index(catalogue, path, "m")
    assert (len(built), built.generation) == (30, catalogue.generation)
    saved = path.stat().st_mtime_ns
    assert len(current_index(catalogue, path, "m")) == 30
    assert path.stat().st_mtime_ns == saved
    digest = b"%016d" % 3
    catalogue.put_vectors("m", [digest], np.full((1, 16), 2.0))
    fresh = current_index(catalogue, path, "m")
    assert fresh.generation == catalogue.generation > built.generation
    top = fresh.search(np.ones(16), 1)
    assert catalogue.paths_of(top.ids[0])[int(top.ids[0, 0])] == [digest]
    catalogue.put_vectors("n", [digest], np.ones((1, 4)))
    assert (len(current_index(catalogue, path, "n")), INDEX.read_header(path)["model_id"]) == (1, "n")
    assert len(current_index(catalogue, path, "absent")) == 0


def test_a_catalogue_made_anew_does_not_fit_an_old_index(tmp_path: Path) -> None:
    path, index_path = tmp_path / "catalogue.sqlite", tmp_path / "index.safetensors"
    for works in (2, 3):
        with Catalogue.open(path) as catalogue:
            hashes = [b"%016d" % number for number in range(works)]
            with catalogue.batch():
                for digest in hashes:
                    catalogue.record_ok(digest, 1, 1, digest, 1, 1, b"")
                catalogue.put_vectors("m", hashes, clustered(works))
            assert len(current_index(catalogue, index_path, "m")) == works
        path.unlink()


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1500] ^= 0xFF
    path.write_bytes(content)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [truncated, flipped, emptied])
def test_a_damaged_index_is_built_again(catalogue: Catalogue, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    path = tmp_path / "index.safetensors"
    good = current_index(catalogue, path, "m").search(np.ones(16), 5)
    damage(path)
    with pytest.raises(IndexDamagedError):
        StyleIndex.load(path)
    heard: list[Event] = []
    mended = current_index(catalogue, path, "m", heard.append).search(np.ones(16), 5)
    np.testing.assert_array_equal(mended.ids, good.ids)
    (notice,) = heard
    assert isinstance(notice, Notice)
    assert "It is built again." in notice.text
    assert len(StyleIndex.load(path)) == 30


def test_other_versions_are_built_again_without_a_word(catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "index.safetensors"
    for version in ("1", "7"):
        said = {"format": json.dumps("artbyol-index"), "format_version": version, "generation": "1"}
        save_file({"faiss": np.zeros(3, np.uint8)}, path, said)
        with pytest.raises(StoreFormatError):
            StyleIndex.load(path)
        heard: list[Event] = []
        assert len(current_index(catalogue, path, "m", heard.append)) == 30
        assert heard == []
    save_file({"faiss": np.zeros(3, np.uint8)}, path)
    assert len(current_index(catalogue, path, "m", heard.append)) == 30
    assert "not an artbyol index" in str(heard)


def test_an_index_made_before_is_used_as_it_is(catalogue: Catalogue, tmp_path: Path) -> None:
    """One metadata entry for each value of the header, one checksum over all arrays."""
    path = tmp_path / "index.safetensors"
    expected = current_index(catalogue, path, "m").search(np.ones(16), 5)
    header, arrays = INDEX.read(path)
    checksum = 0
    for name in ("faiss", "ids", "background", "centre", "scale"):
        checksum = zlib.crc32(arrays[name].tobytes(), checksum)
    header = {**header, "checksum": checksum}
    save_file(arrays, path, {key: json.dumps(value) for key, value in header.items()})
    before = path.read_bytes()
    assert current_index(catalogue, path, "m").search(np.ones(16), 5).ids.tolist() == expected.ids.tolist()
    assert path.read_bytes() == before
    flipped(path)
    with pytest.raises(IndexDamagedError, match="checksum"):
        StyleIndex.load(path)


def test_an_index_that_cannot_be_saved_is_used(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Event] = []
    assert len(current_index(catalogue, tmp_path / "missing" / "index", "m", heard.append)) == 30
    assert len(heard) == 1  # not read-only: worth a word

    monkeypatch.setattr("artbyol.search.index.is_read_only", lambda error: True)
    assert len(current_index(catalogue, tmp_path / "missing" / "index", "m", heard.append)) == 30
    assert len(heard) == 1


def test_an_approximate_index_says_what_it_finds(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artbyol.search.index.EXACT_NUMBERS", 100)
    heard: list[Event] = []
    index = current_index(catalogue, tmp_path / "index.safetensors", "m", heard.append)
    assert heard == [Notice(f"An approximate index of 30 works is used; its recall@10 is {index.recall:.3f}.")]


def test_standardised_features_count_the_same_whatever_their_numbers(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
    plain = StyleIndex.build(np.arange(200), rows, model_id="m", generation=1, standardise=True)
    stretched = StyleIndex.build(
        np.arange(200), rows * [1, 50, 2, 9] + [7, 0, -3, 100], model_id="m", generation=1, standardise=True
    )
    stretched.save(tmp_path / "index.safetensors")
    loaded = StyleIndex.load(tmp_path / "index.safetensors")
    asked = rows[:5] * [1, 50, 2, 9] + [7, 0, -3, 100]
    expected = plain.search(plain.space.place(rows[:5]), 10)
    found = loaded.search(loaded.space.place(asked), 10)
    assert found.scores == pytest.approx(expected.scores, abs=0.02)
    assert (found.ids[:, 0] == np.arange(5)).all()
    assert loaded.background == pytest.approx(plain.background, abs=0.02)


def test_a_feature_that_never_varies_and_a_single_work_do_no_harm() -> None:
    rows = np.ones((3, 4), np.float32)
    for some in (rows, rows[:1]):
        index = StyleIndex.build(np.arange(len(some)), some, model_id="m", generation=1, standardise=True)
        assert np.isfinite(index.search(index.space.place(some), 1).scores).all()


@pytest.mark.parametrize("approximate", [False, True])
@pytest.mark.slow
def test_changes_to_a_large_index_are_kept_beside_it(
    approximate: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Works come, go and come back; the answers are those of an index built anew, the large file stays as it is."""
    monkeypatch.setattr("artbyol.search.index.LEAST", 100)
    if approximate:
        monkeypatch.setattr("artbyol.search.index.EXACT_NUMBERS", 1000)
    path = tmp_path / "index.safetensors"
    beside = tmp_path / "index.recent.safetensors"
    vectors = clustered(460)
    hashes = [b"%016d" % number for number in range(460)]
    generator = np.random.default_rng(0)
    with Catalogue.open(tmp_path / "catalogue.sqlite") as catalogue:

        def come(numbers: Iterable[int]) -> None:
            with catalogue.batch():
                for number in numbers:
                    catalogue.record_ok(hashes[number], 1, 1, hashes[number], 1, 1, b"")
                    catalogue.put_vectors("m", [hashes[number]], vectors[number : number + 1])

        come(range(400))
        current_index(catalogue, path, "m")
        written = path.stat().st_mtime_ns
        for turn in range(4):
            gone = generator.choice(400, 3, replace=False)
            catalogue.forget(hashes[number] for number in gone)
            come([*range(400 + 3 * turn, 403 + 3 * turn), *gone[:1]])
            if turn == 2:
                catalogue.set_model("m")
                catalogue.prune()
            for attempt in range(2):  # found in the catalogue, then read from the file beside
                index = current_index(catalogue, path, "m")
                assert beside.exists() and path.stat().st_mtime_ns == written
                ids, rows = catalogue.vectors("m")
                anew = StyleIndex.build(ids, rows, model_id="m", generation=catalogue.generation)
                assert (len(index), index.generation, index.d) == (len(anew), anew.generation, anew.d)
                found, expected = index.search(rows[::7], 8), anew.search(rows[::7], 8)
                if approximate:
                    shared = [len(set(a) & set(b)) / 8 for a, b in zip(found.ids, expected.ids, strict=True)]
                    assert np.mean(shared) > 0.9
                    assert set(found.ids.ravel()) <= set(ids.tolist())
                else:
                    np.testing.assert_array_equal(found.ids, expected.ids)
                    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-6)
                np.testing.assert_allclose(index.background, anew.background, atol=1e-6)
                if attempt == 0:
                    continue
                flipped(beside)  # and where that is damaged, found in the catalogue again
                again = current_index(catalogue, path, "m")
                np.testing.assert_array_equal(again.search(rows[::7], 8).ids, found.ids)
        everything = index.search(rows[:1], len(index) + 5)
        assert sorted(everything.ids[0, : len(index)].tolist()) == ids.tolist() or approximate
        assert (everything.ids[0, len(index) :] == -1).all()

        come(range(420, 445))  # more than a twentieth
        current_index(catalogue, path, "m")
        assert path.stat().st_mtime_ns != written


def test_a_fresh_index_is_kept_without_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artbyol.search.index.LEAST", 100)
    path, vectors = tmp_path / "index.safetensors", clustered(203)
    with Catalogue.open(tmp_path / "catalogue.sqlite") as catalogue:
        for start, stop in ((0, 200), (200, 203)):
            with catalogue.batch():
                for number in range(start, stop):
                    digest = b"%016d" % number
                    catalogue.record_ok(digest, 1, 1, digest, 1, 1, b"")
                    catalogue.put_vectors("m", [digest], vectors[number : number + 1])
            keep_current(catalogue, path, "m")
            with monkeypatch.context() as patch:
                patch.delattr(StyleIndex, "load")
                keep_current(catalogue, path, "m")  # as it is, and then with what came kept beside it
        assert (tmp_path / "index.recent.safetensors").exists()
        assert len(current_index(catalogue, path, "m")) == 203
