"""The year of a work, from the way people write dates."""

from __future__ import annotations

import re

WIDEST_SPAN = 50
"""Years: a date that says less than this ("17th century", "960–1279") gives no year."""

_BEFORE_CHRIST = re.compile(r"\b(b\.?\s?c\.?(\s?e\.?)?|v\.?\s?chr|av\.?\s?j)", re.IGNORECASE)
_DECADE = re.compile(r"(?<!\d)(1\d\d0|20\d0)\s?(?:'?s|er)\b", re.IGNORECASE)
_SPAN = re.compile(
    r"(?<!\d)(1\d{3}|20\d\d|[5-9]\d\d)\s?(?:-|–|—|/|\bto\b|\band\b|\bor\b|\bbis\b|\bund\b|\boder\b|\bà\b|\bet\b|\bou\b)\s?"
    r"(?:c\.?a?\.?\s?)?(1\d{3}|20\d\d|[5-9]\d\d|\d\d)(?![\d.-])",
    re.IGNORECASE,
)
_ISO = re.compile(r"(?<!\d)(1\d{3}|20\d\d)-(0[1-9]|1[0-2])-\d\d(?!\d)")
_YEAR = re.compile(r"(?<!\d)(1\d{3}|20\d\d)(?!\d)")
_EARLY = re.compile(r"\s*(?:c\.?|ca\.?|circa|um|vers)?\s*([5-9]\d\d)(?:\.0)?\s*", re.IGNORECASE)


def year_of(text: str) -> int | None:
    """The year that a date means, or None where it means none or one too vague to place on a line.

    "1889", "c. 1889", "May 1889", "1889-05-03" and "after 1889" are 1889. A span is its middle, rounded down: "1888–90"
    is 1889, "1475/1500" is 1487, "1880s" is 1884; unless it is longer than `WIDEST_SPAN`. Of several years that are no
    span the first counts ("1889, printed 1920"). Years are those from 500 to 2099; before Christ there are none.
    """
    text = text[:200]
    if _BEFORE_CHRIST.search(text):
        return None
    if early := _EARLY.fullmatch(text):
        return int(early[1])
    if decade := _DECADE.search(text):
        return int(decade[1]) + 4
    if not _ISO.search(text) and (span := _SPAN.search(text)):
        first, last = int(span[1]), int(span[2])
        if last < 100:
            last += first - first % 100
        if last >= first:
            return (first + last) // 2 if last - first <= WIDEST_SPAN else None
    found = _YEAR.search(text)
    return int(found[1]) if found else None
