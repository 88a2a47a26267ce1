"""Nothing that artbyol did not make is deleted, overwritten or followed by whoever writes a store."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import artbyol
from artbyol.base.errors import StoreError, UsageError
from artbyol.base.events import Event, Notice
from artbyol.cli.render.training import not_entered
from artbyol.encoder.feature_cache import FeatureCache
from artbyol.storage.store import STORE_NAME
from artbyol.training import recipes
from tests.conftest import paint, painting, snapshot
from tests.storage.test_store import everything, project

__all__ = ["project"]

SMALL = {"backbone": "conv4", "weights": "none", "recipe": "classic", "effort": "quick", "epochs": 1, "image_size": 64}


@pytest.mark.slow
def test_training_into_somebodys_folder_changes_nothing_of_theirs(tmp_path: Path, project: Path) -> None:
    collection = paint(tmp_path / "c", 8)
    before, told = everything(project), list[Event]()
    report = artbyol.train(collection, store=project, listener=told.append, **SMALL)  # type: ignore[arg-type]
    assert report.model.parent == project / STORE_NAME
    artbyol.embed(collection, store=project)
    assert artbyol.similar(collection / "work01.png", folder=collection, store=project).neighbours
    assert {name: data for name, data in everything(project).items() if not name.startswith(STORE_NAME)} == before
    assert [one for one in told if isinstance(one, Notice) and "holds other things" in one.text]
    assert not (collection / STORE_NAME).exists()


@pytest.fixture(scope="module")
def _embedded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight works, embedded by the pretrained default."""
    collection = paint(tmp_path_factory.mktemp("guarded") / "c", 8)
    artbyol.embed(collection)
    return collection


@pytest.mark.parametrize("level", ["features", "features/0123456789ab", "training"])
@pytest.mark.slow
def test_links_and_strangers_in_a_store_survive_a_training(tmp_path: Path, level: str, _embedded: Path) -> None:
    collection = Path(shutil.copytree(_embedded, tmp_path / "c"))
    store, outside = collection / STORE_NAME, tmp_path / "outside"
    names = [
        "letter.txt",
        "000000.safetensors",
        "classic.safetensors",
        "squares.safetensors",
        "0123456789ab/letter.txt",
    ]
    for name in names:
        (outside / name).parent.mkdir(parents=True, exist_ok=True)
        (outside / name).write_text("mine")
    for name in ("features/letter.txt", "features/run1/data.csv", "training/letter.txt", "training/run1/data.csv"):
        (store / name).parent.mkdir(parents=True, exist_ok=True)
        (store / name).write_text("mine")
    if (store / level).is_dir():
        (store / level).rename(tmp_path / "aside")
    (store / level).symlink_to(outside)
    before, strangers = everything(outside), everything(tmp_path)
    FeatureCache(store / "features", {"another": "key"}).drop_others()  # as a training on features does
    artbyol.train(collection, **SMALL)  # type: ignore[arg-type]
    if level == "training":  # one may have its training elsewhere; it is written there under its own names
        before = {name: data for name, data in before.items() if not name.startswith(("classic", "squares"))}
    assert before.items() <= everything(outside).items()
    mine = {name: data for name, data in strangers.items() if name.endswith((".txt", ".csv"))}
    assert mine and mine.items() <= everything(tmp_path).items()


def test_what_a_training_leaves_is_cleaned(tmp_path: Path) -> None:
    folder = tmp_path / "training"
    folder.mkdir()
    ours = ["classic.safetensors", "projection.safetensors", "layers.safetensors", "squares.safetensors"]
    ours += ["squares-0123abcd.npy"]
    for name in [*ours, "mine.safetensors", "squares.jpg"]:
        (folder / name).touch()
    recipes.remove_own(folder, recipes.OF_A_TRAINING)
    assert sorted(path.name for path in folder.iterdir()) == ["mine.safetensors", "squares.jpg"]


def test_nothing_is_written_into_a_photo_library(gallery: Path) -> None:
    library = paint(gallery / "Fotos.photoslibrary" / "originals" / "A", 3, first=50).parent.parent
    (library / "resources").mkdir()
    painting(60).save(library / "resources" / "thumb.png")
    report = artbyol.embed(gallery)
    assert (report.works, report.passed_over) == (27, {"photo library": 1})
    before = snapshot(library)
    tagged = artbyol.tag(gallery, 2, write=True)
    assert (len(tagged.changes), tagged.elsewhere, len(list(gallery.rglob("*.xmp")))) == (24, 3, 24)
    assert snapshot(library) == before
    ((_, said),) = not_entered(artbyol.info(gallery).passed_over | {"snapshot": 2}, {})
    assert said == "1 photo library, 2 snapshots; of photo libraries only the originals are works"


def test_earlier_groups_that_became_a_link_are_neither_read_nor_written(gallery: Path, tmp_path: Path) -> None:
    artbyol.cluster(gallery, 2, keep=True)
    (tmp_path / "mine").mkdir()
    for name in ("000001.toml", "2024.toml"):
        (tmp_path / "mine" / name).write_text("mine")
    (gallery / STORE_NAME / "groups.before").symlink_to(tmp_path / "mine")
    before = everything(tmp_path / "mine")
    with pytest.raises(UsageError, match="no earlier version"):
        artbyol.groups(gallery, undo=True)
    with pytest.raises(StoreError, match="is a link"):
        artbyol.groups(gallery, rename=("1", "Night"))
    assert everything(tmp_path / "mine") == before
