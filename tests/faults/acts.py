"""What is done to a small collection by every verb that writes, and where it begins."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import artbyol
from tests.conftest import give_model, painting

Do = Callable[[Path], object]
"""Does something in a folder that holds `works`, the collection, and `out`, where reports go."""

OUT, WORKS = "out", "works"
STYLE: dict[str, Any] = {"backbone": "mobilenet_v3_small", "weights": "none", "image_size": 64, "effort": "quick"}
STYLE |= {"epochs": 4, "precision": "fp32"}
CLASSIC: dict[str, Any] = {"backbone": "conv4", "weights": "none", "recipe": "classic", "image_size": 32, "epochs": 1}
CLASSIC |= {"batch_size": 4, "precision": "fp32"}


@dataclass(frozen=True)
class Act:
    """One call of a verb.

    Attributes:
        do: the call.
        start: name of the state it begins with; `first`: what was done besides.
        again: whether the call can be made once more after it was done; otherwise it is made again only where nothing
            was done.
        sidecars: whether it may write those beside the pictures.
    """

    do: Do
    start: str = "ready"
    first: Do | None = None
    again: bool = True
    sidecars: bool = False


def bare(root: Path) -> None:
    """A collection with a copy, a broken picture, a table, a sidecar and a letter; and another letter outside."""
    works = root / WORKS
    (works / "night ü").mkdir(parents=True)
    for number in range(8):
        painting(number, 40, 32).save(works / ("night ü" if number > 4 else "") / f"work {number}.png")
    shutil.copy2(works / "work 0.png", works / "work 0 (copy).png")
    (works / "broken.jpg").write_bytes(b"no picture")
    rows = [f"{'night ü/' if n > 4 else ''}work {n}.png,Work {n},{1900 + n}" for n in range(8)]
    (works / "metadata.csv").write_text("\n".join(["filename,title,year", *rows]) + "\n")
    (works / "labels.csv").write_text("filename,label\n" + "".join(f"work {n}.png,{'ab'[n % 2]}\n" for n in range(5)))
    (works / "work 1.png.xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"/></rdf:RDF></x:xmpmeta>'
    )
    (works / "work 1.png.xmp").chmod(0o640)
    (root / OUT).mkdir()
    for folder in (works, root / OUT):
        (folder / "letter.txt").write_text("mine")


def ready(root: Path) -> None:
    """The same, embedded; with strangers in the store."""
    bare(root)
    give_model(root / WORKS)
    artbyol.embed(root / WORKS)
    artbyol.similar(root / WORKS / "work 0.png", 2)
    for folder in ("", "features", "training"):
        (root / WORKS / ".artbyol" / folder).mkdir(exist_ok=True)
        (root / WORKS / ".artbyol" / folder / "letter.txt").write_text("mine")


def kept(root: Path) -> None:
    """The same, with groups that are kept, and changed once."""
    ready(root)
    artbyol.cluster(root / WORKS, 2, keep=True)
    artbyol.groups(root / WORKS, rename=("1", "Day"))


STATES: dict[str, Do] = {"bare": bare, "ready": ready, "kept": kept}


def _changed(root: Path) -> None:
    works = root / WORKS
    painting(50, 40, 32).save(works / "new.png")
    (works / "work 2.png").rename(works / "renamed.png")
    (works / "work 3.png").unlink()


def _damaged(root: Path) -> None:
    index = root / WORKS / ".artbyol" / "index.safetensors"
    data = bytearray(index.read_bytes())
    data[-1] ^= 1
    index.write_bytes(data)


def _mended(root: Path) -> object:
    artbyol.doctor(root / WORKS, fix=True)
    return artbyol.similar(root / WORKS / "work 0.png", 2)  # makes the index where doctor removed a bad one


def _part(root: Path) -> Path:
    """A store as another machine would have made it."""
    part = root / OUT / "part"
    if not part.exists():
        shutil.copytree(root / WORKS / ".artbyol", part, ignore=shutil.ignore_patterns("letter.txt"))
    return part


def _parted(root: Path) -> None:
    _part(root)
    for name in ("catalogue.sqlite", "model.safetensors", "index.safetensors"):
        (root / WORKS / ".artbyol" / name).unlink()


def _merged(root: Path) -> object:
    return artbyol.merge(_part(root), root / WORKS)


def _call(verb: Callable[..., object], **options: Any) -> Do:
    return lambda root: verb(root / WORKS, **options)


def _out(verb: Callable[..., object], name: str, argument: str, **options: Any) -> Do:
    return lambda root: verb(root / WORKS, **{argument: root / OUT / name}, **options)


def _asked(**options: Any) -> Do:
    def do(root: Path) -> object:
        files = {name: root / OUT / value for name, value in options.items()}
        return artbyol.similar(root / WORKS / "work 0.png", 3, **files)  # type: ignore[arg-type]

    return do


def _groups(**options: Any) -> Act:
    return Act(_call(artbyol.groups, **options), "kept", again=False)


def _twice(name: str, do: Callable[..., Do], one: dict[str, Any], two: dict[str, Any]) -> dict[str, Act]:
    """Something that is made, and made again otherwise where it was."""
    return {f"{name}, new": Act(do(**one)), f"{name}, again": Act(do(**two), first=do(**one))}


def _exported(name: str, **more: Any) -> Callable[..., Do]:
    return partial(_out, artbyol.export, name, "target", **more)


def _timed(root: Path) -> object:
    works = root / WORKS
    artbyol.outliers(works, sheet=root / OUT / "outliers.png")
    artbyol.duplicates(works, sheet=root / OUT / "duplicates.png")
    artbyol.path(works / "work 0.png", works / "work 1.png", sheet=root / OUT / "path.png")
    artbyol.between(works / "work 0.png", works / "work 1.png", 2, sheet=root / OUT / "between.png")
    return artbyol.timeline(works, sheet=root / OUT / "timeline.png")


def _another(root: Path) -> Path:
    other = root / OUT / "other"
    other.mkdir(exist_ok=True)
    for name in ("work 0.png", "work 2.png"):
        if not (other / name).exists():
            shutil.copy2(root / WORKS / name, other / name)
    return other


def _compared(root: Path) -> object:
    return artbyol.compare(root / WORKS, _another(root), csv=root / OUT / "compared.csv")


ACTS: dict[str, Act] = {
    "train style": Act(_call(artbyol.train, **STYLE), "bare"),
    "train classic, again": Act(_call(artbyol.train, **CLASSIC), "ready"),
    "embed, new": Act(_call(artbyol.embed), "bare", lambda root: give_model(root / WORKS)),
    "embed, changed": Act(_call(artbyol.embed), "kept", _changed),
    "compare": Act(_compared, first=_another),
    "merge": Act(_merged, "kept", first=_parted),
    "cluster --keep": Act(_call(artbyol.cluster, k=2, keep=True), again=False),
    "groups --into": _groups(works="work 0.png", into="Dusk", new=True),
    "groups --rename": _groups(rename=("Day", "Night")),
    "groups --merge": _groups(merge="1", into="2"),
    "groups --undo": _groups(undo=True),
    "groups --unfreeze": _groups(freeze=False),
    "groups --export": Act(_out(artbyol.groups, "groups.csv", "write"), "kept", again=False),
    "groups --import": Act(
        _out(artbyol.groups, "g.toml", "read"),
        "ready",
        lambda root: (
            artbyol.cluster(root / WORKS, 2, keep=True),
            artbyol.groups(root / WORKS, write=root / OUT / "g.toml"),
            artbyol.groups(root / WORKS, rename=("1", "x")),
        ),
    ),
    **_twice("cluster --csv", partial(_out, artbyol.cluster, "g.csv", "csv"), {"k": 2}, {"k": 3}),
    **_twice("organize, links", partial(_out, artbyol.cluster, "o", "organize"), {"k": 2}, {"k": 3}),
    **_twice("organize, copies", partial(_out, artbyol.cluster, "o", "organize", copy=True), {"k": 2}, {"k": 3}),
    **_twice("sheets, pdf", partial(_out, artbyol.cluster, "s", "sheet_dir", dpi=50), {"k": 2}, {"k": 3}),
    "sheets, png": Act(_out(artbyol.cluster, "s", "sheet_dir", dpi=50, k=2, sheet_format="png")),
    **_twice("similar --sheet", _asked, {"sheet": "s.jpg"}, {"sheet": "s.jpg"}),
    "similar --sheet pdf": Act(_asked(sheet="s.pdf")),
    "similar --html": Act(_asked(html="s.html")),
    "other sheets": Act(_timed),
    **_twice("export csv", _exported("x.csv"), {"k": 2}, {"k": 3}),
    **_twice("export jsonl", _exported("x.jsonl"), {"k": 2}, {"k": 3}),
    **_twice("export parquet", _exported("x.parquet"), {"k": 2}, {"k": 3}),
    **_twice("export npy", _exported("x.npy"), {"k": 2}, {"k": 3, "by": "tone"}),
    **_twice("export projector", _exported("p", format="projector"), {"k": 2}, {"k": 3}),
    **_twice("export vikus", _exported("v", format="vikus"), {"k": 2}, {"k": 3}),
    **_twice(
        "gallery",
        partial(_out, artbyol.gallery, "site", "destination", thumbnails=64, large=80),
        {"k": 2},
        {"k": 3, "title": "Another"},
    ),
    "tag --write": Act(_call(artbyol.tag, k=2, write=True), sidecars=True),
    "tag --remove": Act(
        _call(artbyol.tag, remove=True, write=True), first=_call(artbyol.tag, k=2, write=True), sidecars=True
    ),
    "evaluate --csv": Act(
        lambda root: artbyol.evaluate(root / WORKS, root / WORKS / "labels.csv", k=2, csv=root / OUT / "e.csv")
    ),
    "doctor --fix": Act(_mended, first=_damaged),
    "explore": Act(_call(artbyol.explore), "bare", lambda root: give_model(root / WORKS)),
}


def others() -> dict[str, Do]:
    """The verbs that only read."""
    return {"info": _call(artbyol.info), "describe": lambda root: artbyol.describe(root / WORKS / "work 0.png")}


def originals(root: Path, act: Act) -> dict[str, object]:
    """All that an act must leave: bytes, time, rights and further attributes of every file but those it may write."""
    found: dict[str, object] = {}
    for here, folders, files in os.walk(root):
        for name in (*files, *folders):
            path = Path(here, name)
            inside = path.relative_to(root)
            if path.name == "letter.txt" or (
                inside.parts[0] == WORKS
                and ".artbyol" not in inside.parts
                and not (act.sidecars and path.suffix == ".xmp")
                and ".tmp" not in inside.as_posix()
                and path.is_file()
            ):
                status = path.stat()
                more = [(one, os.getxattr(path, one)) for one in os.listxattr(path)]
                found[inside.as_posix()] = (path.read_bytes(), status.st_mtime_ns, status.st_mode, more)
    return found
