"""From what was asked to what will be done."""

from __future__ import annotations

from itertools import pairwise

import pytest

from artbyol.base.errors import TooFewImagesError, UsageError
from artbyol.encoder.device import choose_machine
from artbyol.training.plan import EFFORTS, FEWEST_WORKS, RECIPES, Plan, TrainRequest, make_plan, shrinkage


def plan(works: int = 100, fixed_side: int | None = None, **asked: object) -> Plan:
    return make_plan(TrainRequest(**asked), works, "cpu", "fp32", fixed_side)  # type: ignore[arg-type]


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("works", [FEWEST_WORKS, 30, 300, 30_000, 1_000_000])
def test_every_plan_can_be_carried_out(recipe: str, effort: str, works: int) -> None:
    found = plan(works, recipe=recipe, effort=effort)
    assert 2 <= found.batch_size <= found.works <= works
    assert found.steps >= 1 and found.epochs * found.steps_per_epoch == found.steps
    assert 0 < found.tau_base < 1 and found.learning_rate > 0
    assert found.neighbours < found.works
    assert found.recipe == recipe and found.effort == effort
    lines = dict(found.explain())
    assert f"{found.works:,}" in lines["works"] and lines["expect"]


def test_a_larger_effort_never_does_less() -> None:
    for recipe in RECIPES:
        efforts = [plan(1000, recipe=recipe, effort=effort) for effort in EFFORTS[:3]]  # "best" has another network
        work = [(p.crops, p.whole_side, p.steps) for p in efforts]
        assert all(all(a <= b for a, b in zip(one, two, strict=True)) for one, two in pairwise(work))
        assert work[0] != work[-1]


def test_what_the_user_says_goes_before_the_dial() -> None:
    found = plan(epochs=3, batch_size=10, image_size=96, seed=7)
    assert (found.epochs, found.batch_size, found.whole_side, found.seed) == (3, 10, 96, 7)
    assert plan(image_size=70).crop_side == plan(image_size=32).crop_side == 64
    assert plan(image_size=96, fixed_side=224).whole_side == 224  # what the network cannot do is not tried
    assert plan(works=20, batch_size=64).batch_size == 20


def test_two_networks_are_not_trained_on_pixels() -> None:
    with pytest.raises(UsageError, match="one network, not two"):
        plan(backbone="efficientnet_lite0+timm:test_vit", recipe="classic")


def test_a_training_on_pixels_says_what_disk_it_takes() -> None:
    classic = plan(works=1000, recipe="classic", image_size=96)
    assert classic.squares_side == 128
    assert dict(classic.explain())["disk"].startswith("49 MB of small copies")
    assert "disk" not in dict(plan().explain())


@pytest.mark.parametrize("works", range(FEWEST_WORKS))
def test_too_few_pictures_are_refused_with_what_works_instead(works: int) -> None:
    with pytest.raises(TooFewImagesError, match=f"at least {FEWEST_WORKS}") as caught:
        plan(works)
    assert "artbyol embed" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"recipe": "impasto"}, "--recipe must be style or brushwork or classic, not 'impasto'"),
        ({"effort": "heroic"}, "--effort"),
        ({"epochs": 0}, "--epochs must be at least 1"),
        ({"batch_size": 1}, "--batch-size must be at least 2"),
        ({"image_size": 16}, "--image-size must be at least 32"),
        ({"backbone": "conv4"}, "conv4 has no pretrained weights"),
    ],
)
def test_impossible_requests_are_named_as_the_user_typed_them(asked: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        plan(**asked)


def test_the_fit_is_held_back_the_more_the_fewer_works_there_are() -> None:
    amounts = [shrinkage(works) for works in (8, 30, 100, 300, 10_000)]
    assert amounts == sorted(amounts, reverse=True)
    assert amounts[0] > 5 * amounts[-1] > 0


@pytest.mark.parametrize(
    ("steps", "rate", "decay", "tau"),
    [(12_480, 0.45, 1e-6, 0.97), (31_200, 0.45, 1e-6, 0.99), (93_600, 0.3, 1e-6, 0.99), (312_000, 0.2, 1.5e-6, 0.996)],
)
def test_a_classic_training_as_long_as_a_published_one_has_its_settings(
    steps: int, rate: float, decay: float, tau: float
) -> None:
    """40, 100, 300 and 1,000 epochs of 312 steps: configs/byol.py of the authors' code; section 3.3 has the last."""
    found = plan(4196, recipe="classic", batch_size=4096, epochs=steps)
    assert (found.works, found.held_out, found.steps) == (4096, 100, steps)
    assert found.learning_rate == pytest.approx(rate * 4096 / 256, rel=2e-3)
    assert (found.weight_decay, found.tau_base) == (decay, tau)
    assert plan(4196, recipe="classic", batch_size=256, epochs=steps // 16).learning_rate == pytest.approx(
        found.learning_rate / 16, rel=2e-3
    )


def test_a_classic_training_shorter_than_any_published_one_takes_longer_strides() -> None:
    rates = [plan(640, recipe="classic", batch_size=64, epochs=steps // 10).learning_rate for steps in (10, 200, 2000)]
    published = 0.45 * 64 / 256
    assert rates[0] == rates[1] > rates[2] > 1.5 * published  # a handful of steps is not hurried any further
    assert rates[1] < 10 * published


def test_plans_promise_little_for_random_weights_and_few_works() -> None:
    assert "below a colour histogram" in plan(weights="none").expectation()
    assert plan(30).expectation() != plan(3000).expectation()


@pytest.mark.parametrize(("device", "precision"), [("abacus", "auto"), ("cpu", "fp8")])
@pytest.mark.slow
def test_unknown_devices_and_precisions_are_refused(device: str, precision: str) -> None:
    with pytest.raises(UsageError, match=r"abacus|fp8"):
        choose_machine(device, precision)


def test_a_device_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match="no cuda device") as caught:
        choose_machine("cuda")
    assert caught.value.hint == "--device auto"


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_precision_asked_for_is_what_networks_compute_in(precision: str) -> None:
    import torch

    machine = choose_machine("cpu", precision)
    with machine.autocast():
        found = (torch.ones(2, 2) @ torch.ones(2, 2)).dtype
    assert found == (torch.bfloat16 if precision == "bf16" else torch.float32)
    assert precision in machine.describe()
