"""What year a date means."""

from __future__ import annotations

import pytest

from artbyol.metadata.years import year_of


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("1889", 1889),
        ("1889.0", 1889),
        ("c. 1889", 1889),
        ("ca.1889", 1889),
        ("um 1889", 1889),
        ("May 1889", 1889),
        ("1889-05-03", 1889),
        ("2024-01-15", 2024),
        ("03.05.1889", 1889),
        ("after 1889", 1889),
        ("1889?", 1889),
        ("1888-90", 1889),
        ("1888–1890", 1889),
        ("1888/90", 1889),
        ("between 1888 and c. 1890", 1889),
        ("1888 bis 1890", 1889),
        ("1475/1500", 1487),
        ("c. 1440–45", 1442),
        ("1899-1901", 1900),
        ("1880s", 1884),
        ("1880er", 1884),
        ("1889, printed 1920", 1889),
        ("No. 12, 1889", 1889),
        ("c. 960", 960),
        ("", None),
        ("undated", None),
        ("17th century", None),
        ("17. Jh.", None),
        ("Song dynasty (960–1279)", None),
        ("Ming dynasty (1368–1644)", None),
        ("500 BC", None),
        ("1200 v. Chr.", None),
        ("12", None),
        ("18891", None),
        ("2500", None),
        ("5" * 100_000, None),
    ],
)
def test_year_of(text: str, year: int | None) -> None:
    assert year_of(text) == year
