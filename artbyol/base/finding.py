"""What a check of the installation or of a store found."""

from dataclasses import dataclass
from typing import Literal

State = Literal["sound", "noted", "wrong", "unchecked"]


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        check: what was looked at, in one word.
        state: "sound", "noted" (nothing is wrong, but somebody may want to know), "wrong", or "unchecked".
        said: what was found.
        remedy: what a person can do about it, or None.
        mends: what `fix` does about it, or None where it does nothing.
    """

    check: str
    state: State
    said: str
    remedy: str | None = None
    mends: str | None = None
