"""A collection of drawn pictures, open in the browser: the real server on this machine, and windows that ask it."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

import artbyol
from artbyol.app.serving import Served
from tests.conftest import give_model, paint


@dataclass
class Window:
    """What a page does: asks the server of an address, as its own origin."""

    address: str

    def __post_init__(self) -> None:
        self.origin = self.address.rsplit("/", 2)[0]
        self.http = httpx.Client(base_url=self.address, headers={"origin": self.origin}, timeout=60, trust_env=False)

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.http.get(path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.http.post(path, **({"json": body} if body is not None else {}), **more)

    def done(self, path: str, body: Any) -> Any:
        """What comes of something that is taken."""
        answer = self.post(path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get("api/state").json()
        return found

    @property
    def ids(self) -> list[str]:
        """Of works, by row."""
        folder = self.get("").text.partition('data-folder="')[2].partition('"')[0]
        script = self.get(f"{folder}/data/works.js").text
        found: list[str] = json.loads(script[len('artbyol.receive("works",') : -3])["works"]["id"]
        return found

    def finished(self, job: int) -> dict[str, Any]:
        """A job when it has ended."""
        with self.told() as events:
            one = next(one for one in self.state["jobs"] if one["id"] == job)
            while one["state"] == "running":
                name, value = next(events)
                one = value if name == "job" and value["id"] == job else one
        found: dict[str, Any] = one
        return found

    @contextmanager
    def told(self) -> Iterator[Iterator[tuple[str, Any]]]:
        """The events that a window is told from now on."""
        with self.http.stream("GET", "api/events") as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith("retry")

            def events() -> Iterator[tuple[str, Any]]:
                silent = 0
                for line in lines:
                    silent = 0 if line.startswith("event: ") else silent + line.startswith(":")
                    assert silent < 8, f"nothing happens: {self.state['jobs']}"
                    if line.startswith("event: "):
                        yield line[7:], json.loads(next(lines)[6:])

            yield events()


@contextmanager
def opened(folder: Path, **options: Any) -> Iterator[Window]:
    """A collection that is open in the browser for as long as this lasts; its pages are there."""
    stop, ready, failed = threading.Event(), threading.Event(), []
    found: list[Served] = []

    def told(served: Served) -> None:
        found.append(served)
        ready.set()

    def serve() -> None:
        try:
            artbyol.serve(folder, browser=False, ready=told, stop=stop.is_set, **options)
        except BaseException as error:
            failed.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert ready.wait(60) and not failed, failed
        with Window(found[0].address) as window:
            with window.told() as events:
                if not window.state["generation"]:
                    next(name for name, _ in events if name == "state")
            yield window
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive() and not failed


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection with pages in its store, to be copied by those who change it."""
    folder = paint(tmp_path_factory.mktemp("app") / "works", 24)
    paint(folder / "early", 4, first=30)
    give_model(folder)
    artbyol.embed(folder)
    rows = [f"work{number:02d}.png,Study {number},Anna,{1880 + number},oil\n" for number in range(10)]
    (folder / "metadata.csv").write_text("filename,title,artist,year,medium\n" + "".join(rows))
    with opened(folder):
        pass
    return folder


@pytest.fixture
def works(shown: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(shown, tmp_path / "works"))


@pytest.fixture(scope="session")
def looked_at(shown: Path) -> Iterator[Window]:
    """A window on it, for those who change nothing."""
    with opened(shown) as window:
        yield window


@pytest.fixture
def window(works: Path) -> Iterator[Window]:
    """A window on a collection of one's own."""
    with opened(works) as window:
        yield window
