"""The algorithm against its paper (arXiv 2006.07733), and the founding document's examples calculated anew."""

from __future__ import annotations

import copy
from itertools import pairwise

import pytest
import torch
from torch import nn

from artbyol.encoder.heads import MLP, Residual
from artbyol.training.byol import BYOL, move_towards, regression_loss, target_momentum


def small(batchnorm: bool = True, seed: int = 0) -> BYOL:
    torch.manual_seed(seed)
    online = MLP(6, 12, 4) if batchnorm else nn.Linear(6, 4)
    return BYOL(online, MLP(4, 12, 4) if batchnorm else nn.Linear(4, 4))


def two_views(n: int = 8, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(seed)
    first = torch.randn(n, 6, generator=rng)
    return first, first + 0.3 * torch.randn(n, 6, generator=rng)


def value_of(loss: torch.Tensor) -> float:
    return float(loss.detach())


def test_the_founding_documents_first_example_gives_a_loss_of_minus_3_897() -> None:
    prediction = torch.tensor([[0.5, 0.2], [0.3, 0.6]])
    projection = torch.tensor([[0.4, 0.3], [0.2, 0.7]])
    # The document leaves out the paper's constant 2 and sums over the batch.
    assert float((regression_loss(prediction, projection) - 2).sum()) == pytest.approx(-3.897, abs=5e-4)


def test_the_founding_documents_second_example_moves_the_target_to_101_201_499() -> None:
    target, online = nn.Linear(3, 1, bias=False), nn.Linear(3, 1, bias=False)
    with torch.no_grad():
        target.weight.copy_(torch.tensor([[0.1, 0.2, 0.5]]))
        online.weight.copy_(torch.tensor([[0.2, 0.3, 0.4]]))
    move_towards(target, online, 0.99)
    assert target.weight.flatten().tolist() == pytest.approx([0.101, 0.201, 0.499], abs=1e-6)
    assert online.weight.flatten().tolist() == pytest.approx([0.2, 0.3, 0.4])


def test_the_loss_goes_from_0_for_one_direction_to_4_for_the_opposite_whatever_the_lengths() -> None:
    x = torch.tensor([[3.0, 4.0], [1.0, 0.0], [0.1, 0.0]])
    y = torch.tensor([[30.0, 40.0], [0.0, 7.0], [-9.0, 0.0]])
    assert regression_loss(x, y).tolist() == pytest.approx([0, 2, 4], abs=1e-6)


def test_the_loss_is_symmetric_in_the_two_views_and_a_mean_over_the_batch() -> None:
    byol = small(batchnorm=False)
    first, second = two_views()
    loss = byol(first, second).loss
    assert value_of(byol(second, first).loss) == pytest.approx(value_of(loss), abs=1e-6)
    alone = [value_of(byol(first[i : i + 1], second[i : i + 1]).loss) for i in range(len(first))]
    assert value_of(loss) == pytest.approx(sum(alone) / len(alone), abs=1e-5)
    assert 0 <= value_of(loss) <= 8


def test_the_loss_compares_each_prediction_with_the_target_of_the_other_view() -> None:
    byol = small(batchnorm=False)
    with torch.no_grad():
        byol.target.weight.mul_(-0.3).add_(0.1)  # a target that differs from the online network
    first, second = two_views()
    predicted = [byol.predictor(byol.online(x)) for x in (first, second)]
    projected = [byol.target(x) for x in (first, second)]
    expected = regression_loss(predicted[0], projected[1]) + regression_loss(predicted[1], projected[0])
    assert value_of(byol(first, second).loss) == pytest.approx(value_of(expected.mean()), abs=1e-6)


def test_no_gradient_reaches_the_target_and_one_reaches_every_other_weight() -> None:
    byol = small()
    byol(*two_views()).loss.backward()
    assert all(p.grad is None and not p.requires_grad for p in byol.target.parameters())
    learning = [*byol.online.parameters(), *byol.predictor.parameters()]
    assert all(p.grad is not None and p.grad.isfinite().all() for p in learning)


def test_the_target_is_treated_as_a_constant() -> None:
    byol = small(batchnorm=False)
    first, second = two_views()
    byol(first, second).loss.backward()
    constants = byol.target(first).detach(), byol.target(second).detach()
    weight = byol.online.weight.detach().clone().requires_grad_()
    online = lambda x: byol.predictor(nn.functional.linear(x, weight, byol.online.bias.detach()))  # noqa: E731
    loss = regression_loss(online(first), constants[1]) + regression_loss(online(second), constants[0])
    (expected,) = torch.autograd.grad(loss.mean(), weight)
    assert torch.allclose(byol.online.weight.grad, expected, atol=1e-6)


def test_the_target_starts_equal_and_changes_by_its_moving_average_only() -> None:
    byol = small()
    before = copy.deepcopy(byol.target.state_dict())
    for name, value in byol.online.state_dict().items():
        assert torch.equal(value, before[name])
    optimiser = torch.optim.SGD([p for p in byol.parameters() if p.requires_grad], lr=0.5)
    byol(*two_views()).loss.backward()
    optimiser.step()
    weights = dict(byol.target.named_parameters())
    assert all(torch.equal(weights[name], before[name]) for name in weights)
    byol.update_target(0.9)
    for name, online in byol.online.named_parameters():
        assert torch.allclose(weights[name], 0.9 * before[name] + 0.1 * online, atol=1e-6)
    assert not torch.allclose(weights["0.weight"], before["0.weight"])


def test_a_momentum_of_1_keeps_the_target_and_of_0_copies_the_online_network() -> None:
    byol = small(batchnorm=False)
    with torch.no_grad():
        byol.online.weight.add_(1)
    before = byol.target.weight.clone()
    byol.update_target(1.0)
    assert torch.equal(byol.target.weight, before)
    byol.update_target(0.0)
    assert torch.allclose(byol.target.weight, byol.online.weight)


@pytest.mark.parametrize("base", [0.97, 0.99, 0.996])
def test_tau_climbs_from_its_base_to_1_along_a_cosine(base: float) -> None:
    taus = [target_momentum(step, 100, base) for step in range(101)]
    assert taus[0] == pytest.approx(base)
    assert taus[100] == pytest.approx(1)
    assert taus[50] == pytest.approx((1 + base) / 2)
    assert all(earlier < later for earlier, later in pairwise(taus))


def test_batch_normalisation_never_mixes_the_two_views() -> None:
    byol = small()
    first, second = two_views()
    second = second + 5  # views so different that mixed statistics would show
    separate = copy.deepcopy(byol)
    predicted = [separate.predictor(separate.online(x)) for x in (first, second)]
    projected = [separate.target(x) for x in (first, second)]
    expected = regression_loss(predicted[0], projected[1]) + regression_loss(predicted[1], projected[0])
    assert value_of(byol(first, second).loss) == pytest.approx(value_of(expected.mean()), abs=1e-5)

    mixed = copy.deepcopy(byol)
    both = torch.cat([first, second])
    p, t = mixed.predictor(mixed.online(both)).chunk(2), mixed.target(both).chunk(2)
    together = (regression_loss(p[0], t[1]) + regression_loss(p[1], t[0])).mean()
    assert abs(value_of(together) - value_of(expected.mean())) > 0.01


def test_the_projections_reported_are_the_online_ones_of_the_first_views() -> None:
    byol = small(batchnorm=False)
    first, second = two_views()
    output = byol(first, second)
    assert torch.equal(output.projections, byol.online(first).detach())
    assert not output.projections.requires_grad


@pytest.mark.parametrize("linear", [True, False])
@pytest.mark.parametrize("training", [True, False])
def test_a_residual_starts_as_the_identity_and_can_leave_it(linear: bool, training: bool) -> None:
    residual = Residual(5, hidden=7, linear=linear).train(training)
    x = torch.randn(9, 5, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(residual(x), x, atol=1e-6)
    optimiser = torch.optim.SGD(residual.parameters(), lr=0.1)
    (residual(x) - 2 * x).pow(2).mean().backward()
    optimiser.step()
    assert not torch.allclose(residual(x), x, atol=1e-3)
