"""Works as other files would have given them: which works, which differences."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Generator

from artbyol.search.source_check import SourceCheck
from artbyol.training.renditions import GREATEST_WEIGHT, Renditions, overlooking
from artbyol.training.whitening import crop_whitening


def test_differences_are_those_of_the_same_views() -> None:
    whole, crops = torch.arange(200.0)[:, None], torch.arange(800.0).reshape(200, 4, 1)
    seen = Renditions(torch.tensor([1, 3]), torch.tensor([[1.5], [3.0]]), crops[[1, 3]][:, ::2] - 2, weight=0.25)
    found = seen.differences(whole, crops)
    assert found is not None and found.flatten().tolist() == pytest.approx([-0.25, 0, 1, 1, 1, 1])
    assert replace(seen, weight=0).differences(whole, crops) is None


def test_so_much_is_overlooked_as_neighbours_follow_files() -> None:
    nothing, hardly, half, wholly = (overlooking(SourceCheck(100, (), None, one)) for one in (0, 0.5, 0.75, 1))
    assert nothing == hardly == 0
    assert half == GREATEST_WEIGHT / 4
    assert wholly == GREATEST_WEIGHT


def test_works_that_are_held_out_lend_nothing_to_the_fit() -> None:
    held_out = torch.tensor([True, False, True, False, False])
    seen = Renditions(torch.tensor([0, 3, 4]), torch.arange(3.0)[:, None], torch.arange(6.0).reshape(3, 2, 1))
    left = seen.without(held_out)
    assert left.rows.tolist() == [1, 2]
    assert left.whole.flatten().tolist() == [1, 2]


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

    def same_hand(differences: torch.Tensor | None) -> float:
        affine = crop_whitening(views[:, 0], views[:, 1:], 2, 0.01, differences)
        seen = affine(views.mean(1))
        distance = torch.cdist(seen, seen)
        distance[file[:, None] == file] = float("inf")  # kin from the other kind of file
        return float((hand[distance.argmin(1)] == hand).float().mean())

    def same_file(differences: torch.Tensor | None) -> float:
        seen = crop_whitening(views[:, 0], views[:, 1:], 2, 0.01, differences)(views.mean(1))
        return float((file[torch.cdist(seen, seen).fill_diagonal_(float("inf")).argmin(1)] == file).float().mean())

    assert same_file(None) > 0.99
    assert same_file(changed) < 0.8
    assert same_hand(changed) > 0.95
