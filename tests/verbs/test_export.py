"""`export`: every format read back with the program it is for, or as that program documents it."""

from __future__ import annotations

import csv
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import artbyol
from artbyol.base.errors import ArtbyolError, UsageError
from artbyol.base.spreadsheet import as_it_was
from artbyol.evaluation.foreign_vectors import read_vectors
from artbyol.report.export.dataset import COLUMNS
from artbyol.report.export.exporting import Format
from tests.conftest import run_cli, snapshot, vectors

HOSTILE = b'=<script>alert(1),"\t\n\xff.png'


@pytest.fixture
def described(gallery: Path) -> Path:
    """The gallery with a table, a copy, and a picture whose name is as bad as names get."""
    rows = ["filename,artist,title,year,tags,lender"]
    rows += [f"work{n:02d}.png,Anna Berg,Piece {n},{1880 + n},sea|oil,Museum B" for n in range(12)]
    (gallery / "metadata.csv").write_text("\n".join(rows))
    shutil.copy2(gallery / "work01.png", gallery / "zz copy of 01.png")
    os.rename(gallery / "work23.png", os.path.join(os.fsencode(gallery), HOSTILE))
    artbyol.embed(gallery)
    return gallery


@pytest.mark.slow
def test_csv(described: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    found = artbyol.export(described, target, k=3)
    assert (found.format, found.works, found.described, found.groups) == ("csv", 24, 12, 3)
    with target.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        rows = [{name: as_it_was(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    assert tuple(rows[0])[: len(COLUMNS)] == COLUMNS and "lender" in rows[0] and "v000" not in rows[0]
    by_path = {os.fsencode(row["path"]): row for row in rows}
    assert set(by_path) == {HOSTILE, *(b"work%02d.png" % n for n in range(23))}
    one = by_path[b"work01.png"]
    assert (one["artist"], one["title"], one["year"], one["lender"]) == ("Anna Berg", "Piece 1", "1881", "Museum B")
    assert json.loads(one["tags"]) == ["sea", "oil"] and json.loads(one["copies"]) == ["zz copy of 01.png"]
    assert by_path[HOSTILE]["title"] == "" and one["model"] == found.model_id
    near = artbyol.similar(described / "work01.png", 1, nearest_only=True).neighbours[0].path
    assert one["neighbours"].split()[0] == by_path[near]["id"]
    groups = {m.path: group.number for group in artbyol.cluster(described, 3).groups for m in group.members}
    assert {path: int(row["group"]) for path, row in by_path.items()} == {p: groups[p] for p in by_path}
    assert all(0 <= float(row[axis]) <= 1 for row in rows for axis in "xy")
    assert len({(row["x"], row["y"]) for row in rows}) == 24
    artbyol.export(described, target, vectors=True)  # an export replaces an export
    with target.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        assert "v000" in next(csv.reader(file))


@pytest.mark.slow
def test_json_lines(described: Path, tmp_path: Path) -> None:
    artbyol.export(described, tmp_path / "out.jsonl", neighbours=3)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="ascii").splitlines()]
    assert [os.fsencode(row["path"]) for row in rows] == sorted({HOSTILE, *(b"work%02d.png" % n for n in range(23))})
    known = vectors(described)
    for row in rows:
        assert np.allclose(row["vector"], known[os.fsencode(row["path"])], atol=1e-4)
        assert len(row["neighbours"]["ids"]) == 3 and row["made_by"].startswith("artbyol")
        assert np.all(np.diff(row["neighbours"]["distances"]) >= 0)


@pytest.mark.slow
def test_parquet_opens_in_pandas_as_embedding_atlas_wants_it(described: Path, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    found = artbyol.export(described, tmp_path / "out.parquet", neighbours=4)
    table = parquet.read_table(tmp_path / "out.parquet")
    kind = table.schema.field("vector").type
    assert pyarrow.types.is_fixed_size_list(kind) and kind.list_size == len(next(iter(vectors(described).values())))
    about = json.loads(table.schema.metadata[b"artbyol"])
    assert about["model"] == found.model_id and about["works"] == 24
    rows = table.to_pylist()
    assert {"x", "y", "path", "title", "lender"} <= set(rows[0])
    for number, row in enumerate(rows):
        near, distances = row["neighbours"]["ids"], row["neighbours"]["distances"]
        assert len(near) == 4 and number not in near and max(near) < len(rows)
        other = np.array(rows[near[0]]["vector"])
        assert distances[0] == pytest.approx(1 - np.dot(row["vector"], other), abs=1e-4)
    assert rows[1]["year"] in (1880, 1881) and rows[-1]["tags"] == []


def test_npy_is_what_evaluate_reads(described: Path, tmp_path: Path) -> None:
    found = artbyol.export(described, tmp_path / "out.npy")
    assert found.groups is None and np.isnan(found.trustworthiness)  # for vectors alone nothing is grouped or laid out
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(not row[name] for row in rows for name in ("group", "group_name", "likeness", "x", "y"))
    assert all(row["neighbours"] for row in rows)
    assert artbyol.export(described, tmp_path / "out.npy", k=2).groups == 2  # unless that was asked for
    written, names = read_vectors(tmp_path / "out.npy")
    known = vectors(described)
    assert os.fsdecode(HOSTILE) in names
    for name, row in zip(names, written, strict=True):
        assert np.array_equal(row, known[os.fsencode(name)])


@pytest.mark.slow
def test_projector(described: Path, tmp_path: Path) -> None:
    artbyol.export(described, tmp_path / "logs", "projector")
    config = (tmp_path / "logs" / "projector_config.pbtxt").read_text()
    for line in ('tensor_path: "tensors.tsv"', 'metadata_path: "metadata.tsv"', "single_image_dim: 64"):
        assert line in config
    tensors = np.loadtxt(tmp_path / "logs" / "tensors.tsv", delimiter="\t")
    head, *lines = (tmp_path / "logs" / "metadata.tsv").read_text(encoding="utf-8").split("\n")[:-1]
    assert len(lines) == len(tensors) == 24
    assert {line.count("\t") for line in lines} == {head.count("\t")}
    with Image.open(tmp_path / "logs" / "sprite.png") as sprite:
        assert sprite.size == (5 * 64, 5 * 64)


def test_vikus(described: Path, tmp_path: Path) -> None:
    artbyol.export(described, tmp_path / "data", "vikus", k=3)
    config = json.loads((tmp_path / "data" / "config.json").read_bytes())
    here = lambda address: tmp_path / address  # noqa: E731  (addresses begin with data/)
    loader = config["loader"]
    with here(loader["items"]).open(encoding="utf-8", newline="") as file:
        items = list(csv.DictReader(file))
    with here(loader["timeline"]).open(encoding="utf-8", newline="") as file:
        assert {row["year"] for row in csv.DictReader(file)} == {row["year"] for row in items}
    with here(loader["layouts"][0]["url"]).open(encoding="utf-8", newline="") as file:
        assert {row["id"] for row in csv.DictReader(file)} == {row["id"] for row in items}
    assert "sea" in items[1]["keywords"].split(",") and here(loader["info"]).is_file()
    shown = {one["source"] for one in config["detail"]["structure"]}
    assert shown <= set(items[0])
    medium = here(loader["textures"]["medium"]["url"])
    sprites = json.loads(medium.read_bytes())
    assert sprites["meta"] == {"type": "pixi-packer", "version": 1, "app": sprites["meta"]["app"]}
    names = []
    for sheet in sprites["spritesheets"]:
        with Image.open(medium.parent / sheet["image"]) as im:
            size = im.size
        for sprite in sheet["sprites"]:
            at, extent = sprite["position"], sprite["dimension"]
            assert at["x"] + extent["w"] <= size[0] and at["y"] + extent["h"] <= size[1]
            assert here(loader["textures"]["detail"]["url"] + sprite["name"] + ".jpg").is_file()
            names.append(sprite["name"])
    assert sorted(names) == sorted(row["id"] for row in items)


HTML = "<img src=x onerror=alert(1)> & [a](javascript:alert(1))"


def test_nothing_written_about_a_work_becomes_a_part_of_a_page(gallery: Path, tmp_path: Path) -> None:
    folder = gallery.rename(tmp_path / HTML)
    (folder / "metadata.csv").write_text(f"filename,title,tags,{HTML}\nwork00.png,{HTML},{HTML},{HTML}\n")
    artbyol.cluster(folder, 2, keep=True)
    artbyol.groups(folder, rename=("1", HTML))
    artbyol.export(folder, tmp_path / "data", "vikus")
    for name in ("data.csv", "config.json", "info.md", "timeline.csv"):
        text = (tmp_path / "data" / name).read_text(encoding="utf-8")
        cells = text.partition("\n")[2] if name == "data.csv" else text.replace('"source": "_<', "")
        assert "<" not in cells and ("onerror" in text or name == "timeline.csv"), name
    assert "onerror=alert(1)&gt; & [a](java" in (tmp_path / "data" / "data.csv").read_text(encoding="utf-8")
    assert "[a](javascript" not in (tmp_path / "data" / "info.md").read_text(encoding="utf-8")
    artbyol.similar(folder / "work01.png", 23, html=tmp_path / "page.html")
    assert "<img src=x" not in (tmp_path / "page.html").read_text(encoding="utf-8")
    artbyol.gallery(folder, tmp_path / "pages")
    for page in (tmp_path / "pages").rglob("*"):
        if page.suffix in (".html", ".js"):
            assert "<img src=x" not in page.read_text(encoding="utf-8"), page


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "npy"])
def test_nothing_but_an_export_is_replaced(kind: Format, gallery: Path, tmp_path: Path) -> None:
    target = tmp_path / f"mine.{kind}"
    target.write_bytes(b"filename,label\nmy own work\n")
    for path in (target, gallery / "work00.png"):
        before = path.read_bytes()
        with pytest.raises(UsageError):
            artbyol.export(gallery, path, kind, k=2)
        assert path.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["gallery", target.name]


@pytest.mark.parametrize("kind", ["projector", "vikus"])
@pytest.mark.slow
def test_no_folder_but_an_exports_is_replaced(kind: Format, gallery: Path, tmp_path: Path) -> None:
    before = snapshot(gallery)
    with pytest.raises(UsageError, match="holds original pictures"):
        artbyol.export(gallery, gallery, kind, k=2)
    inside = gallery / "exported"
    artbyol.export(gallery, inside, kind, k=2)
    artbyol.export(gallery, inside, kind, k=3)
    assert artbyol.embed(gallery).works == 24  # its pictures are no works
    (inside / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"mine\.txt"):
        artbyol.export(gallery, inside, kind, k=2)
    assert (inside / "mine.txt").read_text() == "mine"
    assert before.items() <= snapshot(gallery).items()


def test_vectors_of_somebody_else_beside_an_export_are_left_alone(gallery: Path, tmp_path: Path) -> None:
    artbyol.export(gallery, tmp_path / "works.csv", k=3)
    np.save(tmp_path / "works.npy", np.arange(3))
    with pytest.raises(UsageError, match="left as it is"):
        artbyol.export(gallery, tmp_path / "works.npy", k=3)
    assert np.load(tmp_path / "works.npy").tolist() == [0, 1, 2]


@pytest.mark.slow
def test_a_link_to_an_export_stays_a_link(gallery: Path, tmp_path: Path) -> None:
    artbyol.export(gallery, tmp_path / "works.csv", k=3)
    (tmp_path / "link.csv").symlink_to("works.csv")
    artbyol.export(gallery, tmp_path / "link.csv", k=2)
    assert (tmp_path / "link.csv").is_symlink()
    with (tmp_path / "works.csv").open(newline="") as file:
        assert {row["group"] for row in csv.DictReader(file)} == {"1", "2"}


def test_what_makes_no_sense_is_said(gallery: Path, tmp_path: Path) -> None:
    for target, kind in ((tmp_path / "x", None), (tmp_path / "x.csv", "pickle"), (tmp_path / "x.bin", "npy")):
        with pytest.raises(UsageError):
            artbyol.export(gallery, target, kind)  # type: ignore[arg-type]
    with pytest.raises(ArtbyolError):
        artbyol.export(gallery, tmp_path / "no" / "such" / "folder.csv", k=2)
    assert not (tmp_path / "no").exists()


@pytest.mark.slow
def test_command_line(gallery: Path, tmp_path: Path) -> None:
    result = run_cli("export", gallery, "-o", tmp_path / "out.jsonl", "--no-vectors", "-k", "2", "--json")
    assert result.returncode == 0 and json.loads(result.stdout)["works"] == 24
    assert b'"vector"' not in (tmp_path / "out.jsonl").read_bytes()
    assert run_cli("export", gallery, "-o", tmp_path / "out.xyz").returncode == 2
