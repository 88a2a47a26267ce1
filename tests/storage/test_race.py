"""The race of names: while artbyol runs, files are renumbered, swapped, overwritten and taken away at every moment
between two looks at them. Every vector, and everything training sees, belongs to the bytes it is kept for."""

from __future__ import annotations

import os
import random
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import artbyol
from artbyol.base.errors import TooFewImagesError
from artbyol.pictures.decode import decode
from artbyol.pictures.scan import content_hash
from artbyol.storage import ingest
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate
from tests.conftest import give_model, narrow_classic_networks, paint, vectors

FILES = 10


class Trouble:
    """Somebody who is at work in the same folder: a change before, and one after, so many of all openings of files."""

    def __init__(self, folder: Path, spare: Path, seed: int, share: float = 1.0) -> None:
        self.folder, self.random, self.lock, self.share = folder, random.Random(seed), threading.Lock(), share
        self.others = sorted(spare.iterdir())
        self.changes = 0

    def change(self) -> None:
        with self.lock:
            if self.random.random() >= self.share:
                return
            there = sorted(self.folder.glob("*.png"))
            act: Callable[[list[Path]], None] = self.random.choice(
                [self.swap, self.renumber, self.overwrite, self.exchange, self.copy, self.remove]
            )
            act(there)
            self.changes += 1

    def swap(self, there: list[Path]) -> None:
        first, second = self.random.sample(there, 2)
        first.rename(self.folder / "aside")
        second.rename(first)
        (self.folder / "aside").rename(second)

    def renumber(self, there: list[Path]) -> None:
        for number, path in enumerate(there):
            path.rename(self.folder / f"{number}.aside")
        for number in range(len(there)):
            (self.folder / f"{number}.aside").rename(there[(number + 1) % len(there)])

    def overwrite(self, there: list[Path]) -> None:
        """In place: whoever has the file open reads other bytes."""
        self.random.choice(there).write_bytes(self.random.choice(self.others).read_bytes())

    def exchange(self, there: list[Path]) -> None:
        """As careful programs save: under another name, then renamed."""
        shutil.copy(self.random.choice(self.others), self.folder / "new.aside")
        (self.folder / "new.aside").rename(self.random.choice(there))

    def copy(self, there: list[Path]) -> None:
        """A twin, or what was one until now."""
        shutil.copy2(*self.random.sample(there, 2))

    def remove(self, there: list[Path]) -> None:
        if len(there) > FILES - 2:
            self.random.choice(there).unlink()


@pytest.fixture(scope="session")
def _pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[bytes, Any], dict[bytes, Any]]:
    """More pictures than a folder has at a time, and the vectors and pixels of each, by the hash of its bytes."""
    folder = paint(tmp_path_factory.mktemp("race") / "all", 2 * FILES)
    give_model(folder)
    artbyol.embed(folder)
    found = vectors(folder)
    shutil.rmtree(folder / ".artbyol")
    hashes = {path: content_hash(folder / os.fsdecode(path)) for path in found}
    pixels = {hashes[path]: decode(folder / os.fsdecode(path), 10_000).pixels for path in found}
    return folder, {hashes[path]: vector for path, vector in found.items()}, pixels


@contextmanager
def in_trouble(monkeypatch: pytest.MonkeyPatch, trouble: Trouble) -> Iterator[None]:
    real = ingest.open_regular

    @contextmanager
    def opened(*arguments: Any) -> Iterator[Any]:
        trouble.change()
        with real(*arguments) as file:
            trouble.change()
            yield file

    with monkeypatch.context() as patch:
        patch.setattr("artbyol.storage.ingest.open_regular", opened)
        patch.setattr("artbyol.pictures.decode.open_regular", opened)
        yield


def check(folder: Path, truth: dict[bytes, Any]) -> set[bytes]:
    """That every vector belongs to its content; gives back the contents that have one."""
    with Catalogue.open(locate(folder).catalogue, read_only=True) as catalogue:
        hashes = {work.path: work.hash for work in catalogue.works()}
    found = vectors(folder)
    for path, vector in found.items():
        np.testing.assert_allclose(vector, truth[hashes[path]], atol=1e-6)
    return {hashes[path] for path in found}


@pytest.mark.parametrize("seed", range(4))
def test_every_vector_belongs_to_its_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _pictures: Any, seed: int
) -> None:
    everything, truth, _ = _pictures
    folder = Path(shutil.copytree(everything, tmp_path / "folder"))
    for path in sorted(folder.iterdir())[FILES:]:
        path.unlink()
    give_model(folder)
    trouble, seen = Trouble(folder, everything, seed), 0
    for tries in range(20):  # by chance nobody may get through three of them
        with in_trouble(monkeypatch, trouble):
            artbyol.embed(folder)
        seen += len(check(folder, truth))
        if tries >= 2 and trouble.changes > 40 and seen:
            break
    assert trouble.changes > 40 and seen  # else it was no race, or nobody got through it
    artbyol.embed(folder)
    now = {content_hash(path) for path in folder.glob("*.png")}
    assert check(folder, truth) == now
    with Catalogue.open(locate(folder).catalogue, read_only=True) as catalogue:
        assert all(work.hash == content_hash(folder / os.fsdecode(work.path)) for work in catalogue.works())
    assert artbyol.embed(folder).decoded == 0


@pytest.mark.parametrize("recipe", ["style", "classic"])
@pytest.mark.slow
def test_training_sees_of_each_picture_its_own_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _pictures: Any, recipe: str
) -> None:
    everything, _, pixels = _pictures
    folder = Path(shutil.copytree(everything, tmp_path / "folder"))
    real, seen = ingest.make_views, set[bytes]()

    def make_views(picture: Any, digest: bytes, plan: Any) -> Any:
        assert np.array_equal(picture.pixels, pixels[digest])
        seen.add(digest)
        return real(picture, digest, plan)

    monkeypatch.setattr(ingest, "make_views", make_views)
    narrow_classic_networks(monkeypatch)
    small: dict[str, Any] = {"backbone": "conv4", "weights": "none", "image_size": 64} if recipe == "classic" else {}
    for seed in range(3):
        with in_trouble(monkeypatch, Trouble(folder, everything, seed, share=0.1)):
            try:
                artbyol.train(folder, effort="quick", recipe=recipe, epochs=1, fresh=True, **small)
            except TooFewImagesError:  # nearly all changed while they were read
                continue
    assert len(seen) > FILES
