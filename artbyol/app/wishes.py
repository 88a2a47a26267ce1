"""What windows send: JSON of these forms, and nothing else."""

import json
from typing import Any, Final, NotRequired, TypedDict

from starlette.exceptions import HTTPException
from starlette.requests import Request

from artbyol.app.group_changes import Change
from artbyol.app.works import What
from artbyol.base.typed_json import from_json
from artbyol.pictures.measures.axes import Axis

_MOST: Final = 4 << 20  # bytes: the ids of 200,000 works


class Ask(TypedDict):
    """Works like these."""

    like: list[str]
    unlike: NotRequired[list[str] | None]
    by: NotRequired[Axis]
    across: NotRequired[str | None]
    k: NotRequired[int]


class ChangeGroups(TypedDict):
    """One change of the groups; see `artbyol.app.group_changes.GroupWish`."""

    do: Change
    group: NotRequired[int | None]
    into: NotRequired[int | None]
    name: NotRequired[str | None]
    text: NotRequired[str | None]
    works: NotRequired[list[str] | None]
    seen: NotRequired[str | None]
    k: NotRequired[int | None]


class PutMarks(TypedDict):
    """Stars and notes."""

    star: NotRequired[list[str] | None]
    unstar: NotRequired[list[str] | None]
    note: NotRequired[dict[str, str] | None]


class Take(TypedDict):
    """Works to be taken along; see `artbyol.app.take_along.Taken`."""

    what: What
    works: list[str]
    to: NotRequired[str | None]
    undo: NotRequired[bool]


class CompareWith(TypedDict):
    """Another folder, by its whole path."""

    other: str


async def read(request: Request, kind: type) -> dict[str, Any]:
    """What a window sent, without what it left empty.

    Raises:
        HTTPException: it is too long, or not of this form.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST:
            raise HTTPException(413, f"At most {_MOST >> 20} MB of JSON are taken.")
    try:
        said: dict[str, Any] = from_json(bytes(body) or b"{}", kind)
        json.dumps(said, ensure_ascii=False).encode("utf-8")  # half of a letter can be kept nowhere
    except ValueError as error:
        reason = "it is no text" if isinstance(error, UnicodeEncodeError) else str(error)
        raise HTTPException(400, f"What was sent is not understood: {reason}.") from error
    known = kind.__annotations__
    return {name: value for name, value in said.items() if name in known and value is not None}
