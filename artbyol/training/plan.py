"""From what the user asked and how many images there are, to what exactly will be done.

One dial, `effort`, sets the rest; the arithmetic is written out here, and `Plan.explain` says it in words before
anything starts. Figures come from docs/experiments/.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

from artbyol.base.errors import TooFewImagesError, UsageError
from artbyol.encoder import DEFAULT_BACKBONE

RECIPES = ("style", "brushwork", "classic")
EFFORTS = ("quick", "standard", "thorough", "best")
FEWEST_WORKS = 8
"""Below this many different pictures there is nothing to fit: the frozen encoder serves."""


COLOURS_WEIGHT, FEWEST_WITHOUT = 0.1, 200
"""How much what the loss of its colours changes in a work counts beside the scatter of crops, in collections of twice
so many works and more: neighbours no longer follow the palette then, and nothing is lost. Among fewer works colours
help to tell hands apart; so it falls, and is nothing for so many (docs/experiments/without-palette.md)."""


@dataclass(frozen=True)
class TrainRequest:
    """What the user asked for; None means "you decide"."""

    backbone: str = DEFAULT_BACKBONE
    weights: str = "pretrained"
    recipe: str = "style"
    effort: str = "standard"
    epochs: int | None = None
    batch_size: int | None = None
    image_size: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, allowed in (("recipe", self.recipe, RECIPES), ("effort", self.effort, EFFORTS)):
            if value not in allowed:
                raise UsageError(f"--{name} must be {' or '.join(allowed)}, not {value!r}.")
        for name, number, least in (
            ("epochs", self.epochs, 1),
            ("batch-size", self.batch_size, 2),
            ("image-size", self.image_size, 32),
        ):
            if number is not None and number < least:
                raise UsageError(f"--{name} must be at least {least}, not {number}.")


@dataclass(frozen=True)
class Effort:
    """One position of the dial.

    Attributes:
        crops: crops per work.
        whole_side: side of the whole view, px (area kept, proportions free).
        epochs: passes over the works while the projection learns.
        most_works: at most so many works are fitted on; beyond, a draw by content hash, the same every time.
        classic_steps: optimiser steps of the classic recipe.
    """

    crops: int
    whole_side: int
    epochs: int
    most_works: int
    classic_steps: int


EFFORT = {
    "quick": Effort(4, 224, 50, 2_000, 200),
    "standard": Effort(8, 320, 100, 10_000, 2_000),
    "thorough": Effort(16, 320, 100, 10_000, 10_000),
    "best": Effort(8, 320, 100, 10_000, 10_000),  # and a second network, where its weights are at hand
}

MOST_HELD_OUT = 100
"""Works kept out of a training on pixels, which takes too long to be done twice, so that it can be judged."""


@dataclass(frozen=True)
class ClassicPreset:
    """What BYOL's authors set for a run of so many optimiser steps.

    Attributes:
        steps: of the published run.
        rate: base learning rate, for a batch of 256.
        weight_decay, tau_base: as in `Plan`.
    """

    steps: int
    rate: float
    weight_decay: float
    tau_base: float

    @staticmethod
    def nearest(steps: int) -> "ClassicPreset":
        """The shortest published run that is not shorter, or the longest there is."""
        return next((preset for preset in CLASSIC_PRESETS if steps <= preset.steps), CLASSIC_PRESETS[-1])


CLASSIC_PRESETS = (
    ClassicPreset(12_500, 0.45, 1e-6, 0.97),
    ClassicPreset(31_300, 0.45, 1e-6, 0.99),
    ClassicPreset(94_000, 0.3, 1e-6, 0.99),
    ClassicPreset(313_000, 0.2, 1.5e-6, 0.996),
)
"""For 40, 100, 300 and 1000 epochs of ImageNet in batches of 4,096 (configs/byol.py of the authors' code)."""


@dataclass(frozen=True)
class Trial:
    """What training brought in so many folders of so many works: mean average precision before and after, in percent,
    and in how many folders it fell (docs/experiments/few-works.md)."""

    works: int
    folders: int
    untrained: int
    trained: int
    fell: int


TRIALS = (
    Trial(10, 60, 76, 80, 19),
    Trial(16, 40, 73, 78, 4),
    Trial(30, 30, 70, 76, 2),
    Trial(100, 12, 72, 83, 0),
    Trial(300, 5, 72, 88, 0),
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that decides the outcome of a training, resolved. Equal plans on equal pictures give equal models.

    `works` are fitted on; `held_out` others are kept out of it, to judge it by. What is set here is what the style
    recipes always do.
    """

    works: int
    held_out: int = 0
    backbone: str
    weights: str
    recipe: str
    effort: str
    seed: int
    whole_side: int
    crop_side: int
    crops: int
    area: float = 0.1
    dimensions: int = 128
    shrink: float
    positives: str = "neighbours"
    neighbours: int
    refresh: int = 10
    epochs: int
    batch_size: int
    learning_rate: float = 3e-4
    weight_decay: float = 1e-4
    tau_base: float = 0.99
    device: str
    precision: str

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches only: BatchNorm needs company."""
        return max(1, self.works // self.batch_size)

    @property
    def steps(self) -> int:
        return self.epochs * self.steps_per_epoch

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def explain(self) -> tuple[tuple[str, str], ...]:
        """The plan in words, one (subject, sentence) a line."""
        classic = self.recipe == "classic"
        learns = "every layer, from the pixels" if classic else "the style projection; the backbone stays as it is"
        positives = {
            "own": "two views of the same work",
            "neighbours": f"crops of a work and of its mutual nearest neighbours (up to {self.neighbours})",
        }
        held_out = f", and {self.held_out:,} held out to judge by" if self.held_out else ""
        lines = [
            ("works", f"{self.works:,} different pictures{held_out}"),
            ("encoder", f"{self.backbone}, weights {self.weights}"),
            ("recipe", f"{self.recipe}: {positives[self.positives]}"),
            ("learns", learns),
            ("views", self._views()),
            (
                "steps",
                f"{self.steps:,} in {self.epochs} epochs, batch {self.batch_size}, "  # noqa: ISC004
                f"learning rate {self.learning_rate:g}, τ {self.tau_base:g} → 1",
            ),
            ("machine", f"{self.device}, {self.precision}, seed {self.seed}"),
        ]
        if classic:
            size = (self.works + self.held_out) * 3 * self.squares_side**2 / 1e6
            disk = f"{size:,.0f} MB of small copies of the pictures in the store, while training lasts"
            lines.insert(-1, ("disk", disk))
        else:
            start = f"crop whitening to {self.dimensions} dimensions, shrinkage {self.shrink:.2g}"
            colours = "colours, and " if overlooking_colours(self.works) else ""
            lines.insert(4, ("start", f"{start}; overlooks {colours}files where neighbours follow them"))
        return (*lines, ("expect", self.expectation()))

    @property
    def squares_side(self) -> int:
        """Side of the squares (`pixel_cache`) that the classic recipe reads, px: a third larger than the views, so that
        small crops lose little and 20,000 works take a gigabyte of disk."""
        return self.whole_side * 4 // 3

    def _views(self) -> str:
        if self.recipe == "classic":
            return f"random crops of {self.whole_side} px with colour jitter, greyscale, blur and solarize"
        crops = f"whole work at {self.whole_side}² px, {self.crops} crops of {self.crop_side} px"
        return crops + (" with colour jitter and greyscale" if self.recipe == "brushwork" else "")

    def expectation(self) -> str:
        """What a training like this one has been seen to do (docs/experiments/)."""
        if self.weights == "none":
            return (
                "from random weights a few thousand pictures teach little: below a colour histogram in our "
                "measurements. Take --weights pretrained unless the method itself is what you study"
            )
        if self.recipe == "classic":
            return "the reference method; on small collections it was weaker than the style recipe"
        trial = next((one for one in reversed(TRIALS) if one.works <= self.works), TRIALS[0])
        fell = f"; it fell in {trial.fell or 'none'} of {trial.folders} folders"
        return (
            f"closer neighbours. In trials with {trial.works} works of four painters mean average precision rose from "
            f"{trial.untrained} to {trial.trained} %{fell}"
        )


def make_plan(request: TrainRequest, works: int, device: str, precision: str, fixed_side: int | None = None) -> Plan:
    """Resolve a request for so many different works.

    Args:
        request: what the user asked.
        works: different pictures that can be used.
        device, precision: as chosen, see `artbyol.encoder.device`.
        fixed_side: the only input side the backbone takes, px, or None.

    Raises:
        TooFewImagesError: fewer than `FEWEST_WORKS`.
    """
    if works < FEWEST_WORKS:
        here = {0: "there are none", 1: "there is one"}.get(works, f"there are {works}")
        raise TooFewImagesError(
            f"Training needs at least {FEWEST_WORKS} different pictures; here {here}.",
            hint="artbyol embed, similar and cluster work without training",
        )
    settled = {name: getattr(request, name) for name in ("backbone", "weights", "recipe", "effort", "seed")}
    settled |= {"device": device, "precision": precision}
    effort = EFFORT[request.effort]
    works = min(works, effort.most_works)
    if request.recipe == "classic":
        if "+" in request.backbone:
            raise UsageError("The classic recipe trains one network, not two.", hint="leave --recipe or --backbone out")
        return _classic_plan(request, effort, works, fixed_side, settled)
    if "conv4" in request.backbone.split("+"):
        raise UsageError(
            "The network conv4 has no pretrained weights to start the style recipe from.",
            hint="train it from the start: --backbone conv4 --weights none --recipe classic",
        )
    batch = min(request.batch_size or 256, works)
    whole = fixed_side or request.image_size or effort.whole_side
    return Plan(
        **settled,
        works=works,
        whole_side=whole,
        # In less than 64 px the coarsest maps run out of positions, by which the middle ones are told
        # (channel_statistics.py).
        crop_side=fixed_side or max(64, whole // 2),
        crops=effort.crops,
        shrink=shrinkage(works),
        # 10, from 80 works up to 821 (20 were no better, 4 worse); fewer only where 10 would be a third of all.
        neighbours=min(10, works // 3),
        epochs=request.epochs or _epochs(effort, works, works // batch),
        batch_size=batch,
    )


def _classic_plan(
    request: TrainRequest, effort: Effort, works: int, fixed_side: int | None, settled: dict[str, Any]
) -> Plan:
    works, held_out = _divided(works)
    batch = min(request.batch_size or 64, works)
    epochs = request.epochs or max(1, round(effort.classic_steps / max(1, works // batch)))
    steps = epochs * max(1, works // batch)
    preset = ClassicPreset.nearest(steps)
    # LARS moves a layer by a set share of its length. In far fewer steps than were ever published, at the small rate
    # of a small batch, it would not get away from its random weights (docs/experiments/byol.md).
    short_run_factor = max(1.0, math.sqrt(CLASSIC_PRESETS[0].steps / max(200, steps)))
    side = fixed_side or request.image_size or (64 if request.backbone == "conv4" else 96)
    return Plan(
        **settled,
        works=works,
        held_out=held_out,
        whole_side=side,
        crop_side=side,
        crops=0,  # and `area` is of the crops it is judged by; those it learns from are drawn as in the paper
        dimensions=256,
        shrink=0.0,
        positives="own",
        neighbours=0,
        refresh=0,
        epochs=epochs,
        batch_size=batch,
        learning_rate=preset.rate * batch / 256 * short_run_factor,
        weight_decay=preset.weight_decay,
        tau_base=preset.tau_base,
    )


def _divided(works: int) -> tuple[int, int]:
    """Works to fit on, and a fifth held out, `MOST_HELD_OUT` at most; none where these would be too few to judge by."""
    held_out = min(MOST_HELD_OUT, works // 5)
    return (works - held_out, held_out) if held_out >= FEWEST_WORKS else (works, 0)


def _epochs(effort: Effort, works: int, steps_per_epoch: int) -> int:
    """Passes over the works: the dial's, but at least 1.5 steps a work (60 to 300) where an epoch is only a step or
    two long. 300 steps were better than 100 at 200 works and worse at 30."""
    least = min(3.0, max(0.6, 0.015 * works)) * effort.epochs
    return max(round(least / steps_per_epoch), effort.epochs if steps_per_epoch >= 3 else 1)


def overlooking_colours(works: int) -> float:
    """How much of what colours change to overlook in a collection of so many works."""
    return COLOURS_WEIGHT * min(1.0, max(0.0, works / FEWEST_WITHOUT - 1))


def shrinkage(works: int) -> float:
    """How strongly crop whitening is held back: 0.1 from 1,000 works up, 1.0 at 100 and below, because a scatter
    estimated from few paintings fits just those paintings. Measured from 30 to 821 works:
    docs/experiments/few-works.md."""
    return min(1.0, max(0.1, 100 / works))
