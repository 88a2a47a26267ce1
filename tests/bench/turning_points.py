"""How often a turning point is found where one was planted, and where there is none.

    python -m tests.bench.turning_points [collections of each kind, default 200]

Each collection is drawn: works of 41 years, a direction each of 32 numbers, with or without a steady drift, something
that all works of a year share, and a step.
"""

from __future__ import annotations

import sys

import numpy as np

from artbyol.grouping.change_points import turning_points
from tests.test_timeline import TURN, drawn

KINDS: dict[str, dict[str, float]] = {
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
}


def main(collections: int) -> None:
    print("collections | a turn found | of these within a year of the planted one | turns besides, per collection")
    for kind, more in KINDS.items():
        turns = [turning_points(*drawn(seed, **more), seed).turns for seed in range(collections)]  # type: ignore[arg-type]
        found = np.array([bool(one) for one in turns])
        near = np.array([any(abs(turn.year - TURN) <= 1 for turn in one) for one in turns])
        besides = np.mean([sum(abs(turn.year - TURN) > 1 for turn in one) for one in turns])
        right = f"{100 * near.mean():.0f} %" if "step" in more else "–"
        print(f"{kind} | {100 * found.mean():.1f} % | {right} | {besides:.2f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
