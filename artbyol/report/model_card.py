"""A model's card: what made it, what it achieved, and what it is not for. Markdown, from the model's header alone.

The form follows Mitchell et al. 2019, "Model Cards for Model Reporting" (arXiv 1810.03993).
"""

from collections.abc import Mapping
from typing import Any

from artbyol.base.rendering import rendered
from artbyol.report.wording import UNJUDGED, finding, keeping, meaning, measures
from artbyol.training.verdict import verdict_from


def model_card(header: Mapping[str, Any]) -> str:
    """The card of a model file with this header, as Markdown."""
    verdict = verdict_from(header["verdict"])
    shown = {"header": header, "plan": header["plan"], "verdict": verdict, "unjudged": UNJUDGED}
    if verdict:
        said = [f"{one[0].upper()}{one[1:]}." for one in (finding(verdict), meaning(verdict))]
        shown |= {"said": [*said, f"Kept as the model: {keeping(verdict)}."], "measures": measures(verdict)}
    return rendered("model_card.md", shown)
