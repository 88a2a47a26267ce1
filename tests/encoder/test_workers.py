"""Several processes at work on one collection: they do together what one does alone, and say when one is lost."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from artbyol.base.errors import DecodeError, FolderError, UsageError
from artbyol.base.events import Progress
from artbyol.base.processes import is_follower
from artbyol.encoder.device import Machine
from artbyol.encoder.model_file import load_model
from artbyol.encoder.ranks import Ranks, joined
from artbyol.encoder.workers import follow, lead
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate
from artbyol.training.pixel_cache import squares_path
from artbyol.training.sync_batchnorm import synchronise_batch_norm
from artbyol.training.trainer import Trainer
from artbyol.verbs.embed import embed
from artbyol.verbs.train import train
from tests.conftest import environment, give_model, narrow_classic_networks, paint, vectors
from tests.processes import together
from tests.training.test_trainer import ON_PIXELS, mobile_trainer, pixel_trainer, pixels

CPU = Machine("cpu", "fp32")


@pytest.mark.parametrize("n", [2, 5, 6, 7, 64])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_shares_cover_every_row_once_and_are_even(n: int, size: int) -> None:
    rows = np.arange(n)
    shares = [rows[Ranks(rank, size).share(n)] for rank in range(size)]
    assert np.concatenate(shares).tolist() == rows.tolist()
    lengths = [len(share) for share in shares]
    assert max(lengths) - min(lengths) <= 1


def gathered_rows() -> tuple[list[float], list[int], str]:
    with joined("cpu") as ranks:
        every = torch.arange(7.0)[:, None]
        rows = ranks.rows(every[ranks.share(7)], 7)
        return rows[:, 0].tolist(), ranks.gather(ranks.rank), ranks.broadcast(f"from {ranks.rank}")


@pytest.mark.slow
def test_exchanges_reach_whom_they_should() -> None:
    first, second, third = together(3, gathered_rows)
    assert first[0] == second[0] == third[0] == list(range(7))
    assert (first[1], second[1], third[1]) == ([0, 1, 2], [], [])
    assert first[2] == second[2] == third[2] == "from 0"


def normalising(kind: str) -> nn.Module:
    if kind == "after a linear layer":
        return nn.BatchNorm1d(3)
    if kind == "timm's, with its activation":
        from timm.layers import BatchNormAct2d

        return BatchNormAct2d(3, momentum=0.3)
    return nn.BatchNorm2d(3, momentum=None)


def normalised(kind: str, ranks: Ranks, steps: int = 2) -> dict[str, NDArray[Any]]:
    """What a BatchNorm makes of the share of a drawn batch, its gradients, and what it remembers."""
    rng = torch.Generator().manual_seed(0)
    network = normalising(kind)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(3, generator=rng))
    if not ranks.alone:
        synchronise_batch_norm(network, ranks)
    shape = (7, 3) if kind == "after a linear layer" else (7, 3, 4, 5)
    for _ in range(steps):
        x = 3 + 50 * torch.randn(shape, generator=rng) * torch.arange(1.0, 8).view(7, *[1] * (len(shape) - 1))
        weights = torch.randn(shape, generator=rng)
        mine = ranks.share(7)
        own = x[mine].requires_grad_()
        y = network(own)
        network.zero_grad()
        (y * weights[mine]).sum().backward()
    parameters: list[Tensor] = [p.grad for p in network.parameters() if p.grad is not None]
    for gradient in parameters:
        if not ranks.alone:
            ranks.sum(gradient)
    assert own.grad is not None
    found = {"y": y, "dx": own.grad, "gradients": torch.stack(parameters)} | network.state_dict()
    network.eval()
    found["used"] = network(x[mine])
    return {name: values.detach().numpy() for name, values in found.items()}


def normalised_together(kind: str) -> dict[str, NDArray[Any]]:
    with joined("cpu") as ranks:
        return normalised(kind, ranks)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["after a linear layer", "after a convolution", "timm's, with its activation"])
def test_batch_norm_of_three_processes_is_that_of_one_with_the_whole_batch(kind: str) -> None:
    alone = normalised(kind, Ranks())
    shares = together(3, normalised_together, kind)
    for name in alone:
        by_row = name in ("y", "dx", "used")
        found = np.concatenate([share[name] for share in shares]) if by_row else shares[1][name]
        np.testing.assert_allclose(found, alone[name], rtol=2e-4, atol=2e-5, err_msg=name)
    assert list(shares[0])[3:-1] == list(alone)[3:-1]  # names of weights stay


# With fewer works in a batch, or faster, a rounding in the first step is a hundredth of the loss soon after.
GENTLE = replace(ON_PIXELS, learning_rate=0.02, batch_size=8)
BUILDERS = {
    "LARS, the paper's views": lambda: pixel_trainer(GENTLE, pixels(17)),
    "BatchNorm, AdamW": lambda: mobile_trainer(1e-4),
}


def curve(which: str, ranks: Ranks) -> list[tuple[float, float]]:
    trainer = BUILDERS[which]()
    shared = Trainer(trainer.byol, trainer.views, trainer.schedule, CPU, ranks)
    return [(step.loss, step.spread) for step in shared.steps()]


def curve_together(which: str) -> list[tuple[float, float]]:
    with joined("cpu") as ranks:
        return curve(which, ranks)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("which", "size"), [("LARS, the paper's views", 2), ("LARS, the paper's views", 3), ("BatchNorm, AdamW", 3)]
)
def test_the_losses_of_several_processes_are_those_of_one_with_all_of_the_batch(which: str, size: int) -> None:
    alone = curve(which, Ranks())
    shared = together(size, curve_together, which)
    assert all(one == shared[0] for one in shared)  # to the bit: all of them decide alike
    assert len(alone) >= 4
    np.testing.assert_allclose(shared[0], alone, rtol=2e-4)


# In bf16 a rounding is a thousandth of a number, and two processes round differently.
SMALL: dict[str, Any] = {
    "backbone": "conv4",
    "weights": "none",
    "image_size": 32,
    "epochs": 2,
    "device": "cpu",
    "precision": "fp32",
}
WORKS = 17
RECIPES: dict[str, dict[str, Any]] = {
    "classic": {"recipe": "classic"},
    "brushwork": {"recipe": "brushwork", "backbone": "mobilenet_v3_small"},
}


def trains(folder: Path, recipe: str, dies_at: int | None = None) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        narrow_classic_networks(patch)
        if is_follower():
            if dies_at is not None:
                _die_at_step(dies_at)
            return follow("cpu", "auto")
        report = train(folder, **(SMALL | RECIPES[recipe]))
        return report.loss, report.resumed_at


def embeds(folder: Path, stops: bool = False) -> Any:
    if is_follower():
        return follow("cpu", "auto")
    heard: list[object] = []

    def stop() -> bool:
        return any(isinstance(event, Progress) and event.stage == "embedding" for event in heard)

    report = embed(folder, device="cpu", precision="fp32", listener=heard.append, stop=stop if stops else lambda: False)
    return report.works, report.decoded, len(report.skips)


def _die_at_step(number: int) -> None:
    step = Trainer._step

    def or_die(self: Trainer) -> Any:
        if self.done == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return step(self)

    Trainer._step = or_die  # type: ignore[method-assign]


def collection(folder: Path) -> Path:
    """Works enough for a verdict, and an odd number of them."""
    paint(folder, WORKS)
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("recipe", list(RECIPES))
def test_two_processes_train_and_embed_as_one_does(recipe: str, tmp_path: Path) -> None:
    one, two = collection(tmp_path / "one"), collection(tmp_path / "two")
    alone = trains(one, recipe)
    assert together(2, trains, two, recipe) == [pytest.approx(alone, rel=2e-3), None]
    assert not list(locate(two).training.glob("*"))
    assert together(2, embeds, two) == [embeds(one), None] == [(WORKS, WORKS, 1), None]
    first, second = vectors(one), vectors(two)
    assert first.keys() == second.keys()
    assert min(float(first[path] @ second[path]) for path in first) > 0.999
    encoder, _ = load_model(locate(two).model)
    assert not any(type(module).__name__.startswith("Synced") for module in encoder.modules())


@pytest.mark.slow
def test_when_one_process_dies_the_run_says_so_and_goes_on_later(tmp_path: Path) -> None:
    folder = collection(tmp_path / "works")
    leader, follower = together(2, trains, folder, "classic", 1)
    assert follower is None
    assert leader.startswith("WorkerLostError: Another process of this run stopped")
    assert squares_path(locate(folder)).exists()  # what was read is kept
    leader, follower = together(2, trains, folder, "classic")
    assert leader[1] == 0 and follower is None  # half a minute had not passed: no state was saved yet


@pytest.mark.slow
def test_when_the_leader_is_asked_to_stop_all_do(tmp_path: Path) -> None:
    folder = paint(tmp_path / "works", 70)
    give_model(folder)
    leader, follower = together(2, embeds, folder, True)
    assert leader.startswith("Interrupted: Stopped with 32 of 70 pictures embedded")
    assert follower is None
    assert together(2, embeds, folder) == [(70, 38, 0), None]


def sees_nothing(folder: Path) -> Any:
    if not is_follower():
        return embeds(folder)
    import artbyol.encoder.workers

    def check(_: Path) -> None:
        raise FolderError("There is no such folder here.")

    artbyol.encoder.workers.check_folder = check
    return follow("cpu", "auto")


@pytest.mark.slow
def test_a_process_that_does_not_see_the_folder_spoils_nothing(tmp_path: Path) -> None:
    folder = paint(tmp_path / "works", 9)
    give_model(folder)
    leader, follower = together(2, sees_nothing, folder)
    assert leader.startswith("WorkerFailedError: Process 1 of this run, on ")
    assert leader.endswith("failed: There is no such folder here.")
    assert follower is None
    with Catalogue.open(locate(folder).catalogue, read_only=True) as catalogue:
        assert not catalogue.skips()


@pytest.mark.slow
def test_torchrun_starts_it_and_one_of_them_talks(tmp_path: Path) -> None:
    folder = collection(tmp_path / "works")
    give_model(folder)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += ["-m", "artbyol", "embed", str(folder), "--json"]
    done = subprocess.run(command, capture_output=True, env=environment(), check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["embedded"] == WORKS
    assert len(vectors(folder)) == WORKS


def test_more_processes_than_works_in_a_batch_are_refused() -> None:
    trainer = pixel_trainer()
    with pytest.raises(UsageError, match="5 processes cannot share a batch of 4 works"):
        Trainer(trainer.byol, trainer.views, trainer.schedule, CPU, Ranks(0, 5))


def test_alone_the_crew_is_this_process() -> None:
    with lead("cpu", "auto") as workers:
        assert workers.ranks.alone


def test_an_error_of_a_picture_survives_the_way_between_processes() -> None:
    error = DecodeError("truncated", "It ends too early.", "copy it again")
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, again.message, again.hint) == (error.code, error.message, error.hint)
