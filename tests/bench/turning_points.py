"""How often a turning point is found where one was planted, and where there is none.

    python -m tests.bench.turning_points [collections of each kind, default 200] [kinds]

Each collection is drawn: works of 41 years, a direction each of 32 numbers, with or without a steady drift, something
that all works of a year share, and a step; or works of 80 years, with three steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from artbyol.grouping.change_points import turning_points
from tests.bench import given
from tests.grouping.test_change_points import FOUR_STYLES, TURN, drawn

KINDS: dict[str, dict[str, Any]] = {
    "nothing, 60 works": {"n": 60},
    "nothing, 120 works": {},
    "nothing, 500 works": {"n": 500},
    "steady drift": {"drift": 3.0},
    "works of a year alike": {"series": 0.5},
    "works of a year alike, and drift": {"series": 0.5, "drift": 3.0},
    "step of 1": {"step": 1.0},
    "step of 2": {"step": 2.0},
    "step of 3": {"step": 3.0},
    "step of 4": {"step": 4.0},
    "step of 2, 500 works": {"step": 2.0, "n": 500},
    "step of 4, and drift": {"step": 4.0, "drift": 3.0},
    "three steps of 2, 320 works": {"step": 2.0, "n": 320, **FOUR_STYLES},
    "three steps of 4, 320 works": {"step": 4.0, "n": 320, **FOUR_STYLES},
}


def main(collections: int, kinds: list[str]) -> None:
    print("collections | a turn found | planted turns found within a year | a turn elsewhere found")
    for kind in kinds or KINDS:
        planted = KINDS[kind].get("turns", (TURN,)) if "step" in KINDS[kind] else ()
        turns = [turning_points(*drawn(seed, **KINDS[kind]), seed).turns for seed in range(collections)]
        near = [any(abs(turn.year - year) <= 1 for turn in one) for one in turns for year in planted]
        besides = [any(all(abs(turn.year - year) > 1 for year in planted) for turn in one) for one in turns]
        any_turn, elsewhere = (100 * np.mean(one) for one in ([bool(one) for one in turns], besides))
        right = f"{100 * np.mean(near):.0f} %" if planted else "–"
        print(f"{kind} | {any_turn:.1f} % | {right} | {elsewhere:.1f} %", flush=True)


if __name__ == "__main__":
    collections, *kinds = given(__doc__) or ["200"]
    main(int(collections), kinds)
