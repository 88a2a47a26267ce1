"""The year of a work, from the way people and databases write dates."""

import re

WIDEST_SPAN = 50
"""Years: a date that says less than this ("17th century", "960–1279") gives no year."""

_BEFORE_CHRIST = re.compile(
    r"(?<![^\W\d_])(?:"
    r"b\.?\s?c\.?(?:\s?e\.?)?(?![^\W\d_])|b\.?p\.?(?![^\W\d_])|v\.?\s?(?:chr|u\.?\s?z|d\.?\s?z)|av\.?\s?(?:j|n\.?\s?è)"
    r"|(?:vor|before|ante|avant|voor)\s(?:our|chr|j[ée]sus|j\.|c\b)|a\.\s?c\.|f\.\s?kr|pr?\.\s?(?:n\.\s?e|kr)|př\.\s?n"
    r"|m\.ö|î\.\s?h?r?|до\s?н|п\.\s?н|π\.\s?χ)|前|ق|years (?:ago|old)",
    re.IGNORECASE,
)
"""In the languages of museums; and counted from the present (BP), which is as far away."""

_OTHER_CALENDAR = re.compile(
    r"(?<![^\W\d_])(?:a\.?\s?h\.?|hijri|samvat|shaka|saka)\s?\d+(?:-\d+)?"
    r"|\d+(?:-\d+)?\s?(?:a\.?\s?h\.?|hijri|samvat|shaka|saka)(?![^\W\d_])",
    re.IGNORECASE,
)
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_WIKIDATA = re.compile(r"\+0*(\d+)-\d\d-\d\dT[\d:.]+Z?/(\d+)")
_DATE = re.compile(r"(?<!\d)\+?0*(\d{3,4})-(?:\d\d|XX)-(?:\d\d|XX)(?:T[\d:.]*(?:Z|[+-]\d\d:?\d\d)?)?(?!\d)")
_MONTH = re.compile(r"(?<!\d)(\d{4})-(?:0\d|1[0-2])(?![\d.-])")
_NO_DATE = re.compile(r"\s*(?:1899-12-3[01]|1900-01-00|3[01][./]12[./]1899|0+[./]0?1[./]1900)(?!\d).*")
"""What spreadsheets and databases write for a date that is empty."""

_NUMBERS = re.compile(r"(?:c\.|ca\.?|circa|um|vers)?[\d\s.,'’/-]+", re.IGNORECASE)
_NOUGHT = re.compile(r"(?<=\d\d\d)[.,]00?(?!\d)")
_THOUSANDS = re.compile(r"(?<![\d.,'’])(\d)[.,'’\s](\d{3})(?![.,'’\s]?\d)")
_FRACTION = re.compile(r"\s*\d{4,}[.,](?!0+\s*$)\d{3,}\s*")
_CENTURY = re.compile(r"(?<!\d)\d\d00\s?(?:'?s|er)\b", re.IGNORECASE)
_DECADE = re.compile(r"(?<!\d)(1\d\d0|20\d0)\s?(?:'?s|er)\b", re.IGNORECASE)
_SPAN = re.compile(
    r"(?<!\d)(1\d{3}|20\d\d|[5-9]\d\d)\s?(?:-|/|\bto\b|\band\b|\bor\b|\bbis\b|\bund\b|\boder\b|\bà\b|\bet\b|\bou\b)\s?"
    r"(?:c\.?a?\.?\s?)?(1\d{3}|20\d\d|[5-9]\d\d|\d\d)(?![\d./-])",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(1\d{3}|20\d\d)(?!\d)")
_EARLY = re.compile(r"\s*(?:c\.?|ca\.?|circa|um|vers)?\s*0?([5-9]\d\d)\s*", re.IGNORECASE)


def year_of(*texts: str) -> int | None:
    """The year that a date means, or None where it means none or one too vague to place on a line. Of several texts
    that date one work the first counts that gives a year, unless one before it lies before Christ.

    "1889", "c. 1889", "May 1889", "1889-05-03" and "after 1889" are 1889; so are "1889.0", "1,889" and Wikidata's
    "+1889-00-00T00:00:00Z". A span is its middle, rounded down: "1888–90" is 1889, "1475/1500" is 1487, "1880s" is
    1884; unless it is longer than `WIDEST_SPAN`. Of several years that are no span the first counts ("1889, printed
    1920"). Years are those from 500 to 2099; "-1500" and "500 BC" are none of them.
    """
    for text in texts:
        text = text[:200]
        plain = _DASHES.sub("-", text)
        if _BEFORE_CHRIST.search(text) or _is_negative(plain):
            return None
        if (year := _year(text, plain)) is not None:
            return year
    return None


def _is_negative(text: str) -> bool:
    """Whether a number has a minus, and not the dash of a span or of a date."""
    for dash in re.finditer(r"(?<!\w)-(\s?)\d", text):
        before = text[: dash.start()].rstrip()
        if not before or (not dash[1] and not re.search(r"[\d?~)\]]\.?$", before)):
            return True
    return False


def _year(text: str, plain: str) -> int | None:
    if found := _WIKIDATA.fullmatch(text.strip()):
        year, precision = int(found[1]), int(found[2])  # 9 and more: a year, 8: a decade, 7: a century
        return None if precision < 8 or not 500 <= year < 2100 else year // 10 * 10 + 4 if precision == 8 else year
    if _NO_DATE.fullmatch(text) or _FRACTION.fullmatch(text) or _CENTURY.search(text):
        return None
    if _MONTH.search(text):  # with a hyphen only: databases write months so, people a span; the year is right for both
        plain = _MONTH.sub(r"\1", text)
    plain = _OTHER_CALENDAR.sub("", _DATE.sub(r"\1", plain))
    if _NUMBERS.fullmatch(plain):
        plain = _THOUSANDS.sub(r"\1\2", _NOUGHT.sub("", plain))
    if early := _EARLY.fullmatch(plain):
        return int(early[1])
    if decade := _DECADE.search(plain):
        return int(decade[1]) + 4
    if span := _SPAN.search(plain):
        first, last = int(span[1]), int(span[2])
        if last < 100:
            last += first - first % 100
        if last >= first:
            return (first + last) // 2 if last - first <= WIDEST_SPAN else None
    found = _YEAR.search(plain)
    return int(found[1]) if found else None
