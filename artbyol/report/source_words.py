"""How far neighbours follow their files, and the palette, in words and figures."""

from artbyol.base.bootstrap import Estimate
from artbyol.search.source_check import Followed, SourceCheck
from artbyol.training.verdict import Verdict

COLOURS_FOLLOWED = 50.0
"""Percent of a work's ten nearest that stay when it loses its colours; where fewer do, the palette decides. A quarter
to a third stay before training, 11 to 15 % after it, in collections of paintings (docs/experiments/sources.md)."""

WHAT_TO_DO = "asking across folders (artbyol similar PICTURE --across folders), and files of one size and format"

OLDER = "a model of an older artbyol is better trained again"


def source_line(check: SourceCheck) -> str | None:
    """What neighbours follow most of all that may go with a source, in figures; None: there is nothing to follow."""
    one = check.warning or next(iter(check.aspects), None)
    return _line(one) if one else None


def source_warning(check: SourceCheck, just_trained: bool = False) -> str | None:
    """What is wrong, and what to do about it; None where nothing is.

    Args:
        just_trained: the model has been trained a moment ago.
    """
    if check.warning is None:
        return None
    helps = WHAT_TO_DO if just_trained else f"{WHAT_TO_DO}; {OLDER}"
    return f"neighbours follow where a file is from, not style alone. What helps: {helps}"


def palette_line(verdict: Verdict) -> str | None:
    """How far neighbours follow the palette; None where they do not, or that was not tried."""
    kept: Estimate | None = next(one.greyscale for one in verdict.stages if one.stage == verdict.kept)
    if kept is None or kept.value >= COLOURS_FOLLOWED:
        return None
    return (
        f"neighbours follow the palette: {kept.value:.0f} % of a work's ten nearest stay when it is shown in greyscale."
        " The brushwork recipe looks past colours: train with --recipe brushwork"
    )


def _line(one: Followed) -> str:
    kind, elsewhere = one.clearest, " in other folders" if one.elsewhere else ""
    own, same = f"in a file {kind.label}", "in such files"
    if one.aspect == "folder":
        own, same = (f"in {kind.label}/" if kind.label else "at the top of the folder"), "there"
    return (
        f"of the ten nearest{elsewhere} of a work {own}, {100 * kind.share:.0f} % are {same};"
        f" {100 * kind.chance:.0f} % would be chance"
    )
