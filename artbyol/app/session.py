"""What a server holds while it runs: the open collection, the pages, what was dropped, and who is to be told."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any, Final

from artbyol.app.asking import Question, answered
from artbyol.app.collection_thread import CollectionThread
from artbyol.app.comparing import Compared, compared
from artbyol.app.downloads import Downloads
from artbyol.app.events import Events
from artbyol.app.group_changes import PATIENCE, GroupWish, changed_groups
from artbyol.app.jobs import Jobs
from artbyol.app.larger import Larger, Original
from artbyol.app.new_files import NewFiles
from artbyol.app.pages import Pages, read_pages
from artbyol.app.state import (
    ShownGroups,
    generation_of,
    groups_stamp,
    kept_said,
    marks_said,
    shown_groups,
    stamp,
    version_of,
)
from artbyol.app.uploads import Uploads
from artbyol.app.where_alike import WhereAlike
from artbyol.app.works import Known, Taken, What, known_works
from artbyol.base.errors import ArtbyolError, StoreError, UsageError
from artbyol.base.events import ignore
from artbyol.base.run import Run
from artbyol.base.text import MARK, display_text
from artbyol.report.gallery.kept_pages import are_of_this_version, is_current, make_pages, seed_of
from artbyol.search.collection import OpenCollection
from artbyol.storage.marks import load_marks, marked, save_marks
from artbyol.storage.store import Store

_DOING: Final = {
    "folder": "copying works",
    "links": "linking works",
    "gallery": "making a gallery of the chosen works",
    "keywords": "writing keywords",
}
_LONGEST_END: Final = 10.0  # seconds that what is being written gets to come to a safe point


class Session:
    """One collection, open in the browser. Questions are asked in the thread of its collection.

    Args:
        place: its store. run: on what pictures are encoded; its `stop` ends jobs, too.
        events: the windows.
    """

    def __init__(self, place: Store, run: Run, events: Events) -> None:
        self.place, self.events, self.ending = place, events, Flag()
        self.name = display_text(place.folder.name)
        self.run = replace(run, stop=lambda: self.ending.is_set() or run.stop())
        self.folder = Path(tempfile.mkdtemp(prefix="artbyol-open-"))
        self.jobs = Jobs(lambda job: events.tell("job", job), self.run)
        self.thread = CollectionThread(place, replace(self.run, listener=ignore))
        uploads, larger, downloads = (self.folder / name for name in ("uploads", "larger", "downloads"))
        for folder in (uploads, larger, downloads):
            folder.mkdir()
        self.uploads, self.larger = Uploads(uploads, run.max_pixels), Larger(larger, run.max_pixels)
        self.downloads, self._where = Downloads(downloads), WhereAlike(self.uploads)
        self.new = NewFiles(place, self.run)
        self.pages: Pages | None = None
        self.former: dict[str, bytes] = {}  # what windows have open that were told of new pages this moment
        self.compared: Compared | None = None  # the last comparison
        self._known: Known | None = None
        self._groups: tuple[tuple[object, ...], ShownGroups] | None = None
        self._last: tuple[str, str] | None = None  # the groups after the last change made here, and what it was
        self._remaking = False
        # The first picture that is dropped need not wait for it.
        Thread(target=import_module, args=("onnxruntime",), daemon=True).start()
        with suppress(StoreError):
            if are_of_this_version(place):
                self.pages = read_pages(place.gallery)

    def end(self) -> None:
        """Let go of everything; what was dropped is removed."""
        self.ending.set()
        self.thread.close()
        self.jobs.wait(_LONGEST_END)
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- asked in the thread of the collection

    def state(self, collection: OpenCollection) -> dict[str, Any]:
        """How the collection stands; see docs/app.md."""
        pages = self.pages
        said = {"new": self.new.said(), "jobs": self.jobs.listed()}
        if pages is None:
            return {"generation": "", "title": self.name, "groups": [], "group": [], **said}
        known, groups = self.known(collection), self.groups(collection)
        stamped = groups_stamp(self.place)
        last = self._last[1] if self._last and self._last[0] == stamped else None
        return {
            "generation": generation_of(pages),
            "version": version_of(self.place),
            "title": pages.title,
            "groups": groups.groups,
            "group": groups.group,
            "pinned": groups.pinned,
            **kept_said(self.place, last),
            **marks_said(collection, known),
            **said,
        }

    def known(self, collection: OpenCollection) -> Known:
        """The works by their ids."""
        if self.pages is None:
            raise StoreError("The pages are being made.", "wait a moment")
        if self._known is None or self._known.generation != collection.catalogue.generation:
            self._known = known_works(collection, len(self.pages.ids[0]) if self.pages.ids else 10)
        return self._known

    def groups(self, collection: OpenCollection) -> ShownGroups:
        """The groups that windows show."""
        pages, known = self.pages, self.known(collection)
        assert pages
        key = pages.folder, known.generation, groups_stamp(self.place), stamp(self.place.model)
        if self._groups is None or self._groups[0] != key:
            self._groups = key, shown_groups(collection, pages, known, seed_of(self.place))
        return self._groups[1]

    def ask(self, collection: OpenCollection, question: Question) -> dict[str, Any]:
        """Works like these; see `artbyol.app.asking`."""
        return answered(collection, self.uploads, self.known(collection), question)

    def where(self, collection: OpenCollection, one: str, other: str) -> list[list[Any]]:
        """Where two pictures are alike."""
        return self._where.between(collection, self.known(collection), one, other)

    def original(self, collection: OpenCollection, id: str) -> Original:
        """A work whose picture is to be shown larger."""
        (work,) = self.known(collection).works([id])
        files = [os.path.join(os.fsencode(self.place.folder), path) for path in collection.paths_of([work.id])[work.id]]
        return Original(files, work.hash, work.width, work.height)

    def change_groups(self, collection: OpenCollection, wish: GroupWish) -> dict[str, Any]:
        """Change the groups; gives back the new state, and `said`, what was done."""
        shown = self.groups(collection).names
        known, pages = self.known(collection), self.pages
        assert pages
        said = changed_groups(collection, pages, known, shown, wish, seed_of(self.place))
        self._last = None if wish.do == "undo" else (groups_stamp(self.place), said)
        return {**self._told(collection), "said": said}

    def mark(self, collection: OpenCollection, star: list[str], unstar: list[str], note: Mapping[str, str]) -> Any:
        """Put stars and notes on works, or take them away; gives back the new state."""
        with collection.writing("artbyol open", PATIENCE):
            known = self.known(collection)

            def contents(ids: list[str]) -> list[int]:
                return [work.id for work in known.works(ids)]

            notes = dict(zip(contents(list(note)), note.values(), strict=True))
            marks = marked(load_marks(self.place), known.files, contents(star), contents(unstar), notes)
            save_marks(self.place, marks)
        return self._told(collection)

    def chosen(
        self, collection: OpenCollection, what: What, works: list[str], to: str | None = None, undo: bool = False
    ) -> Taken:
        """What a window wants to take along."""
        return Taken(what, self.known(collection).works(works), to, undo)

    def table(self, collection: OpenCollection, taken: Taken) -> int:
        """A table of works; gives back its number among the downloads."""
        from artbyol.app.take_along import works_table

        shown = self.groups(collection)
        text = works_table(collection, taken.works, self.known(collection), shown)
        return self.downloads.add(
            f"{self.name} selection.csv",
            "text/csv; charset=utf-8",
            lambda path: path.write_bytes(MARK + text.encode("utf-8", "surrogateescape")),
        )

    def _told(self, collection: OpenCollection) -> dict[str, Any]:
        state = self.state(collection)
        self.events.tell("state", state["generation"])
        return state

    # ---- pages

    def remake(self, *, unless_current: bool = True) -> None:
        """Make the pages anew in a job, where they do not show the collection as it is."""
        if self._remaking or self.ending.is_set():
            return
        self._remaking = True
        self.jobs.begin("making the pages", lambda run: self._remade(run, unless_current), to_its_end=False)

    def _remade(self, run: Run, unless_current: bool) -> str:
        try:
            with OpenCollection(self.place, run) as collection, collection.question():
                seed, self.former = seed_of(self.place), self.pages.contents() if self.pages else {}
                if not (unless_current and self.pages and is_current(collection, seed)):
                    make_pages(collection, seed)
            self.pages = read_pages(self.place.gallery)
            self.events.tell("state", generation_of(self.pages))
            return "The pages show the collection as it is."
        finally:
            self._remaking = False

    def in_job(self, what: str, work: Callable[[OpenCollection], str]) -> int:
        """Do some work with a collection of its own; gives back the number of the job."""

        def do(run: Run) -> str:
            with OpenCollection(self.place, run) as collection, collection.question():
                return work(collection)

        return self.jobs.begin(what, do)

    def compare(self, other: str) -> int:
        """Compare the collection with another folder; gives back the number of the job."""

        def do(collection: OpenCollection) -> str:
            self.compared = compared(collection, self.known(collection), other)
            return f"Compared with {self.compared.said['name']}."

        return self.in_job("comparing", do)

    def compared_picture(self, number: int) -> Original:
        """A picture of the other folder that a comparison shows. Raises UsageError: there is none of that number."""
        theirs = self.compared.theirs if self.compared else ()
        if number >= len(theirs):
            raise UsageError("That picture is not here any more.", "compare again")
        return theirs[number]

    def sheet(self, taken: Taken) -> int:
        """The works on a sheet; gives back its number among the downloads."""
        from artbyol.app.take_along import works_sheet

        with OpenCollection(self.place, self.run) as collection, collection.question():
            return self.downloads.add(
                f"{self.name} selection.pdf",
                "application/pdf",
                lambda path: works_sheet(collection, taken.works, path),
            )

    def take(self, taken: Taken) -> int:
        """Make a folder, a gallery or keywords; gives back the number of the job."""
        from artbyol.app.take_along import taken_along

        seed, scratch = seed_of(self.place), self.folder / f"selection-{time.monotonic_ns()}"
        return self.in_job(_DOING[taken.what], lambda collection: taken_along(collection, taken, seed, scratch))

    def embed(self) -> int:
        """Take in the new files, and make the pages anew."""

        def do(run: Run) -> str:
            from artbyol.grouping.kept_file import follow
            from artbyol.search.embedding import embed_folder

            report = embed_folder(self.place, run, follow)
            self.new.look()
            self.remake()
            return f"{report.embedded:,} pictures were taken in; there are {report.works:,} works."

        return self.jobs.begin("taking in new files", do)


def said_of(error: BaseException) -> tuple[int, dict[str, Any]]:
    """An error as a window is told of it: status, and its sentence and remedy."""
    from artbyol.base.errors import DecodeError, StoreBusyError, UsageError

    if not isinstance(error, ArtbyolError):
        return 500, {"error": f"It went wrong: {error}.", "hint": "artbyol doctor FOLDER"}
    status = 409 if isinstance(error, StoreBusyError) else 400 if isinstance(error, UsageError | DecodeError) else 500
    return status, {"error": error.message, "hint": error.hint}
