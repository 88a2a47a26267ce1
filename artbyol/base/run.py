"""One run of a verb: who listens, who may stop it, how large a picture may be, and on what it computes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from artbyol.base.errors import Interrupted
from artbyol.base.events import Listener, Notice, Progress, Steps, ignore

DEFAULT_MAX_PIXELS: Final = 500_000_000
"""Room for the 400-megapixel files of reproduction cameras; a file at the limit takes 2 GB of memory while it is
decoded, 6 GB with transparency (a JPEG far less)."""


def never() -> bool:
    """Nobody asks to stop."""
    return False


@dataclass(frozen=True)
class Run:
    """What everything that takes long shares.

    Attributes:
        listener: told what happens (`artbyol.base.events`).
        stop: asked at every safe point; True stops.
        max_pixels: larger pictures are skipped.
        device: "auto", "cpu", "cuda" or "mps"; precision: "auto", "fp32" or "bf16" (`artbyol.encoder.device`).
    """

    listener: Listener = ignore
    stop: Callable[[], bool] = never
    max_pixels: int = DEFAULT_MAX_PIXELS
    device: str = "auto"
    precision: str = "auto"

    def notice(self, text: str) -> None:
        """Say something once."""
        self.listener(Notice(text))

    def steps(self, *stages: str) -> None:
        """These stages are ahead."""
        self.listener(Steps(stages))

    def progress(self, stage: str, done: int = 0, total: int | None = None) -> None:
        """A stage begins, or so many of it are finished: to be told before whatever may take a second."""
        self.listener(Progress(stage, done, total))

    def check_stop(self, message: str) -> None:
        """Raises Interrupted with this message if somebody asked to stop."""
        if self.stop():
            raise Interrupted(message)
