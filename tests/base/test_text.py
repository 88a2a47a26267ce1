"""Text that is shown: as it is, and as nothing else."""

from __future__ import annotations

import pytest

from artbyol.base.text import markdown_text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("efficientnet_lite0, seed 0 (random)", "efficientnet_lite0, seed 0 (random)"),
        ("<img onerror=x> & b", "&lt;img onerror=x&gt; &amp; b"),
        ("a|b", r"a\|b"),
        ("[a](javascript:x)", r"\[a\](javascript:x)"),
        ("_a_ *b* `c` \\", r"\_a\_ \*b\* \`c\` \\"),
        ("two\n# lines", "two\\\\n# lines"),
    ],
)
def test_markdown_shows_a_text_as_it_is(text: str, written: str) -> None:
    assert markdown_text(text) == written
