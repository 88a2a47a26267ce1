"""Embedding large photographs against the common way: `python -m tests.bench.embedding [--files 128]`.

Twelve-megapixel JPEGs, made from the sample pictures with grain added (a simulation of photographs), embedded

- by artbyol as it comes, and by a trained model (a whole view and eight crops a work),
- by the common way: a DataLoader that decodes each file whole, torchvision's transforms to 224 px, one view, fp32,
  the same network;

and the two limits of artbyol's own work, each alone with all cores: decoding, cutting and measuring ("decode"), and the
network on views that lie ready ("network"). On a CPU both want the same cores, so that the limit of the whole is their
sum, in seconds a picture; beside an accelerator it is the slower of the two. All in turns (A B A B), medians of one
run. With `--memory`: the peak memory of `artbyol embed` over 10,000 small files, and over pictures of 200 megapixels.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from itertools import cycle
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

import artbyol
from artbyol.base.processes import in_threads
from artbyol.base.run import DEFAULT_MAX_PIXELS, Run
from artbyol.encoder.model_file import save_model
from artbyol.encoder.readers import current_reader, reader_of
from artbyol.encoder.weights import load_backbone
from artbyol.pictures.scan import content_hash, scan
from artbyol.storage.ingest import Content, PreparedPicture, prepare_pictures
from artbyol.storage.store import Store, create, locate
from artbyol.training.collection_features import CollectionFeatures
from artbyol.training.phases import encoder_for, whiten
from artbyol.training.plan import TrainRequest, make_plan
from tests.conftest import model_header

SAMPLES = Path(__file__).resolve().parents[2] / "sample_images"
SIZE = (4000, 3000)


class Whole(Dataset[torch.Tensor]):
    """Every file decoded whole, then shrunk."""

    def __init__(self, files: list[Path]) -> None:
        self.files = files
        self.prepare = transforms.Compose(
            [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), transforms.Normalize(0.5, 0.5)]
        )

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, at: int) -> torch.Tensor:
        found: torch.Tensor = self.prepare(Image.open(self.files[at]).convert("RGB"))
        return found


def in_turns(tasks: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Medians of the seconds that tasks take, which run in turns (A B A B)."""
    spent: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            spent[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in spent.items()}


def photographs(folder: Path, files: int, *, progressive: bool = False) -> None:
    """So many pictures of 4000 x 3000 px."""
    folder.mkdir()
    generator = np.random.default_rng(0)
    for number, sample in zip(range(files), cycle(sorted(SAMPLES.glob("*.jpg"))), strict=False):
        with Image.open(sample) as image:
            large = np.asarray(image.convert("RGB").resize(SIZE, Image.Resampling.BICUBIC)).astype(np.int16)
        grain = generator.integers(-12, 13, (SIZE[1], SIZE[0], 1), dtype=np.int16)
        photograph = Image.fromarray((large + grain).clip(0, 255).astype(np.uint8))
        photograph.save(folder / f"{number:03}.jpg", quality=90, progressive=progressive)


def common(folder: Path) -> None:
    backbone, _ = load_backbone("efficientnet_lite0", "pretrained")
    backbone.eval()
    loader = DataLoader(Whole(sorted(folder.glob("*.jpg"))), batch_size=1, num_workers=2)
    with torch.inference_mode():
        for image in loader:
            backbone(image)


def embedded(folder: Path, model: Path | None) -> None:
    with tempfile.TemporaryDirectory() as store:
        if model:
            (Path(store) / "model.safetensors").write_bytes(model.read_bytes())
        artbyol.embed(folder, store=store)


