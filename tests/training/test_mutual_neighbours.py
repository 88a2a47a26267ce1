"""Mutual nearest neighbours, by hand and in bulk."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from artbyol.training import mutual_neighbours
from artbyol.training.mutual_neighbours import find_mutual_neighbours


def at_degrees(*angles: float) -> Tensor:
    return torch.tensor([[math.cos(math.radians(a)), math.sin(math.radians(a))] for a in angles])


def scattered(n: int, seed: int = 0) -> Tensor:
    return F.normalize(torch.randn(n, 6, generator=Generator().manual_seed(seed)), dim=1)


def test_neighbours_are_those_who_name_each_other() -> None:
    found = find_mutual_neighbours(at_degrees(0, 10, 12, 90), 1)
    assert found.nearest.tolist() == [[1], [2], [1], [2]]
    assert found.mutual.tolist() == [[False], [True], [True], [False]]


def test_two_neighbours_each() -> None:
    found = find_mutual_neighbours(at_degrees(0, 10, 21, 90), 2)
    assert [set(row) for row in found.nearest.tolist()] == [{1, 2}, {0, 2}, {0, 1}, {1, 2}]
    assert found.mutual.tolist() == [[True, True], [True, True], [True, True], [False, False]]


def test_a_work_is_never_its_own_neighbour_even_among_equals() -> None:
    found = find_mutual_neighbours(at_degrees(30, 30, 30, 30), 3)
    assert all(i not in row for i, row in enumerate(found.nearest.tolist()))


def test_more_neighbours_than_there_are_works_means_all_of_them() -> None:
    found = find_mutual_neighbours(scattered(4), 10)
    assert found.nearest.shape == (4, 3)
    assert found.mutual.all()


def test_blocks_give_what_one_block_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = scattered(53)
    whole = find_mutual_neighbours(vectors, 4)
    monkeypatch.setattr(mutual_neighbours, "BLOCK", 7)
    pieces = find_mutual_neighbours(vectors, 4)
    assert torch.equal(whole.nearest, pieces.nearest)
    assert torch.equal(whole.mutual, pieces.mutual)


def test_drawing_gives_neighbours_only_and_in_time_all_of_them() -> None:
    found = find_mutual_neighbours(scattered(40), 2)
    rows = zip(found.nearest, found.mutual, strict=True)
    allowed = [set(near[mutual].tolist()) or {i} for i, (near, mutual) in enumerate(rows)]
    rng = Generator().manual_seed(0)
    works = torch.arange(40)
    drawn: list[set[int]] = [set() for _ in range(40)]
    for _ in range(200):
        for work, partner in zip(works.tolist(), found.draw(works, rng).tolist(), strict=True):
            drawn[work].add(partner)
    assert drawn == allowed
    assert any(allowed[i] == {i} for i in range(40)), "the data should hold a work without any"


def test_drawing_follows_the_order_of_the_works_asked_for_and_the_generator() -> None:
    found = find_mutual_neighbours(at_degrees(0, 1, 90, 91), 1)
    assert found.draw(torch.tensor([3, 0, 2, 2]), Generator()).tolist() == [2, 1, 3, 3]
    many = find_mutual_neighbours(scattered(40), 5)
    works = torch.arange(40)
    first = many.draw(works, Generator().manual_seed(1))
    assert torch.equal(first, many.draw(works, Generator().manual_seed(1)))
    assert not torch.equal(first, many.draw(works, Generator().manual_seed(2)))
