"""Works held out of a training, as encoders see them: what the verdict is made from.

The style recipes are cheap to fit again. The collection is dealt into folds; for each, whitening and BYOL are fitted
anew on the works of the others, from the same features, which takes seconds; the works left out are then embedded by
the three encoders in turn. A training on pixels is too dear for that: there some works are kept out of it for good.

Versions of one picture are held out together: a work is not held out where another file of it is fitted on. What works
that are held out still have a part in: they are searched in, and the length of the training follows the number of all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Lock

import numpy as np
import torch

from artbyol.base.errors import Interrupted
from artbyol.base.processes import at_once, cores
from artbyol.base.vectors import codes_of
from artbyol.encoder.current import BEFORE_VERDICT
from artbyol.encoder.readers import reader_of
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.storage.ingest import Content, PreparedPicture, prepare_pictures
from artbyol.training.collection_features import CollectionFeatures
from artbyol.training.consistency import StageVectors
from artbyol.training.phases import projection_phase, whiten
from artbyol.training.plan import FEWEST_WORKS, Plan
from artbyol.training.run import TrainingRun
from artbyol.training.trainer import Trainer
from artbyol.training.verdict import Fold, Stage

CROPS_OF_HALVES = 8
"""Crops that an encoder is judged by which needs fewer for its vectors, or none."""

MOST_ASKED = 1000
"""Works of a fold that are asked for their neighbours: enough for intervals of half a point."""

FEWEST_JUDGED = 2 * FEWEST_WORKS
"""In a smaller collection nothing is left to fit on when some works are held out."""


def crossfit(
    plan_for: Callable[[int], Plan],
    encoder: StyleEncoder,
    features: CollectionFeatures,
    tick: Callable[[int, int], None],
) -> list[Fold]:
    """Fit on each fold's complement, several at once, and see what the fit has not seen.

    Args:
        plan_for: the plan for so many works.
        encoder: where training begins: no projection.
        features: of `FEWEST_JUDGED` works or more.
        tick: told the steps done and the steps in all, after each; may raise to stop.

    Raises:
        TooFewImagesError, TrainingError: nothing can be fitted without one of the folds.
    """
    # By pictures, in the order of their first versions.
    pictures = codes_of(range(len(features.whole)) if features.pictures is None else features.pictures)
    # Four in small collections, where a fit on half of the works would say little about one on all.
    parts = 4 if pictures.max() < 199 else 2
    done = 0
    held_out = [torch.from_numpy(pictures % parts == part) for part in range(parts)]
    plans = [plan_for(int((~held).sum())) for held in held_out]
    untrained, told = _seen(encoder, features), Lock()

    def trained(trainer: Trainer) -> None:
        nonlocal done
        for _ in trainer.steps():
            with told:
                done += 1
                tick(done, sum(plan.steps for plan in plans))

    fits = []
    for held, plan in zip(held_out, plans, strict=True):
        seen_in_fit = features.without(held)
        fitted = whiten(plan, encoder, seen_in_fit)
        whitened = _seen(fitted, features)
        fits.append((fitted, whitened, projection_phase(plan, fitted, seen_in_fit.whole, seen_in_fit.crops)))
    at_once(trained, [trainer for *_, trainer in fits], min(parts, cores()))
    altered, elsewhere = (
        None if some is None else some.rows.numpy() for some in (features.altered, features.elsewhere)
    )
    folds = []
    for held, (fitted, whitened, _) in zip(held_out, fits, strict=True):
        seen: dict[Stage, StageVectors] = {"untrained": untrained, "whitened": whitened}
        seen["trained"] = _seen(fitted, features)
        asked = held.nonzero()[:MOST_ASKED, 0].numpy()
        folds.append(Fold(asked, seen, altered, elsewhere, features.pictures, features.sources))
    return folds


def _seen(encoder: StyleEncoder, features: CollectionFeatures) -> StageVectors:
    projection, crops = encoder.fitted(), features.crops.numpy()
    works = projection.vectors(features.whole.numpy(), crops)
    first, second = projection.halves(crops)
    in_grey = cut = elsewhere = None
    if features.altered:
        altered = (features.altered.in_grey, features.altered.cut)
        in_grey, cut = (projection.vectors(*(part.numpy() for part in seen)) for seen in altered)
    if features.elsewhere:
        elsewhere = projection.part(features.elsewhere.crops.numpy())
    return StageVectors(works, first, second, in_grey, cut, elsewhere)


def read_held_out(
    run: TrainingRun, encoders: Mapping[Stage, StyleEncoder], contents: Sequence[Content]
) -> dict[Stage, StageVectors]:
    """How encoders that look in the same way see works: as they embed them, and in crops of both halves. Nothing is
    recorded or kept; empty where fewer than `FEWEST_WORKS` can still be read."""
    own = next(iter(encoders.values())).config.views
    views = replace(own, crops=max(CROPS_OF_HALVES, own.crops))
    readers = {stage: reader_of(encoder, run) for stage, encoder in encoders.items()}
    rows = []
    for done, one in enumerate(prepare_pictures(run.store.folder, contents, views, run.max_pixels), start=1):
        if isinstance(one, PreparedPicture):
            rows.append({stage: reader.read([one.views]) for stage, reader in readers.items()})
        judging_progress(run, "judging", done, len(contents))
    found: dict[Stage, StageVectors] = {}
    for stage, reader in readers.items() if len(rows) >= FEWEST_WORKS else ():
        whole, crops = (np.concatenate([row[stage][part] for row in rows]) for part in (0, 1))
        vectors = reader.projection.vectors(whole, crops[:, : own.crops])
        found[stage] = StageVectors(vectors, *reader.projection.halves(crops))
    return found


def judging_progress(run: TrainingRun, stage: str, done: int, total: int) -> None:
    """Report progress with the verdict.

    Raises:
        Interrupted: asked to stop.
    """
    run.progress(stage, done, total)
    if run.stop():
        raise Interrupted(BEFORE_VERDICT, hint=None)
