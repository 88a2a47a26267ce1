"""What a training is fitted on: which works are looked at once more, which differences are overlooked."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Generator

from artbyol.search.source_check import SourceCheck
from artbyol.training.collection_features import (
    GREATEST_WEIGHT,
    Altered,
    CollectionFeatures,
    Renditions,
    overlooking,
)
from artbyol.training.plan import COLOURS_WEIGHT, FEWEST_WITHOUT, overlooking_colours
from artbyol.training.whitening import crop_whitening


def test_differences_are_those_of_the_same_views() -> None:
    whole, crops, rows = torch.arange(200.0)[:, None], torch.arange(800.0).reshape(200, 4, 1), torch.tensor([1, 3])
    others = Renditions(rows, torch.tensor([[1.5], [3.0]]), crops[rows][:, ::2] - 2, weight=0.25)
    grey = (torch.tensor([[0.0], [1.0]]), crops[rows])
    features = CollectionFeatures(whole, crops, Altered(rows, grey, grey, weight=0.16), others)
    of_colours, of_files = features.overlooked()
    assert of_files.flatten().tolist() == pytest.approx([-0.25, 0, 1, 1, 1, 1])
    assert of_colours.flatten().tolist() == pytest.approx([0.4, 0.8])
    assert len(replace(features, elsewhere=replace(others, weight=0)).overlooked()) == 1
    assert CollectionFeatures(whole, crops).overlooked() == ()


def test_so_much_is_overlooked_as_neighbours_follow_files() -> None:
    nothing, hardly, half, wholly = (overlooking(SourceCheck(100, (), None, one)) for one in (0, 0.5, 0.75, 1))
    assert nothing == hardly == 0
    assert half == GREATEST_WEIGHT / 4
    assert wholly == GREATEST_WEIGHT


def test_colours_count_in_small_collections_and_are_overlooked_in_large_ones() -> None:
    small, between, full, more = (overlooking_colours(FEWEST_WITHOUT * n // 2) for n in (2, 3, 4, 40))
    assert small == 0
    assert between == pytest.approx(COLOURS_WEIGHT / 2)
    assert full == more == COLOURS_WEIGHT


def test_works_that_are_held_out_lend_nothing_to_the_fit() -> None:
    held_out = torch.tensor([True, False, True, False, False])
    whole, crops = torch.arange(5.0)[:, None], torch.arange(20.0).reshape(5, 4, 1)
    rows = torch.tensor([0, 3, 4])
    grey = (10 * whole[rows], crops[rows])
    others = Renditions(rows, whole[rows], crops[rows][:, ::2], weight=1)
    left = CollectionFeatures(whole, crops, Altered(rows, grey, grey, weight=1), others).without(held_out)
    assert left.whole.flatten().tolist() == [1, 3, 4]
    assert left.altered is not None and left.elsewhere is not None
    assert left.altered.rows.tolist() == left.elsewhere.rows.tolist() == [1, 2]
    of_colours, of_files = left.overlooked()
    assert of_colours.flatten().tolist() == [-27, -36]
    assert not of_files.any()
    nobody = torch.ones(5, dtype=torch.bool)
    assert (
        CollectionFeatures(whole, crops, Altered(rows, grey, grey, weight=1), others).without(nobody).overlooked() == ()
    )


def test_whitening_overlooks_what_files_change_and_keeps_the_hand() -> None:
    """Two hands in one direction, two kinds of file in another that all views of a work share: crops cannot tell."""
    rng = Generator().manual_seed(0)
    n, width = 200, 6
    hand, file = torch.arange(n) % 2, (torch.arange(n) // 2) % 2
    truth = torch.zeros(n, width)
    truth[:, 0], truth[:, 1] = hand * 1.0, file * 3.0
    views = truth[:, None] + 0.3 * torch.randn(n, 9, width, generator=rng)
    changed = torch.zeros(n, width)
    changed[:, 1] = 3.0 * (1 - 2 * file)  # as a file of the other kind would have given it

    def same_hand(*differences: torch.Tensor) -> float:
        affine = crop_whitening(views[:, 0], views[:, 1:], 2, 0.01, differences)
        seen = affine(views.mean(1))
        distance = torch.cdist(seen, seen)
        distance[file[:, None] == file] = float("inf")  # kin from the other kind of file
        return float((hand[distance.argmin(1)] == hand).float().mean())

    def same_file(*differences: torch.Tensor) -> float:
        seen = crop_whitening(views[:, 0], views[:, 1:], 2, 0.01, differences)(views.mean(1))
        return float((file[torch.cdist(seen, seen).fill_diagonal_(float("inf")).argmin(1)] == file).float().mean())

    assert same_file() > 0.99
    assert same_file(changed) < 0.8
    assert same_hand(changed) > 0.95
