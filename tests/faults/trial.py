"""One verb, disturbed at one call: what is left, and what comes of doing it again."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import re
import shutil
import sqlite3
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from artbyol.base.errors import ArtbyolError
from artbyol.storage.atomic import is_temporary
from tests.faults.acts import ACTS, STATES, originals

KINDS = {"kill": 1, "tear": 2, "fail": 3, "full": 4}
DONE, REFUSED, CRASHED, KILLED = 0, 3, 4, 137
"""How a process ends: the verb is done, it raised an error that a user can read, or another, or was killed."""

Facts = dict[str, str]


def in_a_process(do: Callable[[], Any], said: Path) -> tuple[int, Any]:
    """Fork, do something, and give back how that ended, and what it gave back. What it says goes to a file."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = CRASHED
        try:
            os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
            answer = json.dumps(do()).encode()
            os.write(write, len(answer).to_bytes(4, "big") + answer)
            status = DONE
        except ArtbyolError as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            status = REFUSED
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        data = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status, json.loads(data[4:]) if data else None


class Trials:
    """One act, whose start and undisturbed result are made once."""

    def __init__(self, work: Path, name: str) -> None:
        self.name, self.act, self.said = name, ACTS[name], work / "said"
        self.root, self.start = work / "here", work / "start"
        state = work / f"state {self.act.start}"
        if not state.exists():
            self._fresh(None)
            self._must(lambda: STATES[self.act.start](self.root) and None)
            shutil.copytree(self.root, state, symlinks=True)
        self._fresh(state)
        if self.act.first:
            first = self.act.first
            self._must(lambda: first(self.root) and None)
        shutil.rmtree(self.start, ignore_errors=True)
        shutil.copytree(self.root, self.start, symlinks=True)
        self.mine = originals(self.root, self.act)
        self.before = facts(self.root)
        self.calls: str = self._must(lambda: self._disturbed(0, "kill"))
        self.after = facts(self.root)
        assert originals(self.root, self.act) == self.mine, f"{name}: originals changed"

    def places(self, kind: str) -> list[int]:
        """The calls at which a fault of this kind is another than at the one before."""
        wanted = {"kill": "wrc", "tear": "w", "fail": "wrc", "full": "wr"}[kind]
        return [place for place, call in enumerate(self.calls, start=1) if call in wanted]

    def lost(self, kind: str, call: int) -> str | None:
        """What was lost by a fault at a call; None: nothing."""
        self._fresh(self.start)
        status, _ = in_a_process(lambda: self._disturbed(call, kind), self.said)
        told = self.said.read_text(errors="replace")
        if status == CRASHED or (status == DONE and kind in ("kill", "tear") and "[fault]" in told):
            return f"ended with {status}: {told[-1500:]}"
        status, lost = in_a_process(self._afterwards, self.said)
        if status != DONE:
            lost = f"refused afterwards: {self.said.read_text(errors='replace')[-1500:]}"
        return f"{lost} (first: {told[-300:].strip()})" if lost else None

    def _afterwards(self) -> str | None:
        """What is wrong with what is left, or with what comes of doing it again."""
        if lost := self._harmed():
            return lost
        now = facts(self.root)
        half = [
            one
            for one in now
            if re.fullmatch(r"out/[^./][^/]*\.[a-z]+", one)
            and now[one] not in (self.before.get(one), self.after.get(one))
        ]
        if half:
            return f"half written: {half}"
        if not self.act.again:
            if _settled(now) == _settled(self.after):
                return None
            if _settled(now) != _settled(self.before):
                return f"neither before nor after: {_difference(_settled(now), _settled(self.before))}"
        self.act.do(self.root)
        if lost := self._harmed():
            return f"{lost}, afterwards"
        now = facts(self.root)
        return None if now == self.after else f"another result: {_difference(now, self.after)}"

    def _disturbed(self, call: int, kind: str) -> str:
        shim = ctypes.CDLL(os.environ["LD_PRELOAD"])
        shim.fault_kinds.restype = ctypes.c_char_p
        shim.fault_arm(os.fsencode(self.root), call, KINDS[kind])
        try:
            self.act.do(self.root)
        finally:
            calls = shim.fault_kinds().decode()
            shim.fault_arm(b"/nowhere", 0, 0)
        return str(calls)

    def _must(self, do: Callable[[], Any]) -> Any:
        status, answer = in_a_process(do, self.said)
        assert status == DONE, f"{self.name}: {self.said.read_text(errors='replace')}"
        return answer

    def _fresh(self, start: Path | None) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        if start is None:
            self.root.mkdir()
        else:
            shutil.copytree(start, self.root, symlinks=True)

    def _harmed(self) -> str | None:
        now = originals(self.root, self.act)
        harmed = [name for name, was in self.mine.items() if now.get(name) != was]
        return f"originals or letters changed: {harmed}" if harmed else None


