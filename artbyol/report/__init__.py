"""Files for eyes and programs: sheets, pages, the gallery, exports."""

from typing import Final, Literal

Paper = Literal["a4", "a3", "letter"]

DEFAULT_DPI: Final = 300
"""Dots per inch, what printing houses ask for. A page of A4 then is 2480 x 3508 pixels."""
