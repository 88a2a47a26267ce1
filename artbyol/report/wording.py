"""A verdict in words and figures, as the command line and the model card show it."""

from collections.abc import Callable

from artbyol.base.bootstrap import Estimate
from artbyol.training.verdict import StageScores, Verdict

UNJUDGED = "the works were too few, or too alike, to hold some out"


def finding(found: Verdict) -> str:
    """What training achieved, and by how much."""
    gain = found.stages[-1].gain
    points = f"by {gain.value:+.1f} points [{gain.low:+.1f}, {gain.high:+.1f}]"
    return {
        "helped": f"training helped: the two halves of a work agree more about its neighbours, {points}",
        "hurt": f"training hurt: the two halves of a work agree less about its neighbours, {points}",
        "no evidence": f"no evidence that training helped or hurt: agreement about neighbours changed {points}",
    }[found.finding]


def keeping(found: Verdict) -> str:
    """Which stage became the model, and why."""
    return {
        "trained": "the trained encoder, because no earlier stage agreed as well with itself",
        "whitened": "the whitened encoder, without BYOL, because of all stages it agreed best with itself",
        "untrained": "the untrained encoder, because nothing that was fitted agreed better with itself",
    }[found.kept]


def measures(found: Verdict) -> list[list[str]]:
    """A row for each measure: its name, then its value for each stage."""
    first = found.stages[0]
    shown: list[tuple[str, Callable[[StageScores], str]]] = [
        ("halves of a work agree about its neighbours, % (chance: 50)", lambda one: _estimate(one.agreement)),
        (f"more than {first.stage}, points", lambda one: _estimate(None if one is first else one.gain)),
        ("halves matched, %", lambda one: _estimate(one.found_again)),
        ("neighbours kept in greyscale, %", lambda one: _estimate(one.greyscale)),
        ("neighbours kept without the edges, %", lambda one: _estimate(one.cropped)),
        ("effective rank", lambda one: f"{one.effective_rank:.1f}"),
        ("hubness", lambda one: f"{one.hubness:.2f}"),
    ]
    return [[name, *(value(one) for one in found.stages)] for name, value in shown]


def _estimate(found: Estimate | None) -> str:
    return "–" if found is None else f"{found.value:.1f} [{found.low:.1f}, {found.high:.1f}]"