def _settled(found: Facts) -> Facts:
    """Without what a fault may leave, and what comes before a change."""
    passing = re.compile(r".*/(lock|lock\.json|index[^/]*|groups\.before.*|catalogue\.sqlite-.*)")
    return {
        name: what
        for name, what in found.items()
        if not passing.fullmatch(name) and not any(map(is_temporary, name.split("/")))
    }


def _difference(one: Facts, other: Facts) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))[:8]


def facts(root: Path) -> Facts:
    """Of all files and folders what is in them, without what says when they were made."""
    found: Facts = {}
    for here, folders, files in os.walk(root):
        for name in sorted([*folders, *files]):
            path = Path(here, name)
            inside = path.relative_to(root).as_posix()
            if "groups.before/" in inside:  # one more is written before a change that does not come
                continue
            if name.startswith("catalogue.sqlite-"):  # they come and go with whoever opens it
                continue
            # Ended between the renaming and this: it goes when something is written into the store again.
            if is_temporary(name) and ".artbyol/" in inside and not any(path.iterdir()):
                continue
            found[inside] = "temporary" if any(map(is_temporary, inside.split("/"))) else _fact(path)
    return found


def _fact(path: Path) -> str:
    if path.is_symlink():
        return f"link to {path.readlink()}"
    if path.is_dir():
        return "folder"
    if path.name == "catalogue.sqlite":
        return _digest(_of_catalogue(path))
    if path.name == "lock" or path.name.startswith(".artbyol-"):
        return "there"  # a marker says when the others were made, too
    data = path.read_bytes()
    if path.suffix == ".safetensors":
        return _digest(_of_tensors(path))
    if path.suffix == ".pdf":
        data = re.sub(rb"\(D:[^)]*\)|<[0-9A-Fa-f]+>", b"", data)
    if path.name == "model-card.md":
        data = re.sub(rb"made \d\d\d\d-[^|]*", b"", data)
    return _digest(data)


def _of_tensors(path: Path) -> bytes:
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        names = sorted(file.keys())
        said = json.loads((file.metadata() or {}).get("artbyol", "{}"))
        model = str(said.get("model_id")).encode()
        return model + b"".join(name.encode() + file.get_tensor(name).tobytes() for name in names)


def _of_catalogue(path: Path) -> bytes:
    """What it holds, whatever numbers its rows got on the way."""
    with sqlite3.connect(path) as connection:
        queries = (
            "SELECT path, size, mtime_ns, hex(files.hash), skip_code FROM files ORDER BY path",
            "SELECT hex(hash), width, height, hex(fingerprint) FROM contents ORDER BY hash",
            """SELECT model_id, hex(hash), hex(vector) FROM vectors JOIN models ON models.id = model
                JOIN contents ON contents.id = content_id ORDER BY 1, 2""",
            "SELECT model_id FROM state",
        )
        rows = [connection.execute(query).fetchall() for query in queries if _has_tables(connection)]
    connection.close()
    return repr(rows).encode()


def _has_tables(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()
