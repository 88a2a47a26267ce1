"""A verdict in words and figures, as the command line, the gallery and the model card show it.

The words claim what was measured. None says that training helped: without labels nobody knows.
"""

from collections.abc import Callable

from artbyol.base.bootstrap import Estimate
from artbyol.training.verdict import StageScores, Verdict

UNJUDGED = "the works were too few, or too alike, to hold some out"

LABELS_TELL = "whether it is style that they follow, only labels can tell (artbyol evaluate)"


def finding(found: Verdict) -> str:
    """What changed, by how much, and how much of it is the closed formula's."""
    gain = found.stages[-1].judged
    points = f"{gain.value:+.1f} points [{gain.low:+.1f}, {gain.high:+.1f}]"
    if before := [one for one in found.stages[1:-1] if one.stage == "whitened"]:
        points += f", of it {before[0].judged.value:+.1f} from whitening"
    where = "within a work" if found.stages[-1].across_gain is None else "within a work, from file to file"
    return {
        "more consistent": f"neighbours are more consistent {where}: {points}",
        "less consistent": f"neighbours are less consistent {where}: {points}",
        "no clear change": f"neighbours are about as consistent {where} as before: {points}",
    }[found.finding]


def meaning(found: Verdict) -> str:
    """How far that can be believed to be about style."""
    first, last = found.stages[0], found.stages[-1]
    if found.doubts is None or first.kinship is None or last.kinship is None:
        return f"an older artbyol asked nothing else; {LABELS_TELL}"
    kinship = f"{first.kinship.value:.0f} to {last.kinship.value:.0f} %"
    said = [f"kinship rose, {kinship}"]
    if "photographs" in found.doubts:
        said = [f"caution: kinship did not rise ({kinship}), so works may follow what is constant over one photograph"]
    if "files" in found.doubts and first.leak and last.leak and found.leak_by_chance is not None:
        said.append(
            f"caution: neighbours follow files more than before (same kind of file: {first.leak.value:.0f} to"
            f" {last.leak.value:.0f} %, by chance {found.leak_by_chance:.0f} %)"
        )
    return "; ".join([*said, LABELS_TELL])


def keeping(found: Verdict) -> str:
    """Which stage became the model, and why."""
    kept = f"the {found.kept} encoder"
    if found.doubts is None:
        return f"{kept}, which agreed most with itself: an older artbyol chose by that alone"
    if found.kept == found.stages[-1].stage:
        return f"{kept}: no earlier stage is better beyond chance"
    return f"{kept}: in kinship or agreement better than the {found.stages[-1].stage} one, beyond chance"


def measures(found: Verdict) -> list[list[str]]:
    """A row for each measure: its name, then its value for each stage."""
    first = found.stages[0]
    gained = f"more than {first.stage}, points"
    by_chance = "" if found.leak_by_chance is None else f" (chance: {found.leak_by_chance:.1f})"
    shown: list[tuple[str, Callable[[StageScores], Estimate | float | None]]] = [
        ("halves of a work agree about its neighbours, % (chance: 50)", lambda one: one.agreement),
        (gained, lambda one: None if one is first else one.gain),
        ("halves seen by two files agree, % (chance: 50)", lambda one: one.across),
        (gained, lambda one: None if one is first else one.across_gain),
        ("kinship: alike to the nearest works as to itself, % (chance: 0)", lambda one: one.kinship),
        (f"neighbours in the same kind of file, %{by_chance}", lambda one: one.leak),
        ("halves matched, %", lambda one: one.found_again),
        ("neighbours kept in greyscale, %", lambda one: one.greyscale),
        ("neighbours kept without the edges, %", lambda one: one.cropped),
        ("effective rank", lambda one: one.effective_rank),
        ("hubness", lambda one: one.hubness),
    ]
    asked = [(name, [value(one) for one in found.stages]) for name, value in shown]
    return [[name, *map(_figure, values)] for name, values in asked if any(value is not None for value in values)]


def _figure(value: Estimate | float | None) -> str:
    if isinstance(value, Estimate):
        return f"{value.value:.1f} [{value.low:.1f}, {value.high:.1f}]"
    return "–" if value is None else f"{value:.2f}"
