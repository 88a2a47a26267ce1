"""Files that are made from a template: what they say lies in a room's `templates`, as it will look."""

from collections.abc import Callable, Mapping
from typing import Any

from artbyol.base.text import markdown_text

Filters = Mapping[str, Callable[[Any], str]]
"""By name, what makes values harmless where they stand."""


def rendered(template: str, shown: Mapping[str, Any], room: str = "report", filters: Filters | None = None) -> str:
    """A template of a room, filled in with what is shown. In HTML everything is escaped; elsewhere filters see to it:
    `markdown` for one line of Markdown, `tojson` for JSON, and whichever are given."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader(f"artbyol.{room}"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"markdown": markdown_text, **(filters or {})}
    return environment.get_template(template).render(shown)
