"""Values are of the type that was agreed on, or it is said where they are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

import pytest

from artbyol.base.typed_json import from_json, misfit


@dataclass(frozen=True)
class Point:
    x: float
    names: tuple[str, ...]


class Header(TypedDict):
    count: int
    kind: Literal["exact", "approximate"]
    recall: float | None
    point: Point
    more: NotRequired[dict[str, int]]


WHOLE: dict[str, Any] = {"count": 1, "kind": "exact", "recall": None, "point": {"x": 1, "names": ["a"]}, "extra": []}


@pytest.mark.parametrize(
    "change", [{}, {"recall": 0.5}, {"more": {"a": 1}}, {"point": {"x": float("nan"), "names": []}}]
)
def test_what_fits_fits(change: dict[str, Any]) -> None:
    assert misfit({**WHOLE, **change}, Header) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"count": True}, "count is not a whole number"),
        ({"count": 2**63}, "count"),
        ({"count": 1.0}, "count"),
        ({"kind": "quick"}, "kind"),
        ({"kind": ["exact"]}, "kind"),
        ({"recall": "high"}, "recall is not a number"),
        ({"point": None}, "point"),
        ({"point": {"x": 1}}, "names"),
        ({"point": {"x": 1, "names": [], "y": 2}}, "point lacks, or should not have, y"),
        ({"point": {"x": 1, "names": ["a", 2]}}, "point.names.1 is not a text"),
        ({"point": {"x": 1, "names": {"0": "a"}}}, "point.names"),
        ({"more": {"a": "b"}}, "more.a is not a whole number"),
        ({"more": None}, "more"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], said: str) -> None:
    assert said in str(misfit({**WHOLE, **change}, Header))


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[" * 100_000, b"[]", b'"x"', b"1" * 5000, "\x00"])
def test_what_is_no_such_value_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        from_json(text, dict[str, Any])
