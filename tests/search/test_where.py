"""Where on two pictures they are alike: a patch of another work lights up, and the page shows it."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import artbyol
from artbyol.base.errors import UsageError
from artbyol.report.likeness_words import where_alike
from artbyol.report.spotlight import spotlit
from artbyol.search.results import Whereabouts
from tests.conftest import paint


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dozen pictures, embedded by the untrained default."""
    folder = paint(tmp_path_factory.mktemp("where") / "works", 12)
    artbyol.embed(folder)
    return folder


@pytest.mark.slow
def test_a_patch_of_another_work_stands_out(works: Path, tmp_path: Path) -> None:
    right = 0
    for first, second in ((0, 9), (3, 7), (5, 11), (8, 2)):
        other = works / f"work{second:02d}.png"
        pasted = Image.open(works / f"work{first:02d}.png").convert("RGB").resize((640, 480))
        patch = Image.open(other).convert("RGB").resize((640, 480)).crop((160, 120, 400, 300))
        pasted.paste(patch, (380, 20))
        pasted.save(tmp_path / "pasted.png")
        found = artbyol.similar(tmp_path / "pasted.png", 11, folder=works, where=True, duplicates=True)
        (it,) = [one for one in found if one.path == other.name.encode()]
        places = np.array(it.where.on_query)
        height, width = places.shape
        inside = np.zeros(places.shape, bool)
        inside[: round(height * 200 / 480), round(width * 380 / 640) : round(width * 620 / 640)] = True
        right += places[inside].mean() > places[~inside].mean()
    assert right == 4


@pytest.mark.slow
def test_it_is_said_of_both_pictures_and_shown_on_the_page(works: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    found = artbyol.similar(works / "work00.png", 3, where=True, html=page)
    for one in found:
        assert one.where is not None
        assert np.allclose([np.mean(one.where.on_query), np.mean(one.where.on_work)], 0, atol=0.02)
    assert page.read_text(encoding="utf-8").count("<figure") == 3
    fewer = Path(shutil.copytree(works, tmp_path / "fewer"))
    (fewer / found.neighbours[0].path.decode()).unlink()
    assert [one.where is None for one in artbyol.similar(fewer / "work00.png", 3, where=True)] == [True, False, False]


@pytest.mark.slow
def test_a_gallery_has_it_of_every_work_and_its_nearest(works: Path, tmp_path: Path) -> None:
    artbyol.gallery(works, tmp_path / "pages", thumbnails=64, large=0, where=True)
    (file,) = tmp_path.glob("pages/pages-*/data/details/0.js")
    text = file.read_text(encoding="ascii")
    details = json.loads(text[text.index(",") + 1 : text.rindex(")")])
    for told in details:
        assert len(told["where"]) == len(told["near"]) == 11
        for pair in told["where"]:
            for height, width, light in pair:
                assert len(base64.b64decode(light)) == height * width > 60
    ranks = {one["near"][0][0]: one["where"][0] for one in details}
    assert len({json.dumps(one) for one in ranks.values()}) == len(ranks)  # each its own


def test_it_is_known_of_one_picture_in_style_and_of_statistics(gallery: Path) -> None:
    with pytest.raises(UsageError, match="one picture, in style"):
        artbyol.similar(gallery / "work00.png", by="tone", where=True)
    with pytest.raises(UsageError, match="does not tell where"):
        artbyol.similar(gallery / "work00.png", where=True)


def test_places_are_named_and_lit() -> None:
    where = Whereabouts(((0.0, 0.1, 0.2), (0.0, 0.1, 3.0), (0, 0, 0)), ((0.0, 0.0, 0.0), (0.0, 3.0, 0.0), (0, 0, 0)))
    assert where_alike(where) == "right, there the middle"
    assert where_alike(None) == ""
    red = np.asarray(spotlit(Image.new("RGB", (90, 90), "red"), where.on_query)).astype(int)
    assert red[45, 85, 0] > 240 > red[80, 10, 0] and red[80, 10, 1] > 40  # what is not lit is grey
