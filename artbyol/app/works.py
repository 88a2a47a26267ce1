"""Works by the ids that pages know them by, the first digits of the hash of their content; and which of them a window
has chosen, for what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from artbyol.base.errors import UsageError
from artbyol.search.collection import OpenCollection
from artbyol.storage.rows import Work


@dataclass(frozen=True, eq=False)
class Known:
    """The works of a collection as pages name them.

    Attributes:
        generation: of the catalogue.
        files: every usable file.
        by_id: the first file of each. id_of: of a file, by its path.
    """

    generation: int
    files: Sequence[Work]
    by_id: Mapping[str, Work]
    id_of: Mapping[bytes, str]

    def works(self, ids: Iterable[str]) -> list[Work]:
        """The works with these ids. Raises UsageError: one is not there."""
        found = []
        for id in ids:
            if id not in self.by_id:
                raise UsageError(
                    f"The work {id[:64]} is not in the collection any more.", "load the page again: it has changed"
                )
            found.append(self.by_id[id])
        return found

    def ids(self, contents: Iterable[int], name: Mapping[int, str]) -> list[str]:
        """The ids of contents that the collection has now."""
        return [name[content] for content in contents if content in name]


def known_works(collection: OpenCollection, length: int) -> Known:
    """The works of a collection, by ids of so many digits."""
    files = collection.files()
    by_id: dict[str, Work] = {}
    id_of: dict[bytes, str] = {}
    for work in files:
        id = work.hash.hex()[:length]
        by_id.setdefault(id, work)
        id_of[work.path] = id
    return Known(collection.catalogue.generation, files, by_id, id_of)


What = Literal["folder", "links", "csv", "sheet", "keywords", "gallery"]
"""As what works are taken along."""


@dataclass(frozen=True)
class Taken:
    """What is to be taken along: which works, in the order chosen, as what, and where to (None: beside the collection,
    under a name that is free). `undo`: keywords are taken out again."""

    what: What
    works: Sequence[Work]
    to: str | None = None
    undo: bool = False