def undone(folder: Path) -> None:
    """The floor: libjpeg at an eighth of the size, where it does little more than to undo the entropy coding."""

    def eighth(file: Path) -> None:
        with Image.open(file) as image:
            image.draft("RGB", (SIZE[0] // 8, SIZE[1] // 8))
            image.load()

    list(in_threads(eighth, sorted(folder.glob("*.jpg")), ahead=16))


def contents_of(folder: Path) -> list[Content]:
    return [Content(content_hash(folder / os.fsdecode(stamp.path)), (stamp,)) for stamp in scan(folder).files]


def model_of(place: Store) -> Path:
    """A model as training makes it, whatever its verdict on these few pictures would be: whitened, not yet trained."""
    plan = make_plan(TrainRequest(), len(list(SAMPLES.glob("*.jpg"))), "cpu", "fp32")
    backbone, origin = load_backbone(plan.backbone, "pretrained")
    encoder = encoder_for(plan, backbone, origin)
    read = prepare_pictures(SAMPLES, contents_of(SAMPLES), encoder.config.views, DEFAULT_MAX_PIXELS)
    views = [one.views for one in read if isinstance(one, PreparedPicture)]
    features = (torch.from_numpy(rows) for rows in reader_of(encoder, Run(device="cpu")).read(views))
    create(place)
    save_model(place.model, whiten(plan, encoder, CollectionFeatures(*features)), model_header(plan=plan.as_dict()))
    return place.model


def limits(place: Store, folder: Path) -> tuple[Callable[[], object], Callable[[], object]]:
    """The decoder's work and the network's, each alone, as the store's model has it."""
    reader, _ = current_reader(place.model, Run())
    contents = contents_of(folder)
    views = reader.config.views

    def decode() -> list[PreparedPicture]:
        read = prepare_pictures(folder, contents, views, DEFAULT_MAX_PIXELS)
        return [one for one in read if isinstance(one, PreparedPicture)]

    ready = [one.views for one in decode()]

    def network() -> None:
        for start in range(0, len(ready), 16):
            reader.encode(ready[start : start + 16])

    return decode, network


def memory() -> None:
    """Peak memory of `artbyol embed` in processes of their own."""
    generator = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as temporary:
        many, large = Path(temporary) / "10,000 of 600 x 400", Path(temporary) / "8 of 200 megapixels"
        many.mkdir()
        large.mkdir()
        for number in range(10_000):
            noise = Image.fromarray(generator.integers(0, 256, (20, 30, 3), dtype=np.uint8))
            noise.resize((600, 400)).save(many / f"{number:05}.jpg")
        for number in range(8):
            noise = Image.fromarray(generator.integers(0, 256, (100, 160, 3), dtype=np.uint8))
            noise.resize((17_900, 11_200)).save(large / f"{number}.{('jpg', 'png', 'tif')[number % 3]}")
        for folder in (many, large):
            start = time.perf_counter()
            answer = subprocess.run(
                [sys.executable, "-c", EMBED, str(folder)], capture_output=True, text=True, check=True
            )
            taken = time.perf_counter() - start
            print(f"{folder.name}: peak {int(answer.stdout):,} MB, {taken:.0f} s", flush=True)


EMBED = """
import sys
import artbyol
report = artbyol.embed(sys.argv[1])
assert report.embedded == report.files and not report.skips, report.skips
status = open("/proc/self/status").read()
print(int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--progressive", action="store_true", help="save the photographs as progressive JPEGs")
    parser.add_argument("--memory", action="store_true")
    arguments = parser.parse_args()
    if arguments.memory:
        memory()
        return
    with tempfile.TemporaryDirectory() as temporary:
        photos, place = Path(temporary) / "photos", locate(Path(temporary) / "samples")
        place.folder.mkdir()
        photographs(photos, arguments.files, progressive=arguments.progressive)
        plain = limits(place, photos)
        model = model_of(place)
        trained = limits(place, photos)
        tasks: dict[str, Callable[[], object]] = {
            "common way": lambda: common(photos),
            "artbyol, untrained": lambda: embedded(photos, None),
            "  entropy decoding alone": lambda: undone(photos),
            "  decode alone": plain[0],
            "  network alone": plain[1],
            "artbyol, trained": lambda: embedded(photos, model),
            "  decode alone, ": trained[0],
            "  network alone, ": trained[1],
        }
        found = {name: took / arguments.files for name, took in in_turns(tasks, arguments.rounds).items()}
        print(f"{'pictures a second':<24}{'':>8}   against the common way")
        for name, each in found.items():
            print(f"{name.rstrip(', '):<24}{1 / each:>8.2f}   {found['common way'] / each:.2f} x")
        for name, mark in (("artbyol, untrained", ""), ("artbyol, trained", ", ")):
            both = found[f"  decode alone{mark}"] + found[f"  network alone{mark}"]
            print(f"{name}: {both / found[name]:.0%} of what decode and network take one after the other")


if __name__ == "__main__":
    main()
