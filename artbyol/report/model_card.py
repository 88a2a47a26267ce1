"""A model's card: what made it, what it achieved, and what it is not for. Markdown, from the model's header alone.

The form follows Mitchell et al. 2019, "Model Cards for Model Reporting" (arXiv 1810.03993).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from artbyol.base.text import markdown_text
from artbyol.report.wording import UNJUDGED, finding, keeping, meaning, measures
from artbyol.training.verdict import verdict_from

LIMITS = """\
- It describes pictures of the collection it was trained on, and pictures like them. In another collection, train
  another one.
- Its vectors cannot be compared with those of another model.
- It can follow frames, lighting, the scanner or the size of a reproduction where these go with a style.
- Nearness is an observation about pictures. It does not attribute a work.
- The verdict is about encoders fitted like this one on a part of the works, and asked about the others. It knows no
  labels: what is the same all over one photograph, or in all files of a kind, is not told from a hand wherever the
  measures above do not show it. `artbyol evaluate` scores against labels where there are any.
- The default settings of artbyol were chosen on one collection, paintings and prints by eight artists. How well they
  did there is no promise for another one.
"""


def model_card(header: Mapping[str, Any]) -> str:
    """The card of a model file with this header, as Markdown."""
    plan, trained_on, encoder = header["plan"], header["trained_on"], header["encoder"]
    facts = [
        ("model", f"`{header['model_id']}`, made {header['made']}"),
        ("trained on", f"{trained_on['works']:,} different pictures"),
        ("their digest", f"`{trained_on['pictures_sha256']}` (SHA-256 of their content hashes)"),
        ("backbone", markdown_text(f"{plan['backbone']}, weights {encoder['weights']}")),
        ("recipe", f"{plan['recipe']}, effort {plan['effort']}, {plan['epochs']} epochs, seed {plan['seed']}"),
        ("vectors", f"{encoder['dimensions'] or 'as many as the backbone has features'} numbers, compared by cosine"),
        ("versions", ", ".join(f"{name} {number}" for name, number in header["versions"].items())),
        ("machine", f"{plan['device']}, {plan['precision']}"),
    ]
    return "\n".join(
        [
            "# Style encoder\n",
            *_table(("", ""), facts),
            "\n## What did training change?\n",
            *_verdict(header),
            "\n## Limits\n",
            LIMITS,
            "## The whole plan\n",
            *_table(("setting", "value"), [(name, markdown_text(str(value))) for name, value in plan.items()]),
            "",
        ]
    )


def _verdict(header: Mapping[str, Any]) -> list[str]:
    found = verdict_from(header["verdict"])
    if found is None:
        return [f"There is no verdict: {UNJUDGED}."]
    said = [f"{one[0].upper()}{one[1:]}.\n" for one in (finding(found), meaning(found))]
    versions = (
        f" ({found.pictures} different ones and versions of them)" if found.pictures not in (None, found.works) else ""
    )
    return [
        *said,
        f"Kept as the model: {keeping(found)}.\n",
        f"Asked of {found.works:,} works{versions}, each held out of the fits it is asked of, with 95 % intervals:\n",
        *_table(("", *(one.stage for one in found.stages)), measures(found)),
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
