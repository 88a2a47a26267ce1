"""Files that are made from a template: what they say lies in `templates`, as it will look."""

from typing import Any

from artbyol.base.text import markdown_text


def rendered(template: str, **shown: Any) -> str:
    """A template filled in. In HTML everything is escaped; elsewhere filters see to it: `markdown` for one line of
    Markdown, `tojson` for JSON."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("artbyol.report"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["markdown"] = markdown_text
    return environment.get_template(template).render(**shown)
