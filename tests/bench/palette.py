"""How much of a work's neighbourhood hangs on its colours: `python -m tests.bench.palette FOLDER`.

Trains the style and the brushwork recipe on a folder, then asks for the ten nearest of every work as it is, in
greyscale, and with its hue turned by a third of the circle: cosine to the work itself, and how many neighbours stay.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import torch

import artbyol
from artbyol.base.run import Run
from artbyol.encoder.readers import current_reader
from artbyol.pictures.decode import Picture, decode
from artbyol.pictures.views import make_views
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate
from artbyol.training.augment import GREY, turn_hue
from tests.bench import given

CHANGES = {
    "greyscale": torch.tensor(GREY).expand(3, 3),
    "hue turned": turn_hue(torch.tensor([1 / 3]), torch.zeros(1, 3))[0][0],
}
"""What each pixel's red, green and blue are multiplied by."""


def main(folder: Path) -> None:
    for recipe in ("style", "brushwork"):
        with tempfile.TemporaryDirectory() as store:
            artbyol.train(folder, store=store, recipe=recipe)
            artbyol.embed(folder, store=store)
            reader, _ = current_reader(locate(folder, Path(store)).model, Run())
            with Catalogue.open(Path(store) / "catalogue.sqlite", read_only=True) as catalogue:
                ids, vectors = catalogue.vectors(catalogue.model_id or "")
                works = {work.id: work for work in catalogue.works()}
        for name, change in CHANGES.items():
            cosines, kept = [], []
            for row, number in enumerate(ids):
                work = works[int(number)]
                picture = decode(folder / work.path.decode(), reader.config.views.short_side)
                pixels = torch.from_numpy(picture.pixels.copy()).float()
                changed = (pixels @ change.T).clamp(0, 255).byte().numpy()
                view = make_views(Picture(changed, picture.width, picture.height), work.hash, reader.config.views)
                (vector,) = reader.encode([view])
                cosines.append(float(vector @ vectors[row]))
                kept.append(len(nearest(vectors, vectors[row], row) & nearest(vectors, vector, row)) / 10)
            print(
                f"{recipe:10} {name:11} cosine {np.mean(cosines):.3f}   neighbours kept {np.mean(kept):.2f}", flush=True
            )


def nearest(vectors: np.ndarray, query: np.ndarray, but: int) -> set[int]:
    order = np.argsort(-(vectors @ query))
    return set(order[order != but][:10].tolist())


if __name__ == "__main__":
    main(*map(Path, given(__doc__)))
