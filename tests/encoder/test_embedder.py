"""An `Embedder` gives what `embed` gives, batch by batch, whoever calls it; a picture that cannot be read is a row."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from filelock import FileLock

import artbyol
from artbyol.base.errors import ModelMismatchError, StoreMissingError, UsageError
from artbyol.encoder.weight_files import weights_folder
from artbyol.pictures import decode
from artbyol.pictures.measures.axes import MEASURED_IDS
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate
from tests.conftest import give_model, paint, painting, run_python, vectors

BROKEN = {"empty.png": b"", "text.jpg": b"nothing to see", "cut.png": None, "small.png": None}


@pytest.fixture
def broken(gallery: Path) -> Path:
    """The gallery, with files in it that are no usable pictures."""
    painting(700, 4, 4).save(gallery / "small.png")
    for name, data in BROKEN.items():
        if name != "small.png":
            (gallery / name).write_bytes((gallery / "work00.png").read_bytes()[:900] if data is None else data)
    artbyol.embed(gallery)
    return gallery


def kept(folder: Path) -> dict[str, dict[str, Any]]:
    """What the catalogue keeps of each axis, by the name of the file."""
    with Catalogue.open(locate(folder).catalogue, read_only=True) as catalogue:
        found = {}
        for axis in MEASURED_IDS:
            ids, rows = catalogue.vectors(axis)
            paths = catalogue.paths_of(ids.tolist())
            found[axis.rpartition("-")[0]] = {
                path.decode(): row for number, row in zip(ids.tolist(), rows, strict=True) for path in paths[number]
            }
        return found


def test_vectors_and_axes_are_those_of_embed_and_broken_files_are_rows_with_its_reason(broken: Path) -> None:
    names = sorted(path.name for path in broken.iterdir() if path.is_file())
    paths = [str(broken / name) for name in names]
    embedder = artbyol.Embedder(broken)
    assert embedder.model_id == artbyol.info(broken).model.model_id
    style, axes = vectors(broken), kept(broken)
    skips = {skip.path.decode(): skip.reason for skip in artbyol.info(broken).skips}
    assert skips.keys() == BROKEN.keys()
    contents = np.array([Path(path).read_bytes() for path in paths], object)
    for batch in (
        {"path": paths},
        {"path": np.array(paths), "bytes": contents},
        {"image": [{"bytes": one, "path": None} for one in contents]},
    ):
        found = embedder(batch)
        assert ("path" in found, "bytes" in found, "image" in found) == ("path" in batch, False, False)
        assert found["vector"].dtype == np.float32 and len(found["vector"]) == len(names)
        for row, name in enumerate(names):
            if name in skips:
                assert found["reason"][row] == skips[name]
                assert np.isnan(found["vector"][row]).all() and np.isnan(found["tone"][row]).all()
            else:
                assert found["reason"][row] is None
                assert np.array_equal(found["vector"][row], style[name.encode()])
                assert all(np.array_equal(found[axis][row], rows[name]) for axis, rows in axes.items())


def test_batches_of_pyarrow_and_iterators_of_them_come_back_as_they_came(gallery: Path) -> None:
    data = [(gallery / "work00.png").read_bytes(), None, b"no picture"]
    columns = pyarrow.table({"number": [1, 2, 3], "content": pyarrow.array(data, pyarrow.binary())})
    embedder = artbyol.Embedder(gallery, axes=False)
    table = embedder(columns)
    assert table.column_names == ["number", "vector", "reason"]
    (batch,) = embedder(iter(columns.to_batches()))
    assert isinstance(batch, pyarrow.RecordBatch) and pyarrow.Table.from_batches([batch]) == table
    assert table["reason"].to_pylist()[0] is None and "no picture" in table["reason"].to_pylist()[1]
    (vector, *others) = table["vector"].to_pylist()
    assert np.array_equal(np.float32(vector), vectors(gallery)[b"work00.png"]) and others == [None, None]
    only = embedder({"content": [b""]})  # nothing usable in a batch: its columns are there all the same
    assert only["vector"].shape == (1, len(vector)) and list(only) == ["vector", "reason"]
    assert embedder({"content": []})["vector"].shape == (0, len(vector))


def test_pickled_it_goes_as_its_arguments_and_torch_is_not_imported(gallery: Path, tmp_path: Path) -> None:
    embedder = artbyol.Embedder(gallery)
    embedder({"path": [gallery / "work03.png"]})
    data = pickle.dumps(embedder)
    assert len(data) < 1000  # the model is not in it
    (tmp_path / "embedder").write_bytes(data)
    code = (
        "import pickle, sys, numpy as np; from pathlib import Path\n"
        "embedder = pickle.loads(Path(sys.argv[1]).read_bytes())\n"
        "np.save(sys.argv[2], embedder({'path': [sys.argv[3]]})['vector'])\n"
        "print(sorted({'torch', 'timm', 'pyarrow'} & set(sys.modules)))"
    )
    said = run_python(code, tmp_path / "embedder", tmp_path / "found.npy", gallery / "work03.png")
    assert (said.stdout.strip(), said.stderr) == ("[]", "")
    assert np.array_equal(np.load(tmp_path / "found.npy")[0], vectors(gallery)[b"work03.png"])


def test_limits_are_those_of_embed_also_for_pictures_in_memory(gallery: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = (gallery / "work00.png").read_bytes()
    small = artbyol.Embedder(gallery, max_pixels=1000)
    assert "more pixels than allowed" in small({"bytes": [data]})["reason"][0]
    asked = []

    def elsewhere(request: tuple[Any, ...], seconds: float, memory: int) -> Any:
        asked.append(request)
        return decode.decode_here(*pickle.loads(pickle.dumps(request)))

    monkeypatch.setattr(decode, "in_another_process", elsewhere)
    monkeypatch.setattr("artbyol.pictures.look._LARGE", 1)
    found = artbyol.Embedder(gallery)({"bytes": [data]})
    assert len(asked) == 1 and np.array_equal(found["vector"][0], vectors(gallery)[b"work00.png"])


def test_a_model_is_a_collection_or_a_store_or_a_file_and_stays_the_same_one(gallery: Path, tmp_path: Path) -> None:
    place = locate(gallery)
    named = [artbyol.Embedder(one) for one in (gallery, place.root, place.model)]
    assert len({one.model_id for one in named}) == 1
    plain = artbyol.Embedder()
    assert plain.model_id.startswith("untrained") and plain.model is None
    place.model.unlink()
    assert artbyol.Embedder(gallery).model_id == plain.model_id
    give_model(gallery, seed=1)
    with pytest.raises(ModelMismatchError, match="was"):
        named[0]({"path": []})
    with pytest.raises(StoreMissingError, match="no model's file"):
        artbyol.Embedder(paint(tmp_path / "others", 1))


def test_processes_that_begin_together_wait_for_the_one_that_makes_the_graph(gallery: Path) -> None:
    embedder = artbyol.Embedder(give_model(gallery, seed=2) and gallery)
    with ThreadPoolExecutor() as pool:
        with FileLock(weights_folder() / "opening.lock"):
            found = pool.submit(embedder, {"path": [gallery / "work00.png"]})
            with pytest.raises(TimeoutError):
                found.result(timeout=0.2)
        assert found.result()["reason"][0] is None


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        ({"pixels": [b""]}, "has the columns pixels, but none called bytes or content or image or path"),
        ({"image": [painting(1)]}, "holds Image"),
        ([b""], "columns by name, not list"),
    ],
)
def test_what_is_no_batch_of_pictures_is_refused(batch: Any, said: str, gallery: Path) -> None:
    with pytest.raises(UsageError, match=said):
        artbyol.Embedder(gallery)(batch)


@pytest.mark.slow
def test_ray_data_calls_it_as_it_is(broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of docs/scaling.md."""
    ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'artbyol[ray]'")
    monkeypatch.setenv("RAY_DATA_DISABLE_PROGRESS_BARS", "1")
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, runtime_env={"env_vars": dict(os.environ)})
    try:
        works = ray.data.read_binary_files(str(broken), include_paths=True, file_extensions=["png", "jpg"])
        rows = works.map_batches(artbyol.Embedder(broken), batch_size=16).take_all()
    finally:
        ray.shutdown()
    style, skips = vectors(broken), {skip.path.decode(): skip.reason for skip in artbyol.info(broken).skips}
    assert len(rows) == len(style) + len(skips)
    for row in rows:
        name = Path(row["path"]).name
        assert row["reason"] == skips.get(name)
        assert name in skips or np.array_equal(row["vector"], style[name.encode()])
