"""A store that lies elsewhere goes along with its collection, and with no other: told by the pictures, not by paths."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from artbyol.base.errors import StoreError
from artbyol.base.events import Event, Notice
from artbyol.pictures.scan import content_hash, scan
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import Store, create, existing, find, locate

KNOWN = ("a.jpg", "sub/b.jpg", "sub/c.jpg")


def fill(folder: Path, *names: str, what: str = "picture") -> Path:
    """Files of the same size whatever they hold, as scanners make them."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{what} {Path(name).name}")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store elsewhere that knows three files of a folder usb1."""
    place = locate(fill(tmp_path / "usb1", *KNOWN), tmp_path / "store")
    create(place)
    with Catalogue.open(place.catalogue) as catalogue:
        for path, size, mtime in scan(place.folder).files:
            digest = content_hash(place.folder / os.fsdecode(path))
            catalogue.record_ok(path, size, mtime, digest, 8, 8, b"1" * 192)
    return place


def mounted_elsewhere(first: Path, second: Path) -> None:
    first.rename(second)
    first.mkdir()


def moved(first: Path, second: Path) -> None:
    first.rename(second)


def another_drive_in_its_place(first: Path, second: Path) -> None:
    first.rename(second)
    fill(first, *KNOWN, what="anothers")


def renamed_and_moved(first: Path, second: Path) -> None:
    mounted_elsewhere(first, second)
    for number, path in enumerate(sorted(second.rglob("*.jpg"))):
        path.rename(second / f"{number}.jpg")


def most_of_it_gone(first: Path, second: Path) -> None:
    mounted_elsewhere(first, second)
    (second / "a.jpg").unlink()
    (second / "sub" / "b.jpg").write_text("saved anew")


@pytest.mark.parametrize(
    "change", [mounted_elsewhere, moved, another_drive_in_its_place, renamed_and_moved, most_of_it_gone]
)
@pytest.mark.parametrize("away", [False, True])
def test_a_collection_that_moved_takes_its_store_along(
    store: Store, change: Callable[[Path, Path], None], away: bool
) -> None:
    second = store.folder.with_name("usb2")
    if away:  # embedded meanwhile, with the drive unplugged
        with Catalogue.open(store.catalogue) as catalogue:
            catalogue.set_aside(catalogue.paths())
    change(store.folder, second)
    with pytest.raises(StoreError, match="another collection") as refused:
        existing(second, store.root)
    assert f"artbyol embed {second}" in str(refused.value.hint)
    told: list[Event] = []
    create(locate(second, store.root), told.append)
    assert told == [Notice(f"The collection has moved from {store.folder} to {second}; its store goes along.")]
    assert find(second, store.root) == locate(second, store.root) == existing(second, store.root)


def another_collection(first: Path, second: Path) -> None:
    fill(second, "x.jpg", "y.jpg", what="anothers")


def same_names_and_sizes(first: Path, second: Path) -> None:
    fill(second, *KNOWN, what="anothers")


def another_while_the_drive_is_unplugged(first: Path, second: Path) -> None:
    same_names_and_sizes(first, second)
    first.rename(first.with_name("unplugged"))


def another_while_the_mount_point_is_empty(first: Path, second: Path) -> None:
    another_while_the_drive_is_unplugged(first, second)
    first.mkdir()


def backup(first: Path, second: Path) -> None:
    shutil.copytree(first, second)


def part(first: Path, second: Path) -> None:
    fill(second, "a.jpg")


def empty(first: Path, second: Path) -> None:
    second.mkdir()


@pytest.mark.parametrize(
    "change",
    [
        *(another_collection, same_names_and_sizes, another_while_the_drive_is_unplugged),
        *(another_while_the_mount_point_is_empty, backup, part, empty),
    ],
)
def test_another_collection_does_not_take_it_over(store: Store, change: Callable[[Path, Path], None]) -> None:
    second = store.folder.with_name("usb2")
    change(store.folder, second)
    before = store.marker.read_bytes()
    for refuse in (lambda: create(locate(second, store.root)), lambda: existing(second, store.root)):
        with pytest.raises(StoreError, match=f"belongs to another collection, {store.folder}") as refused:
            refuse()
        assert "embed" not in str(refused.value.hint)
    assert store.marker.read_bytes() == before


def test_a_collection_may_be_named_by_way_of_a_link(store: Store) -> None:
    link = store.folder.with_name("link")
    link.symlink_to(store.folder)
    create(locate(link, store.root))
    assert existing(link, store.root).folder == store.folder


def test_a_store_whose_marker_is_damaged_is_known_by_what_lies_beside_it(tmp_path: Path) -> None:
    place = locate(fill(tmp_path / "usb1", "a.jpg"), tmp_path / "store")
    create(place)
    place.marker.write_text("{")
    place.model.touch()
    assert locate(place.folder, tmp_path / "store") == place
