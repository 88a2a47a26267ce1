"""What a long-running verb tells whoever listens. The core reports; only the command line draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """Something worth saying once, e.g. why everything is embedded again."""

    text: str


@dataclass(frozen=True)
class Progress:
    """`done` of `total` units of a stage are finished (total None: unknown)."""

    stage: str
    done: int
    total: int | None
    unit: str = "images"


Event = object
"""A `Notice`, a `Progress`, or a verb's own event such as `artbyol.training.Step`."""

Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The listener of those who do not listen."""
