"""What an embedding gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from artbyol.storage.catalogue import Skip


@dataclass(frozen=True)
class EmbedReport:
    """What an embedding found and did.

    Attributes:
        folder: the collection.
        model_id: of the model whose vectors the catalogue now holds; `trained`: whether it was trained here.
        files: image files in the folder; `works`: different pictures among the usable ones.
        embedded: pictures that got a style vector now, `decoded` of them by opening the file.
        measured: pictures opened only to be measured, because the catalogue was made before artbyol did.
        unchanged, moved, vanished: files as before; renamed, copied or merely touched; gone.
        skips: files that cannot be used, and why.
        other_files: files with another ending, passed over.
        machine: device and precision in words, None where no network had to run.
        seconds: wall time.
    """

    folder: Path
    model_id: str
    trained: bool
    files: int
    works: int
    embedded: int
    decoded: int
    measured: int
    unchanged: int
    moved: int
    vanished: int
    skips: tuple[Skip, ...]
    other_files: int
    machine: str | None
    seconds: float
