"""What the server answers, by path: pages, pictures, and what is asked and done. See docs/app.md."""

import asyncio
from pathlib import Path
from typing import Any, Final, TypeVar

from anyio import to_thread
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from artbyol.app import wishes
from artbyol.app.answers import Json
from artbyol.app.asking import Question
from artbyol.app.collection_thread import Question as Asked
from artbyol.app.group_changes import GroupWish
from artbyol.app.larger import Original
from artbyol.app.pages import living
from artbyol.app.session import Session, said_of
from artbyol.app.tickets import Tickets
from artbyol.app.uploads import MOST_AT_ONCE
from artbyol.app.uploads import said_of as said_of_upload
from artbyol.base.errors import ArtbyolError, DecodeError, UsageError
from artbyol.base.rendering import rendered
from artbyol.report.gallery.folder import INDEX

T = TypeVar("T")

_TEMPLATES: Final = Path(__file__).parent / "templates"
_WAITING: Final = "waiting.html"
_FOREVER: Final = {"cache-control": "private, max-age=31536000, immutable"}  # named by what is in them
_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".jpg": "image/jpeg",
    ".txt": "text/plain",
}


def routes_of(session: Session, tickets: Tickets) -> Starlette:
    """The server of a session, without its guard."""
    routes = Routes(session, tickets)
    return Starlette(
        routes=[
            Route("/", routes.index),
            Route("/waiting.js", routes.waiting),
            Route("/waiting.css", routes.waiting),
            Route("/api/here", routes.here),
            Route("/api/state", routes.state),
            Route("/api/events", routes.events),
            Route("/api/ask", routes.ask, methods=["POST"]),
            Route("/api/upload", routes.upload, methods=["POST"]),
            Route("/api/upload/{number:int}.jpg", routes.preview),
            Route("/api/groups", routes.groups, methods=["POST"]),
            Route("/api/mark", routes.mark, methods=["POST"]),
            Route("/api/take", routes.take, methods=["POST"]),
            Route("/api/download/{number:int}", routes.download),
            Route("/api/where/{one}/{other}", routes.where),
            Route("/picture/{side:int}/{id}.jpg", routes.picture),
            Route("/tiles/{id}.json", routes.tiling),
            Route("/tiles/{id}/{level:int}/{column:int}_{row:int}.jpg", routes.tile),
            Route("/api/compare", routes.compare, methods=["POST"]),
            Route("/api/compared", routes.compared),
            Route("/api/compared/{number:int}/{side:int}.jpg", routes.compared_picture),
            Route("/api/embed", routes.embed, methods=["POST"]),
            Route("/api/look", routes.look, methods=["POST"]),
            Route("/{name:path}", routes.file),
        ],
        exception_handlers={ArtbyolError: _failed, HTTPException: _refused, Exception: _failed},
    )


async def _failed(request: Request, error: Exception) -> Response:
    status, said = said_of(error)
    return Json(said, status)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Json({"error": error.detail, "hint": None}, error.status_code)


