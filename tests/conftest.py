"""What several tests share: drawn pictures, small collections of them, models that cost nothing, the command line."""

from __future__ import annotations

import os

# Before torch is imported, here and in the processes started from here: with one thread tiny networks are faster, do
# not wait for each other on a busy machine, and give the same numbers on every machine of a kind.
os.environ["OMP_NUM_THREADS"] = "1"

import atexit
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

import artbyol
from artbyol import cli
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import create, locate
from tests import processes
from tests.processes import start

if TYPE_CHECKING:
    from artbyol.training.recipes import TrainReport

cli.register(*cli.COMMANDS)  # for those that call the app, and not the program

# Nearly everything written is synced to the disk, thousands of times in a run of the tests: in memory nobody waits.
_MEMORY = "/dev/shm"
if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 4_000_000_000:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", _MEMORY)

# The same examples every time; ARTBYOL_EXAMPLES=5000 pytest -k hypothesis draws others, and more of them.
_EXAMPLES = int(os.environ.get("ARTBYOL_EXAMPLES", "0"))
hypothesis.settings.register_profile(
    "artbyol",
    max_examples=_EXAMPLES or 60,
    derandomize=not _EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("artbyol")

# Graphs of networks are kept there, by the processes started from here, too.
_CACHE = tempfile.TemporaryDirectory(prefix="artbyol-tests-")
atexit.register(_CACHE.cleanup)
os.environ["XDG_CACHE_HOME"] = _CACHE.name

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_images"


def painting(seed: int, width: int = 96, height: int = 80) -> Image.Image:
    """A small picture of strokes on a ground; every seed another one."""
    rng = np.random.default_rng(seed)

    def colour() -> tuple[int, ...]:
        return tuple(int(c) for c in rng.integers(0, 256, 3))

    image = Image.new("RGB", (width, height), colour())
    pen = ImageDraw.Draw(image)
    for _ in range(12):
        ends = [(int(rng.integers(0, width)), int(rng.integers(0, height))) for _ in range(2)]
        pen.line(ends, fill=colour(), width=int(rng.integers(1, 12)))
    return image


def paint(folder: Path, count: int, first: int = 0) -> Path:
    """Fill a folder with `count` different pictures, work00.png and on."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        painting(number).save(folder / f"work{number:02d}.png")
    return folder


def give_model(folder: Path, seed: int = 0) -> str:
    """Put a real, tiny model into a folder's store: the untrained four-convolution encoder. Gives back its id."""
    from artbyol.encoder.encoder_config import EncoderConfig
    from artbyol.encoder.model_file import save_model
    from artbyol.encoder.style_encoder import StyleEncoder
    from artbyol.encoder.weights import load_backbone
    from artbyol.pictures.views import ViewPlan

    place = locate(folder)
    create(place)
    backbone, origin = load_backbone("conv4", "none", seed)
    views = ViewPlan(whole_side=64, crop_side=64, crops=0, fixed=True)
    encoder = StyleEncoder(EncoderConfig("conv4", origin, views, "pooled"), backbone)
    return save_model(place.model, encoder, model_header())


def model_header(**more: Any) -> dict[str, Any]:
    """What a model's file says of its training."""
    from artbyol.training.plan import TrainRequest, make_plan

    plan = make_plan(TrainRequest(backbone="conv4", weights="none", recipe="classic"), 8, "cpu", "fp32")
    header = {"plan": plan.as_dict(), "trained_on": {"works": 8}, "made": "2025-01-01", "versions": {"artbyol": "0"}}
    return header | more


def narrow_classic_networks(patch: pytest.MonkeyPatch) -> None:
    """The paper's projector and predictor take a minute and gigabytes of states where narrower ones take a second."""
    patch.setattr("artbyol.training.phases.CLASSIC_HIDDEN", 64)
    patch.setattr("artbyol.training.phases.CLASSIC_PROJECTION", 32)


def vectors(folder: Path, store: Path | None = None) -> dict[bytes, NDArray[np.float32]]:
    """Every usable file of a collection with its vector."""
    with Catalogue.open(locate(folder, store).catalogue, read_only=True) as catalogue:
        ids, rows = catalogue.vectors(catalogue.model_id or "")
        paths = catalogue.paths_of(ids.tolist())
        return {path: row for number, row in zip(ids, rows, strict=True) for path in paths[int(number)]}


def environment(**more: str) -> dict[str, str]:
    """The environment of a user who has set nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ARTBYOL_")}
    return kept | more


def run_cli(*arguments: object, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run the real program in a process of its own."""
    return start(processes.artbyol, *map(_text, arguments), environment=environment(**more), cwd=cwd).finish()


def run_cli_interrupted(target: str, call: int, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Run the real program in a process of its own; Ctrl-C comes when this function of it is called so often."""
    given = map(_text, arguments)
    return start(processes.artbyol_interrupted, target, call, *given, environment=environment()).finish()


def _text(argument: object) -> str:
    return os.fsdecode(argument) if isinstance(argument, bytes | os.PathLike) else str(argument)


def run_python(code: str, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a few lines in a fresh interpreter."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment(**more))


@pytest.fixture(autouse=True)
def _a_user_who_has_set_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ARTBYOL_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def _gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = paint(tmp_path_factory.mktemp("collections") / "gallery", 24)
    give_model(folder)
    artbyol.embed(folder)
    return folder


@pytest.fixture
def gallery(_gallery: Path, tmp_path: Path) -> Path:
    """A folder of 24 pictures, embedded with the tiny model; the test may change it."""
    return Path(shutil.copytree(_gallery, tmp_path / "gallery"))


Trained = Callable[[int, dict[str, Any]], "TrainReport"]


@pytest.fixture(scope="session")
def trained_before(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """What came out when so many drawn pictures were trained on in a certain way, without a stop: done once."""
    reports: dict[str, TrainReport] = {}

    def trained(works: int, how: dict[str, Any]) -> TrainReport:
        key = json.dumps([works, how], sort_keys=True)
        if key not in reports:
            reports[key] = artbyol.train(paint(tmp_path_factory.mktemp("trained") / "works", works), **how)
        return reports[key]

    return trained


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were decoded, as the real decoder is asked for them."""
    from artbyol.storage import ingest

    names: list[str] = []
    decode: Callable[..., object] = ingest.decode_content

    def noting(path: bytes, *rest: object) -> object:
        names.append(os.fsdecode(os.path.basename(path)))
        return decode(path, *rest)

    monkeypatch.setattr(ingest, "decode_content", noting)
    return names


def snapshot(folder: Path) -> dict[bytes, tuple[bytes, int]]:
    """Content and time of every file of a folder, the store left out."""
    found = {}
    for root, folders, files in os.walk(os.fsencode(folder)):
        folders[:] = [name for name in folders if name != b".artbyol"]
        for name in files:
            path = os.path.join(root, name)
            if not os.path.islink(path):
                with open(path, "rb") as file:  # noqa: PTH123 (bytes)
                    found[path] = (file.read(), os.stat(path).st_mtime_ns)
    return found


def names_of(found: Sequence[artbyol.verbs.similar.Neighbour]) -> list[str]:  # type: ignore[name-defined]
    """File names of neighbours, best first."""
    return [os.fsdecode(one.path) for one in found]
