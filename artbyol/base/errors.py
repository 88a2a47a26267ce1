"""Every error a user can meet. One base class; the command line catches that one and nothing else.

An error is a message (what happened, in the user's words) and, where one exists, a hint: a line that can be pasted
into a shell, or the one thing to do next.
"""

from __future__ import annotations


class ArtbyolError(Exception):
    """Base of all errors that artbyol raises on purpose.

    Attributes:
        message: what happened.
        hint: what to do about it, or None.
        exit_code: what the command line returns (1 failed, 2 wrong usage, 130 interrupted).
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ArtbyolError):
    """The call makes no sense as written (an unknown name, a value out of range, a missing folder)."""

    exit_code = 2


class Interrupted(ArtbyolError):
    """The user stopped the run; what was done is saved."""

    exit_code = 130

    def __init__(self, message: str, hint: str | None = "Run the same command again to resume.") -> None:
        super().__init__(message, hint)


class InstallationError(ArtbyolError):
    """The installed packages do not fit together."""


class FolderError(ArtbyolError):
    """The folder is missing, is not a folder, or holds nothing that can be used."""


class TooFewImagesError(FolderError):
    """There are too few different pictures for what was asked."""


class DecodeError(ArtbyolError):
    """One picture cannot be used. Never fatal to a run: the file is skipped and counted.

    Attributes:
        code: short stable word for the reason, see `artbyol.pictures.skips.SKIP_CODES`.
    """

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.code = code

    def __reduce__(self) -> tuple[type[DecodeError], tuple[str, str, str | None]]:
        return type(self), (self.code, self.message, self.hint)  # it travels between processes


class StoreError(ArtbyolError):
    """The store cannot be used."""


class StoreMissingError(StoreError):
    """No store was found where one was expected."""


class StoreBusyError(StoreError):
    """Another artbyol process holds the store."""


class StoreFormatError(StoreError):
    """The store was written by a newer artbyol, or is no store at all."""


class IndexDamagedError(StoreError):
    """The index file cannot be read. Never fatal: the index is built again from the catalogue, with a remark."""


class ModelError(ArtbyolError):
    """A model file cannot be read, or does not fit what was asked of it."""


class WeightsError(ModelError):
    """Pretrained weights are missing or are not the expected file."""


class ModelMismatchError(ModelError):
    """The vectors in the catalogue were made by another model than the one in use."""


class TrainingError(ArtbyolError):
    """Training stopped. The last good state is kept."""


class CollapseError(TrainingError):
    """All vectors became the same (spread near 0)."""


class NonFiniteLossError(TrainingError):
    """The loss became infinite or not a number."""


class WorkerLostError(ArtbyolError):
    """One of the processes that work together is gone, or the network between them is."""


class WorkerFailedError(ArtbyolError):
    """One of the processes that work together says that it cannot go on."""