class Routes:
    """The answers of a session."""

    def __init__(self, session: Session, tickets: Tickets) -> None:
        self.session, self.tickets = session, tickets

    async def _asked(self, question: Asked[T]) -> T:
        return await asyncio.wrap_future(self.session.thread.ask(question))

    # ---- pages

    async def index(self, request: Request) -> Response:
        """The first page; where there are none yet, one that says how far they are."""
        if not request.scope["path"].endswith("/"):
            return RedirectResponse(f"{request.scope['path']}/")
        pages = self.session.pages
        if pages is None:
            self.session.remake()
            html, policy = living(rendered(_WAITING, {"title": self.session.name}, room="app"))
        else:
            html, policy = living(pages.index)
        return HTMLResponse(html, headers={"content-security-policy": policy})

    async def waiting(self, request: Request) -> Response:
        """What the waiting page needs."""
        file = _TEMPLATES / request.url.path.rpartition("/")[2]
        return FileResponse(file, media_type=_TYPES[file.suffix])

    async def here(self, request: Request) -> Response:
        """For a second `open`: of which collection this is, and how its browser gets here."""
        return Json({"folder": str(self.session.place.folder), "ticket": self.tickets.issue()})

    async def file(self, request: Request) -> Response:
        """A file of the pages."""
        name = request.path_params["name"]
        place = self.session.pages.place(name) if self.session.pages else None
        if place is None and name in self.session.former:
            kind = _TYPES[Path(name).suffix]
            return Response(self.session.former[name], media_type=kind, headers=_FOREVER)
        if place is None or name == INDEX:
            raise HTTPException(404, "There is no such file among the pages.")
        return FileResponse(place, media_type=_TYPES[place.suffix], headers=_FOREVER)

    # ---- what is asked

    async def state(self, request: Request) -> Response:
        return Json(await self._asked(self.session.state))

    async def events(self, request: Request) -> Response:
        return StreamingResponse(self.session.events.listen(), media_type="text/event-stream")

    async def ask(self, request: Request) -> Response:
        question = Question(**await wishes.read(request, wishes.Ask))
        return Json(await self._asked(lambda collection: self.session.ask(collection, question)))

    async def upload(self, request: Request) -> Response:
        async with request.form(max_files=MOST_AT_ONCE, max_fields=4) as form:
            files = [one for one in form.getlist("picture") if isinstance(one, UploadFile)]
            if not files:
                raise UsageError("No picture came.", "drop picture files")
            told = [await to_thread.run_sync(self._kept, one) for one in files]
        return Json({"uploads": told})

    def _kept(self, file: UploadFile) -> Any:
        name = file.filename or "picture"
        try:
            return said_of_upload(self.session.uploads.add(name, file.file), name)
        except (DecodeError, UsageError) as error:
            return said_of_upload(error, name)

    async def preview(self, request: Request) -> Response:
        one = self.session.uploads.find(f"upload:{request.path_params['number']}")
        return FileResponse(one.preview, media_type=_TYPES[".jpg"])

    async def where(self, request: Request) -> Response:
        two = request.path_params["one"], request.path_params["other"]
        return Json(await self._asked(lambda collection: self.session.where(collection, *two)))

    async def picture(self, request: Request) -> Response:
        original = await self._original(request)
        made = await to_thread.run_sync(self.session.larger.picture, original, request.path_params["side"])
        return FileResponse(made, media_type=_TYPES[".jpg"], headers=_FOREVER)

    async def tiling(self, request: Request) -> Response:
        return Json((await self._original(request)).said())

    async def tile(self, request: Request) -> Response:
        original = await self._original(request)
        place = (request.path_params[name] for name in ("level", "column", "row"))
        made = await to_thread.run_sync(self.session.larger.tile, original, *place)
        return FileResponse(made, media_type=_TYPES[".jpg"], headers=_FOREVER)

    async def _original(self, request: Request) -> Original:
        id = request.path_params["id"]
        return await self._asked(lambda collection: self.session.original(collection, id))

    # ---- what is done

    async def groups(self, request: Request) -> Response:
        wish = GroupWish(**await wishes.read(request, wishes.ChangeGroups))
        return Json(await self._asked(lambda collection: self.session.change_groups(collection, wish)))

    async def mark(self, request: Request) -> Response:
        said = await wishes.read(request, wishes.PutMarks)
        given = said.get("star", []), said.get("unstar", []), said.get("note", {})
        return Json(await self._asked(lambda collection: self.session.mark(collection, *given)))

    async def take(self, request: Request) -> Response:
        """Works taken along: a job that makes them, or a file to download."""
        said = await wishes.read(request, wishes.Take)
        if not said["works"]:
            raise UsageError("No works are chosen.", "choose some first")
        taken = await self._asked(lambda collection: self.session.chosen(collection, **said))
        if taken.what == "csv":
            number = await self._asked(lambda collection: self.session.table(collection, taken))
        elif taken.what == "sheet":
            number = await to_thread.run_sync(self.session.sheet, taken)
        else:
            return Json({"job": self.session.take(taken)})
        return Json({"download": f"api/download/{number}"})

    async def download(self, request: Request) -> Response:
        """What was made to be downloaded."""
        file = self.session.downloads.find(request.path_params["number"])
        if file is None or not file.path.is_file():
            raise HTTPException(404, "That file is not here any more.")
        return FileResponse(file.path, media_type=file.kind, filename=file.name)

    async def compare(self, request: Request) -> Response:
        said = await wishes.read(request, wishes.CompareWith)
        return Json({"job": self.session.compare(said["other"])})

    async def compared(self, request: Request) -> Response:
        """The last comparison; null where there was none."""
        return Json(self.session.compared.said if self.session.compared else None)

    async def compared_picture(self, request: Request) -> Response:
        one = self.session.compared_picture(request.path_params["number"])
        made = await to_thread.run_sync(self.session.larger.picture, one, request.path_params["side"])
        return FileResponse(made, media_type=_TYPES[".jpg"])

    async def embed(self, request: Request) -> Response:
        return Json({"job": self.session.embed()})

    async def look(self, request: Request) -> Response:
        await to_thread.run_sync(self.session.new.look)
        return Json(await self._asked(self.session.state))
