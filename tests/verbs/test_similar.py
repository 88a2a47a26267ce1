"""Search: by pictures inside and outside the collection, one or several, towards and away."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import artbyol
from artbyol.base.errors import (
    DecodeError,
    FolderError,
    ModelMismatchError,
    StoreMissingError,
    UsageError,
)
from artbyol.pictures.measures.axes import AXES
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate
from tests.conftest import give_model, names_of, paint, painting, run_cli, run_python, vectors
from tests.verbs.test_embed import without_axes

WITHOUT_TORCH = """
import sys
import artbyol
found = artbyol.similar(sys.argv[1:-1], 3, folder=sys.argv[-1])
print(len(found.neighbours), sorted({"torch", "torchvision", "timm", "sklearn"} & set(sys.modules)))
"""


def by_cosine(folder: Path, direction: np.ndarray, without: set[bytes]) -> list[str]:
    """Files of a collection, the closest to a direction first, calculated plainly."""
    scores = {path: float(vector @ direction) for path, vector in vectors(folder).items() if path not in without}
    return [path.decode() for path in sorted(scores, key=lambda path: -scores[path])]


def test_the_nearest_come_first_with_their_cosines_and_the_query_is_left_out(gallery: Path) -> None:
    found = artbyol.similar(gallery / "work05.png", 6, nearest_only=True)
    own = vectors(gallery)
    query = own[b"work05.png"]
    assert names_of(found.neighbours) == by_cosine(gallery, query, {b"work05.png"})[:6]
    assert [n.cosine for n in found.neighbours] == pytest.approx([float(own[n.path] @ query) for n in found.neighbours])
    assert [n.rank for n in found.neighbours] == [1, 2, 3, 4, 5, 6]
    assert found.left_out == (b"work05.png",)
    assert found.works == 24 and found.folder == gallery


def test_percentiles_lie_between_0_and_100_and_fall_with_the_rank(gallery: Path) -> None:
    found = artbyol.similar(gallery / "work05.png", 50, nearest_only=True).neighbours
    assert all(0 <= n.percentile <= 100 for n in found)
    assert all(a.percentile >= b.percentile for a, b in pairwise(found))
    assert found[0].percentile > found[-1].percentile
    every = np.stack(list(vectors(gallery).values()))
    pairs = (every @ every.T)[np.triu_indices(len(every), 1)]
    for one in found:
        assert one.percentile == pytest.approx(100 * float((pairs < one.cosine).mean()), abs=1)


def test_asking_for_more_than_there_are_gives_all_the_others(gallery: Path) -> None:
    assert len(artbyol.similar(gallery / "work05.png", 10**15).neighbours) == 23


@pytest.mark.slow
def test_a_known_picture_is_found_without_torch_wherever_it_lies(gallery: Path, tmp_path: Path) -> None:
    outside = shutil.copy(gallery / "work09.png", tmp_path / "copy outside.png")
    done = run_python(WITHOUT_TORCH, gallery / "work05.png", outside, gallery)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "3 []"


def test_a_copy_outside_is_answered_as_the_work_itself(gallery: Path, tmp_path: Path) -> None:
    outside = Path(shutil.copy(gallery / "work09.png", tmp_path / "elsewhere.png"))
    inside = artbyol.similar(gallery / "work09.png", 5)
    found = artbyol.similar(outside, 5, folder=gallery)
    assert found.neighbours == inside.neighbours
    assert found.left_out == (b"work09.png",)


def test_a_picture_nobody_has_seen_is_answered_as_if_it_were_in_the_collection(gallery: Path, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.png"
    painting(700).save(stranger)
    found = artbyol.similar(stranger, 5, folder=gallery)
    assert found.left_out == () and found.works == 24
    shutil.copy(stranger, gallery)
    artbyol.embed(gallery)
    inside = artbyol.similar(gallery / "stranger.png", 5)
    assert names_of(inside.neighbours) == names_of(found.neighbours)
    assert [n.cosine for n in inside.neighbours] == pytest.approx([n.cosine for n in found.neighbours], abs=1e-5)


def test_several_pictures_ask_for_more_like_all_of_them(gallery: Path) -> None:
    own = vectors(gallery)
    asked = [gallery / "work01.png", gallery / "work02.png", gallery / "work03.png"]
    names = {path.name.encode() for path in asked}
    direction = sum(own[name] for name in names)
    found = artbyol.similar(asked, 8, nearest_only=True)
    assert names_of(found.neighbours) == by_cosine(gallery, direction, names)[:8]
    assert set(found.left_out) == names


def test_a_folder_asks_for_its_pictures_and_passes_over_what_is_none(gallery: Path, tmp_path: Path) -> None:
    folder = tmp_path / "liked"
    (folder / "deeper").mkdir(parents=True)
    shutil.copy(gallery / "work01.png", folder)
    shutil.copy(gallery / "work02.png", folder / "deeper")
    (folder / "broken.jpg").write_bytes(b"nothing")
    found = artbyol.similar(folder, 8, folder=gallery)
    by_name = artbyol.similar([gallery / "work01.png", gallery / "work02.png"], 8)
    assert found.neighbours == by_name.neighbours
    assert len(found.queries) == 2


def test_unlike_moves_away_from_a_picture(gallery: Path) -> None:
    own = vectors(gallery)
    plain = artbyol.similar(gallery / "work05.png", 23).neighbours
    disliked = plain[0].path
    moved = artbyol.similar(gallery / "work05.png", 23, unlike=[gallery / disliked.decode()])
    assert [n.path for n in plain].index(disliked) < [n.path for n in moved.neighbours].index(disliked)
    likeness = np.mean([own[n.path] @ own[disliked] for n in plain[:8]])
    assert np.mean([own[n.path] @ own[disliked] for n in moved.neighbours[:8]]) < likeness
    assert moved.unlike == (str(gallery / disliked.decode()).encode(),)


def test_copies_and_recompressed_sizes_of_the_query_are_left_out_unless_asked_for(gallery: Path) -> None:
    original = painting(900, 384, 320)
    original.save(gallery / "large.png")
    shutil.copy(gallery / "large.png", gallery / "exact.png")
    original.resize((288, 240)).save(gallery / "smaller.jpg", quality=70)
    artbyol.embed(gallery)
    found = artbyol.similar(gallery / "large.png", 30)
    assert set(names_of(found.neighbours)) == {f"work{n:02d}.png" for n in range(24)}
    assert sorted(found.left_out) == [b"exact.png", b"smaller.jpg"]  # large.png is the same content as exact.png

    kept = artbyol.similar(gallery / "large.png", 30, duplicates=True)
    assert kept.left_out == ()
    first, second = kept.neighbours[:2]
    assert first.path == b"exact.png" and first.copies == (b"large.png",)
    assert first.cosine == pytest.approx(1, abs=1e-5)
    assert second.path == b"smaller.jpg"
    assert len(kept.neighbours) == 26


def test_left_out_duplicates_do_not_shorten_the_answer(gallery: Path) -> None:
    original = painting(900, 384, 320)
    for number in range(9):
        original.resize((384 - 12 * number, 320 - 10 * number)).save(gallery / f"again{number}.jpg", quality=90)
    artbyol.embed(gallery)
    found = artbyol.similar(gallery / "again0.jpg", 4)
    assert len(found.left_out) == 9
    assert len(found.neighbours) == 4 and all(n.path.startswith(b"work") for n in found.neighbours)


def test_the_collection_is_found_from_the_working_directory(
    gallery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painting(700).save(tmp_path / "stranger.png")
    (gallery / "sub").mkdir()
    monkeypatch.chdir(gallery / "sub")
    assert artbyol.similar("../../stranger.png", 3).folder == gallery


def test_a_picture_changed_since_is_looked_at_as_it_is_now(gallery: Path) -> None:
    painting(701).save(gallery / "work05.png")
    found = artbyol.similar(gallery / "work05.png", 3)
    assert b"work05.png" not in found.left_out  # what the collection holds under this name is another picture


@pytest.mark.slow
def test_a_newer_model_is_a_named_error_with_its_remedy(gallery: Path) -> None:
    give_model(gallery, seed=1)
    for search in (lambda: artbyol.similar(gallery / "work05.png"), lambda: artbyol.cluster(gallery)):
        with pytest.raises(ModelMismatchError, match="the model now is") as caught:
            search()
        assert caught.value.hint == f"artbyol embed {gallery}"
    artbyol.embed(gallery)
    assert artbyol.similar(gallery / "work05.png").neighbours


def test_before_anything_is_embedded_the_command_for_it_is_named(tmp_path: Path) -> None:
    folder = paint(tmp_path / "new", 3)
    with pytest.raises(StoreMissingError) as caught:
        artbyol.similar(folder / "work00.png", folder=folder)
    assert caught.value.hint == f"artbyol embed {folder}"
    give_model(folder)
    with pytest.raises(StoreMissingError) as caught:
        artbyol.similar(folder / "work00.png")
    assert caught.value.hint == f"artbyol embed {folder}"


def test_outside_any_collection_the_way_in_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    painting(0).save(tmp_path / "lonely.png")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreMissingError, match=r"lonely\.png") as caught:
        artbyol.similar("lonely.png")
    assert "--in FOLDER" in str(caught.value.hint)


def test_a_collection_of_nothing_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "nothing"
    folder.mkdir()
    artbyol.embed(folder)
    painting(0).save(tmp_path / "query.png")
    with pytest.raises(FolderError, match="no embedded picture"):
        artbyol.similar(tmp_path / "query.png", folder=folder)


def test_queries_that_are_no_pictures_are_refused_one_by_one(gallery: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_text("dear aunt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DecodeError, match=r"letter\.jpg is not usable: no picture"):
        artbyol.similar([gallery / "work00.png", tmp_path / "letter.jpg"], folder=gallery)
    with pytest.raises(UsageError, match="no file"):
        artbyol.similar(tmp_path / "missing.png", folder=gallery)
    with pytest.raises(UsageError, match="no usable picture"):
        artbyol.similar(tmp_path / "empty", folder=gallery)
    with pytest.raises(UsageError, match="at least 1"):
        artbyol.similar(gallery / "work00.png", 0)
    with pytest.raises(UsageError, match="at least one picture"):
        artbyol.similar([], folder=gallery)


def test_a_lost_or_damaged_index_is_made_again_without_a_word_about_it(gallery: Path) -> None:
    before = artbyol.similar(gallery / "work05.png").neighbours
    index = gallery / ".artbyol" / "index.safetensors"
    index.write_bytes(index.read_bytes()[:100])
    assert artbyol.similar(gallery / "work05.png").neighbours == before
    index.unlink()
    assert artbyol.similar(gallery / "work05.png").neighbours == before


BY_PALETTE_WITHOUT_TORCH = """
import sys
import artbyol
found = artbyol.similar(sys.argv[1], 3, by="palette", folder=sys.argv[2])
print(len(found.neighbours), sorted({"torch", "torchvision", "timm", "sklearn"} & set(sys.modules)))
"""


def measured(folder: Path, axis: str) -> dict[bytes, np.ndarray]:
    """Every file with its direction on an axis, calculated plainly."""
    with Catalogue.open(locate(folder).catalogue, read_only=True) as catalogue:
        ids, rows = catalogue.vectors(f"{axis}-1")
        paths = catalogue.paths_of(ids.tolist())
    if axis != "palette":
        rows = (rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 0.01 * rows.std(axis=0).max() + 1e-6)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return {paths[int(number)][0]: row for number, row in zip(ids, rows, strict=True)}


@pytest.mark.parametrize("axis", ["brushwork", "palette", "composition", "tone"])
def test_every_axis_has_neighbours_of_its_own(gallery: Path, axis: str) -> None:
    found = artbyol.similar(gallery / "work05.png", 23, by=axis)  # type: ignore[arg-type]
    assert (found.by, found.model_id, found.works) == (axis, f"{axis}-1", 24)
    own = measured(gallery, axis)
    expected = [float(own[n.path] @ own[b"work05.png"]) for n in found.neighbours]
    assert [n.cosine for n in found.neighbours] == pytest.approx(expected, abs=0.02)
    assert locate(gallery).index_of(axis).name == f"index-{axis}.safetensors"  # type: ignore[arg-type]
    assert locate(gallery).index_of(axis).is_file()  # type: ignore[arg-type]
    assert names_of(found.neighbours) != names_of(artbyol.similar(gallery / "work05.png", 23).neighbours)
    assert artbyol.similar(gallery / "work05.png", 23, by=axis) == found  # type: ignore[arg-type]  # index read


@pytest.mark.slow
def test_by_palette_a_stranger_needs_no_network_and_no_torch(gallery: Path, tmp_path: Path) -> None:
    painting(700).save(tmp_path / "stranger.png")
    done = run_python(BY_PALETTE_WITHOUT_TORCH, tmp_path / "stranger.png", gallery)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "3 []"


@pytest.mark.parametrize("axis", ["brushwork", "palette", "composition", "tone"])
def test_a_stranger_is_answered_on_every_axis_as_if_it_were_inside(gallery: Path, tmp_path: Path, axis: str) -> None:
    painting(5).save(tmp_path / "again.bmp")  # the same pixels in another file, which the catalogue does not know
    found = artbyol.similar(tmp_path / "again.bmp", 1, by=axis, folder=gallery, duplicates=True)  # type: ignore[arg-type]
    assert names_of(found.neighbours) == ["work05.png"]
    assert found.neighbours[0].cosine == pytest.approx(1, abs=1e-5)


def test_several_queries_and_unlike_work_on_an_axis(gallery: Path) -> None:
    own = measured(gallery, "tone")
    plain = artbyol.similar(gallery / "work05.png", 23, by="tone").neighbours
    away = gallery / plain[0].path.decode()
    moved = artbyol.similar(gallery / "work05.png", 23, by="tone", unlike=[away]).neighbours
    assert [n.path for n in moved].index(plain[0].path) > 0
    asked = [gallery / "work01.png", gallery / "work02.png"]
    both = artbyol.similar(asked, 22, by="tone").neighbours
    direction = own[b"work01.png"] + own[b"work02.png"]
    cosines = [float(own[n.path] @ direction) for n in both]
    assert cosines == pytest.approx(sorted(cosines, reverse=True), abs=0.03)


def test_why_gives_percentiles_on_every_axis_and_what_follows_from_them(gallery: Path) -> None:
    found = artbyol.similar(gallery / "work05.png", 23, why=True)
    assert [n.why.style for n in found.neighbours if n.why] == pytest.approx(
        [n.percentile for n in found.neighbours], abs=0.01
    )
    by_tone = {n.path: n.percentile for n in artbyol.similar(gallery / "work05.png", 23, by="tone").neighbours}
    for one in found.neighbours:
        assert one.why is not None
        assert one.why.tone == pytest.approx(by_tone[one.path], abs=0.2)
        for axis in AXES:
            share = getattr(one.why, axis)
            assert (axis in one.why.agree) == (share >= 80) and (axis in one.why.differ) == (share < 50)
    assert artbyol.similar(gallery / "work05.png", 3).neighbours[0].why is None


def test_a_newer_model_does_not_stop_a_search_by_palette(gallery: Path) -> None:
    give_model(gallery, seed=1)
    assert artbyol.similar(gallery / "work05.png", by="palette").neighbours
    with pytest.raises(ModelMismatchError):
        artbyol.similar(gallery / "work05.png", by="palette", why=True)


def test_a_catalogue_from_before_the_axes_names_the_command(gallery: Path) -> None:
    without_axes(gallery)
    with pytest.raises(StoreMissingError, match="24 of the 24 pictures") as caught:
        artbyol.similar(gallery / "work05.png", by="palette")
    assert caught.value.hint == f"artbyol embed {gallery}"
    assert artbyol.similar(gallery / "work05.png").neighbours


def test_an_axis_there_is_not_is_refused(gallery: Path) -> None:
    with pytest.raises(UsageError, match="no axis 'mood'") as caught:
        artbyol.similar(gallery / "work05.png", by="mood")  # type: ignore[arg-type]
    assert "palette" in str(caught.value.hint)


@pytest.mark.slow
def test_by_and_why_on_the_command_line(gallery: Path, tmp_path: Path) -> None:
    lines = run_cli("similar", gallery / "work05.png", "--by", "palette", "--why", "-k", 3).stdout.decode().splitlines()
    assert len(lines) == 3 and all("agree: " in line and "palette " in line for line in lines)
    done = run_cli("similar", gallery / "work05.png", "--by", "tone", "--why", "--json", "--sheet", tmp_path / "a.png")
    parsed = json.loads(done.stdout)
    assert parsed["by"] == "tone"
    assert set(parsed["neighbours"][0]["why"]) == {*AXES, "agree", "differ"}
    assert (tmp_path / "a.png").is_file()
    plain = run_cli("similar", gallery / "work05.png", "--by", "tone", "--paths", "-k", 2).stdout.decode().splitlines()
    assert plain == [str(gallery / one["path"]) for one in parsed["neighbours"][:2]]
