"""`describe`, and the words and colours of groups."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

import artbyol
from artbyol.base.errors import DecodeError, StoreMissingError, UsageError
from artbyol.base.events import Event, Notice
from artbyol.pictures.measures.attributes import ATTRIBUTES
from artbyol.pictures.measures.axes import ATTRIBUTES_ID
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate
from tests.bench.axes import darker
from tests.conftest import painting, run_cli, run_python
from tests.verbs.test_embed import without_axes

WITHOUT_TORCH = """
import sys
import artbyol
found = artbyol.describe(sys.argv[1], folder=sys.argv[2])
print(len(found.works), sorted({"torch", "torchvision", "timm", "faiss"} & set(sys.modules)))
"""


def test_a_work_is_described_with_words_colours_and_all_attributes(gallery: Path) -> None:
    found = artbyol.describe(gallery / "work05.png")
    assert (found.folder, found.compared_with) == (gallery, 24)
    (work,) = found.works
    assert work.path == str(gallery / "work05.png").encode()
    assert [one.name for one in work.attributes] == [attribute.name for attribute in ATTRIBUTES]
    assert all(0 <= one.percentile <= 100 for one in work.attributes)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour.hex) for colour in work.colours)
    assert sum(colour.share for colour in work.colours) == pytest.approx(1, abs=1e-5)


def test_the_darkest_work_is_called_darker(gallery: Path) -> None:
    import numpy as np
    from PIL import Image

    pixels = np.asarray(painting(30))
    for _ in range(4):
        pixels = darker(pixels)
    Image.fromarray(pixels).save(gallery / "night.png")
    artbyol.embed(gallery)
    works = {work.path.split(b"/")[-1]: work for work in artbyol.describe(gallery).works}
    assert len(works) == 25
    assert "darker" in works[b"night.png"].words
    (lightness,) = [one for one in works[b"night.png"].attributes if one.name == "lightness"]
    assert lightness.percentile == 2 and lightness.deviation < -1.5  # level with itself: half of one in 25
    assert sum("darker" in work.words for work in works.values()) <= 2


@pytest.mark.slow
def test_a_picture_outside_is_described_as_it_would_be_inside(gallery: Path, tmp_path: Path) -> None:
    painting(700).save(tmp_path / "stranger.png")
    (outside,) = artbyol.describe(tmp_path / "stranger.png", folder=gallery).works
    shutil.copy(tmp_path / "stranger.png", gallery)
    artbyol.embed(gallery)
    (inside,) = artbyol.describe(gallery / "stranger.png").works
    assert outside.colours == inside.colours
    assert [one.value for one in outside.attributes] == [one.value for one in inside.attributes]
    done = run_python(WITHOUT_TORCH, tmp_path / "stranger.png", gallery)
    assert done.stdout.strip() == "1 []", done.stderr


def test_what_cannot_be_described_is_refused(gallery: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_text("dear aunt")
    with pytest.raises(DecodeError, match=r"letter\.jpg"):
        artbyol.describe(tmp_path / "letter.jpg", folder=gallery)
    with pytest.raises(UsageError, match="no file"):
        artbyol.describe(gallery / "nothing.png")
    with pytest.raises(UsageError, match="at least one"):
        artbyol.describe([])
    without_axes(gallery)
    with pytest.raises(StoreMissingError, match=ATTRIBUTES_ID) as caught:
        artbyol.describe(gallery / "work05.png")
    assert caught.value.hint == f"artbyol embed {gallery}"


@pytest.mark.slow
def test_the_command_prints_tables_for_pipes_and_json(gallery: Path) -> None:
    one = run_cli("describe", gallery / "work05.png", cwd=gallery)
    assert one.returncode == 0 and one.stderr == b""
    lines = one.stdout.decode().splitlines()
    assert lines[0].split() == ["work", "work05.png"]
    assert re.search(r"#[0-9a-f]{6} \d+%", lines[2])
    assert [line.split("\t")[0] for line in lines[3:]] == [attribute.name for attribute in ATTRIBUTES]
    several = run_cli("describe", gallery).stdout.decode().splitlines()
    assert len(several) == 24 and all(len(line.split("\t")) == 3 for line in several)
    parsed = json.loads(run_cli("describe", gallery / "work05.png", "--json").stdout)
    assert parsed["compared_with"] == 24
    assert set(parsed["works"][0]["colours"][0]) == {"hex", "share", "lab"}
    assert set(parsed["works"][0]["attributes"][0]) == {"name", "unit", "value", "percentile", "deviation"}


def test_groups_of_a_catalogue_without_attributes_are_not_described_and_this_is_said(gallery: Path) -> None:
    without_axes(gallery)
    told: list[Event] = []
    found = artbyol.cluster(gallery, k=3, listener=told.append)
    assert all(group.words == () and group.colours == () for group in found.groups)
    notices = [event.text for event in told if isinstance(event, Notice)]
    assert any(f"artbyol embed {gallery}" in text for text in notices)


def test_groups_by_palette_need_no_model(gallery: Path) -> None:
    found = artbyol.cluster(gallery, k=3, by="palette")
    assert (found.by, found.model_id) == ("palette", "palette-1")
    assert sum(group.size for group in found.groups) == 24
    locate(gallery).model.unlink()
    assert artbyol.cluster(gallery, k=3, by="palette").groups == found.groups


def test_attributes_are_kept_with_the_vectors(gallery: Path) -> None:
    with Catalogue.open(locate(gallery).catalogue, read_only=True) as catalogue:
        ids, numbers = catalogue.vectors(ATTRIBUTES_ID)
    assert numbers.shape == (24, len(ATTRIBUTES) + 20) and len(ids) == 24
