"""Text that is shown: as it is, and as nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from artbyol.base.text import from_here, markdown_text, told_apart


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


def test_files_of_one_name_are_told_apart() -> None:
    alike = [b"/c/1901/sea.jpg", b"/c/1902/sea.jpg", b"/c/1902/sea.png", b"/c/1902/boat.jpg"]
    assert list(told_apart(alike).values()) == ["1901/sea.jpg", "1902/sea.jpg", "sea.png", "boat"]
    assert told_apart([b"a/b/x.jpg", b"c/b/x.jpg", b"x.jpg"]) == {
        b"a/b/x.jpg": "a/b/x.jpg",
        b"c/b/x.jpg": "c/b/x.jpg",
        b"x.jpg": "x.jpg",
    }


def test_paths_from_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "c" / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to("c")
    expected = {
        tmp_path / "c": b"sub/a.jpg",
        tmp_path: b"c/sub/a.jpg",
        tmp_path / "c" / "sub": b"a.jpg",
        tmp_path / "link": b"sub/a.jpg",
    }
    for place, path in expected.items():
        monkeypatch.chdir(place)
        assert (
            from_here(bytes(tmp_path / "c"), b"sub/a.jpg") == from_here(bytes(tmp_path / "link"), b"sub/a.jpg") == path
        )
    monkeypatch.chdir("/")
    assert from_here(b"/c", b"") == b"c" and from_here(b"/c", b"/d/e.jpg") == b"d/e.jpg"
