"""Cross-fitting on planted features: what is held out is not fitted on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from artbyol.base.errors import TooFewImagesError
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.weights import load_backbone
from artbyol.pictures.views import ViewPlan
from artbyol.training.collection_features import Altered, CollectionFeatures, Renditions
from artbyol.training.held_out import crossfit
from artbyol.training.plan import Plan, TrainRequest, make_plan
from artbyol.training.verdict import judge

WIDTH = 96  # of the last layer of MobileNetV3 small


@pytest.fixture(scope="module")
def encoder() -> StyleEncoder:
    config = EncoderConfig("mobilenet_v3_small", "none", ViewPlan(), "pooled")
    return StyleEncoder(config, load_backbone("mobilenet_v3_small", "none")[0])


def planned(**asked: object) -> Callable[[int], Plan]:
    return lambda works: make_plan(TrainRequest(effort="quick", **asked), works, "cpu", "fp32")  # type: ignore[arg-type]


def planted(n: int, seed: int = 0) -> CollectionFeatures:
    """Works of seven hands in a few quiet directions, crops that scatter loudly in others."""
    rng = Generator().manual_seed(seed)
    hands = torch.zeros(n, WIDTH)
    hands[torch.arange(n), torch.arange(n) % 7] = 2
    loud = torch.cat([torch.full((10,), 0.3), torch.full((10,), 4.0), torch.full((WIDTH - 20,), 0.05)])
    seen = hands[:, None] + loud * torch.randn(n, 9, WIDTH, generator=rng)
    return CollectionFeatures(seen[:, 0], seen[:, 1:])


def silent(done: int, total: int) -> None:
    pass


@pytest.mark.parametrize(("n", "parts"), [(16, 4), (40, 4), (200, 2)])
def test_every_work_is_held_out_once(encoder: StyleEncoder, n: int, parts: int) -> None:
    folds = crossfit(planned(epochs=1), encoder, planted(n), silent)
    assert len(folds) == parts
    assert sorted(np.concatenate([fold.held_out for fold in folds])) == list(range(n))
    for fold in folds:
        assert list(fold.seen) == ["untrained", "whitened", "trained"]
        assert all(np.isfinite(x).all() for seen in fold.seen.values() for x in (seen.works, seen.first, seen.second))


@pytest.mark.slow
def test_what_a_fold_holds_out_does_not_change_what_is_fitted(encoder: StyleEncoder) -> None:
    features, n = planted(40), 40
    held = torch.arange(n) % 4 == 0

    def changed(x: Tensor) -> Tensor:
        noise = torch.randn(x.shape, generator=Generator().manual_seed(9))
        return torch.where(held.view(-1, *[1] * (x.ndim - 1)), x + noise, x)

    before = crossfit(planned(epochs=5), encoder, features, silent)
    after = crossfit(
        planned(epochs=5), encoder, CollectionFeatures(changed(features.whole), changed(features.crops)), silent
    )
    others = (~held).numpy()
    for stage in ("whitened", "trained"):
        seen = [folds[0].seen[stage].works for folds in (before, after)]
        assert np.array_equal(seen[0][others], seen[1][others])
        assert not np.allclose(seen[0][~others], seen[1][~others])
        seen = [folds[1].seen[stage].works for folds in (before, after)]  # here they were fitted on
        assert not np.allclose(seen[0][others], seen[1][others])


def test_versions_of_a_work_are_held_out_together(encoder: StyleEncoder) -> None:
    pictures = np.repeat(np.arange(20), 2)
    features = planted(40)
    folds = crossfit(
        planned(epochs=1), encoder, CollectionFeatures(features.whole, features.crops, pictures=pictures), silent
    )
    assert sorted(np.concatenate([fold.held_out for fold in folds])) == list(range(40))
    for fold in folds:
        assert np.isin(pictures, pictures[fold.held_out]).sum() == len(fold.held_out)
    assert judge(folds).pictures == 20


@pytest.mark.slow
def test_training_that_quietens_the_scatter_of_crops_makes_neighbours_more_consistent(encoder: StyleEncoder) -> None:
    found = judge(crossfit(planned(epochs=20), encoder, planted(120), silent))
    start, whitened, _ = found.stages
    assert whitened.agreement.value > start.agreement.value + 10
    assert found.finding == "more consistent" and found.kept != "untrained" and found.doubts == ()


@pytest.mark.slow
def test_steps_are_counted_over_all_folds_to_the_very_last(encoder: StyleEncoder) -> None:
    told: list[tuple[int, int]] = []
    crossfit(planned(), encoder, planted(101), lambda done, total: told.append((done, total)))
    (total,) = {total for _, total in told}  # though the folds are not of one size, nor their plans of one length
    assert [done for done, _ in told] == list(range(1, total + 1))


def test_a_tick_that_raises_stops_it(encoder: StyleEncoder) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crossfit(planned(), encoder, planted(16), stop)


def test_altered_works_are_seen_by_every_stage(encoder: StyleEncoder) -> None:
    features, rows = planted(40), torch.tensor([1, 5, 6])
    same = (features.whole[rows], features.crops[rows])
    folds = crossfit(
        planned(epochs=1),
        encoder,
        CollectionFeatures(
            features.whole, features.crops, Altered(rows, same, same), Renditions(rows, same[0], same[1][:, ::2])
        ),
        silent,
    )
    for fold in folds:
        assert fold.altered is not None and fold.altered.tolist() == [1, 5, 6]
        assert fold.elsewhere is not None and fold.elsewhere.tolist() == [1, 5, 6]
        for seen in fold.seen.values():
            assert seen.in_grey is not None and np.allclose(seen.in_grey, seen.works[rows], atol=1e-5)
            assert seen.elsewhere is not None and np.allclose(seen.elsewhere, seen.first[rows], atol=1e-5)
    assert judge(folds).stages[-1].greyscale.value == 100  # type: ignore[union-attr]


def test_works_that_are_all_alike_without_those_held_out_are_refused(encoder: StyleEncoder) -> None:
    features = planted(1)
    whole, crops = features.whole.repeat(16, 1), features.crops.repeat(16, 1, 1)
    whole[0] += 3
    with pytest.raises(TooFewImagesError, match="look the same"):
        crossfit(planned(epochs=1), encoder, CollectionFeatures(whole, crops), silent)
