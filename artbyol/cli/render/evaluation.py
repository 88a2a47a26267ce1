"""Scores of encoders against labels."""

from artbyol.base.bootstrap import Estimate
from artbyol.base.text import display_text
from artbyol.cli.console import facts, remark, rows
from artbyol.cli.render.text import counted, listed, shown
from artbyol.evaluation.comparison import Difference, EncoderScores
from artbyol.evaluation.evaluation import Evaluation
from artbyol.search.leak import Leak

SHOWN_NAMES = 3


def by_encoder(found: Evaluation) -> None:
    """A table: encoders and their scores, in percent; under it how the first compares with the others."""
    _about(found)
    k = found.k
    columns = ("encoder", f"P@{k}", "mAP", "1-NN", f"{k}-NN", f"mAP@{k}", f"R@{k}", "NMI", "ARI")
    rows([_row(one) for one in found.encoders], columns)
    _leaks(found)
    if found.differences:
        first = found.encoders[0].name
        facts([(f"against {one.name}", _verdict(first, one, k)) for one in found.differences], err=True)


def _leaks(found: Evaluation) -> None:
    """A table: how far the nearest share a source, in percent; and where the source cannot be told from the label."""
    table = [
        [display_text(one.source), one.encoder, *_of_leak(one.overall), *_of_leak(one.own_label)] for one in found.leaks
    ]
    if table:
        columns = ("all works: share", "chance", "beyond", "of one label: share", "chance", "beyond")
        rows(table, (f"of {found.k} nearest, same", "encoder", *columns))
    chances = {one.source: one.own_label.chance for one in found.leaks if one.inseparable}
    for source, chance in chances.items():
        said = f"{100 * chance:.0f} % of the works of one label share it: it can hardly be told from the label"
        facts([(display_text(source), said)], err=True)


def _of_leak(found: Leak) -> list[str]:
    return [_percent(found.share.value), _percent(found.chance), f"{100 * found.beyond.value:+.1f}"]


def by_label(found: Evaluation) -> None:
    """A table: labels, and the precision at k of every encoder for each."""
    _about(found)
    table = []
    for place, label in enumerate(found.encoders[0].by_label):
        values = [_percent(one.by_label[place].scores.precision_at_k) for one in found.encoders]
        table.append([display_text(label.label), str(label.queries), *values])
    rows(table, ("label", "queries", *(one.name for one in found.encoders)))
    remark(f"P@{found.k} in percent. For the other scores of each label: --csv FILE, or --json.")


def _about(found: Evaluation) -> None:
    """What was asked and what was left out."""
    labels = f"{counted(len(found.labels), 'label')} by {found.label_source}"
    lines = [("labels", f"{labels}, {counted(found.works, 'work')}")]
    if found.disjoint:
        asked = f"{found.queries:,} works are asked, for works with another {found.disjoint}"
        none = f"; {found.left_out.unanswerable:,} have no right answer" if found.left_out.unanswerable else ""
        lines.append(("across", asked + none))
    elif found.alone:
        lines.append(("alone", f"{counted(found.alone, 'work')} with a label that no other has; they count as 0"))
    facts([*lines, *(("left out", sentence) for sentence in _left_out(found))], err=True)


def _left_out(found: Evaluation) -> list[str]:
    left = found.left_out
    told = (
        (left.unlabelled, "work", "without a label", ()),
        (
            len(left.contested),
            "work",
            "of these with several labels",
            [shown(found.folder, path) for path in left.contested],
        ),
        (left.without_vectors, "work", "without a vector in a file of vectors", ()),
        (left.unseen, "work", "changed, gone or unreadable since artbyol embed", ()),
        (len(left.unknown), "row", "of the table without a picture", [display_text(name) for name in left.unknown]),
        (len(left.ambiguous), "row", "that may mean several pictures", [display_text(name) for name in left.ambiguous]),
    )
    return [
        f"{counted(number, noun)} {why}" + (f": {listed(names, SHOWN_NAMES)}" if names else "")
        for number, noun, why, names in told
        if number
    ]


def _row(one: EncoderScores) -> list[str]:
    scores = one.overall
    others = (scores.nearest_neighbour, scores.k_nearest_neighbours, scores.map_at_k, scores.recall_at_k)
    return [
        one.name,
        _with_interval(scores.precision_at_k),
        _with_interval(scores.mean_average_precision),
        *(_percent(score.value) for score in others),
        *(_percent(one.groups.nmi), _percent(one.groups.ari)),
    ]


def _verdict(subject: str, difference: Difference, k: int) -> str:
    by = difference.by.precision_at_k
    points = f"P@{k} {by.value * 100:+.1f} points [{by.low * 100:+.1f}, {by.high * 100:+.1f}]"
    if by.low <= 0 <= by.high:
        return f"{points}: they cannot be told apart"
    return f"{points}: the {subject} finds works of the same label {'more' if by.value > 0 else 'less'} often"


def _with_interval(one: Estimate) -> str:
    return f"{one.value * 100:.1f} ±{(one.high - one.low) * 50:.1f}"


def _percent(share: float) -> str:
    return f"{share * 100:.1f}"
