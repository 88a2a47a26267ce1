"""The pages that are given out: those that the store keeps, read where they lie.

No path from a window is ever joined to a folder: what may be given out is listed, and a window's path is looked up.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from artbyol.base.errors import StoreError, UsageError
from artbyol.base.typed_json import from_json
from artbyol.pictures.scan import GALLERY_MARKER
from artbyol.report.destination import path_below, read_marker
from artbyol.report.gallery.folder import INDEX
from artbyol.report.gallery.images import image_name

_RECEIVE = re.compile(r"artbyol\.receive\(\"[a-z]+\",(.*)\);\s*", re.DOTALL)
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">\n?')
_MORE: Final = {
    "connect-src": "'self'",
    "img-src": "'self' blob: data:",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
}
"""What pages may do besides when a server gives them out, and what nobody may do with them."""


@dataclass(frozen=True, eq=False)
class Pages:
    """Pages that are given out.

    Attributes:
        root: the gallery. index: the first page. files: names of all but the pictures; folder: that these lie in.
        title: of the collection; model_id: whose vectors they show.
        ids: of works, by row; rows: the other way round.
        groups, group: as `works.js` has them: the groups, and the number of each work's (0: none).
        folders: of copies of pictures, the small ones first; sheets: names of those for the map.
    """

    root: Path
    index: str
    files: frozenset[str]
    folder: str
    title: str
    model_id: str
    ids: Sequence[str]
    groups: list[dict[str, Any]]
    group: list[int]
    folders: Sequence[str]
    sheets: frozenset[str]
    rows: Mapping[str, int] = field(default_factory=dict)

    def place(self, name: str) -> Path | None:
        """Where a file of the pages lies; None: it is none of them, or a link has taken its place."""
        if name not in self.files and name not in self.sheets and not self._is_copy(name):
            return None
        try:
            path = path_below(self.root, name)
        except (UsageError, ValueError):
            return None
        return path if path.is_file() and not path.is_symlink() else None

    def contents(self) -> dict[str, bytes]:
        """All files but the pictures, for windows that show these pages still when others have taken their place."""
        found = {}
        for name in self.files:
            with suppress(OSError):
                if place := self.place(name):
                    found[name] = place.read_bytes()
        return found

    def are_there(self) -> bool:
        """Whether they lie there still: another process may have made others."""
        try:
            return (self.root / INDEX).read_text("utf-8") == self.index
        except (OSError, ValueError):
            return False

    def in_groups(self, number: int | None) -> list[int] | None:
        """Of each row the number of its group where there are so many, or as many as were found; None: the pages do not
        show so many."""
        if number in (None, len(self.groups)):
            return self.group
        try:
            place = self.place(f"{self.folder}/data/groupings.js")
            others = _received(place.read_text("ascii"), list[dict[str, Any]]) if place else []
            return next((one["group"] for one in others if len(one["groups"]) == number), None)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _is_copy(self, name: str) -> bool:
        id = name.rpartition("/")[2].removesuffix(".jpg")
        return id in self.rows and any(name == image_name(one, id) for one in self.folders)


def read_pages(root: Path) -> Pages:
    """The pages that lie in a folder.

    Raises:
        StoreError: they cannot be read.
    """
    try:
        files = read_marker(root, GALLERY_MARKER, lambda marker: frozenset(map(str, marker["files"]))) or frozenset()
        index = (root / INDEX).read_text("utf-8")
        folder = _folder_of(index)
        whole = _received((root / folder / "data" / "works.js").read_text("ascii"), dict[str, Any])
        works, map_ = whole["works"], whole["map"]
        ids = works["id"]
        return Pages(
            root=root,
            index=index,
            files=frozenset(files),
            folder=folder,
            title=whole["about"]["title"],
            model_id=whole["about"]["model"],
            ids=ids,
            groups=whole["groups"],
            group=works.get("group", [0] * len(ids)),
            folders=whole["folders"],
            sheets=frozenset(name for names in map_["cells"].values() for name in names),
            rows={id: row for row, id in enumerate(ids)},
        )
    except (OSError, ValueError, KeyError, TypeError, UsageError) as error:
        raise StoreError(f"The pages in {root} cannot be read: {error}.", "they are made anew") from error


def _received(script: str, kind: Any) -> Any:
    """What a data script hands to the page. Raises ValueError."""
    matched = _RECEIVE.fullmatch(script)
    if not matched:
        raise ValueError("its data are of another form")
    return from_json(matched[1], kind)


def _folder_of(index: str) -> str:
    found = re.search(r'data-folder="(pages-[0-9a-f]+)"', index)
    if not found:
        raise ValueError("the first page names no folder")
    return found[1]


def living(index: str) -> tuple[str, str]:
    """The first page as a server gives it out, and the policy that goes with it: what the page's own allows, without
    files, and what a server makes possible."""
    found = _POLICY.search(index)
    said = found[1] if found else "default-src 'none'; script-src 'self'; style-src 'self'"
    rules = dict(part.strip().partition(" ")[::2] for part in said.split(";") if part.strip())
    rules = {name: " ".join(word for word in value.split() if word != "file:") for name, value in rules.items()}
    for name, value in _MORE.items():
        words = dict.fromkeys([*rules.get(name, "").split(), *value.split()])
        rules[name] = " ".join(word for word in words if word != "'none'" or len(words) == 1)
    html = _POLICY.sub("", index, count=1).replace("<body ", "<body data-live ", 1)
    icon = '<link rel="icon" href="data:,">'  # or one is asked for, without the key
    html = html.replace("</title>", f"</title>\n{icon}", 1)
    return html, "; ".join(f"{name} {value}".strip() for name, value in rules.items())
