"""Same seed, same pictures: the same model to the last bit, whatever the number of threads, the folder, the names, and
however often it was killed. On pixels (`classic`) the number of threads counts: sums over a batch are split by it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

import artbyol
from artbyol.base.events import Event, Step
from artbyol.encoder.current import MODEL
from artbyol.encoder.device import threads
from artbyol.training import run
from artbyol.training.recipes import TrainReport
from tests.conftest import Trained, environment, paint, vectors
from tests.processes import start
from tests.verbs.test_train import STYLE

HOW = {**STYLE, "epochs": 5}

pytestmark = pytest.mark.slow


def as_it_would_be(report: TrainReport, before: TrainReport) -> None:
    """The same weights, vectors and neighbours; names of files and folders aside."""
    folder, other = report.model.parent.parent, before.model.parent.parent
    for one in (folder, other):
        artbyol.embed(one)
    assert report.model_id == before.model_id
    mine, theirs = MODEL.read(report.model)[1], MODEL.read(before.model)[1]
    assert all(np.array_equal(mine[name], theirs[name]) for name in theirs)
    rows, others = (np.stack([row for _, row in sorted(vectors(one).items())]) for one in (folder, other))
    assert np.array_equal(rows, others)
    found, before_it = (artbyol.similar(sorted(one.glob("*.png"))[0], k=11) for one in (folder, other))
    names = dict(zip(sorted(folder.glob("*.png")), sorted(other.glob("*.png")), strict=True))
    assert [names[path] for path in found.paths] == before_it.paths


def test_two_threads_make_the_model_of_one_in_a_folder_of_other_names(tmp_path: Path, trained_before: Trained) -> None:
    folder = paint(tmp_path / "elsewhere" / "with another name", 12)
    for path in folder.glob("*.png"):
        path.rename(folder / f"an{path.name}")
    with threads(2):
        assert torch.get_num_threads() == 2
        report = artbyol.train(folder, **HOW)
        as_it_would_be(report, trained_before(12, HOW))


def is_killed_at_step_3(folder: Path) -> None:
    run.SAVE_EVERY, run.SAVE_SHARE = 0.0, 1e9  # a state after each step

    def hear(event: Event) -> None:
        if isinstance(event, Step) and event.done == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    artbyol.train(folder, **HOW, listener=hear)


def test_killed_and_run_again_it_makes_the_same_model(tmp_path: Path, trained_before: Trained) -> None:
    folder = paint(tmp_path / "killed", 12)
    assert start(is_killed_at_step_3, folder, environment=environment()).finish().returncode == -signal.SIGKILL
    assert artbyol.info(folder).unfinished  # type: ignore[union-attr]
    as_it_would_be(artbyol.train(folder, **HOW), trained_before(12, HOW))
