"""The store: found, made, refused, locked. Real directories, real processes, real kills."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import filelock  # noqa: F401  (imported before privileges are dropped: the interpreter may lie in root's home)
import pytest

import artbyol.storage.lock  # noqa: F401
from artbyol.base.errors import FolderError, StoreBusyError, StoreError, StoreFormatError, StoreMissingError, UsageError
from artbyol.base.events import Event, Notice
from artbyol.storage.atomic import remove_own, replacing, temporary_folder, write_atomically
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import (
    FORMAT_VERSION,
    STORE_NAME,
    Store,
    check,
    create,
    existing,
    find,
    locate,
    writing,
)

HOLD = """
import sys
from pathlib import Path
from artbyol.storage.store import locate, writing
with writing(locate(Path(sys.argv[1])), "artbyol embed"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARTBYOL_STORE", raising=False)
    monkeypatch.delenv("ARTBYOL_WAIT", raising=False)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = locate(tmp_path)
    create(made)
    return made


@pytest.fixture
def read_only_folder() -> Iterator[Path]:
    """A folder this process cannot write, even where the tests run as root."""
    if not hasattr(os, "geteuid"):
        pytest.skip("file rights work differently here")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        if os.access(folder, os.W_OK, effective_ids=True):
            pytest.skip("nothing is read-only here")
        yield folder
    finally:
        os.seteuid(user)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def hold(store: Store) -> subprocess.Popen[str]:
    """Another process that holds the store, signed, until its standard input is closed."""
    command = [sys.executable, "-c", HOLD, str(store.folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()


def test_argument_before_environment_before_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert locate(tmp_path).root == tmp_path / STORE_NAME
    monkeypatch.setenv("ARTBYOL_STORE", str(tmp_path / "environment"))
    assert locate(tmp_path).root == tmp_path / "environment"
    assert locate(tmp_path, tmp_path / "argument").root == tmp_path / "argument"
    assert list(tmp_path.iterdir()) == []


def test_locate_makes_paths_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert locate(Path("a/../b")).folder == tmp_path / "b"


def test_create_writes_marker_and_hides_itself(store: Store) -> None:
    assert store.exists()
    marker = json.loads(store.marker.read_text())
    assert marker["format"] == FORMAT_VERSION
    assert marker["folder"] == str(store.folder)
    assert marker["created_by"].startswith("artbyol ")
    assert (store.root / ".gitignore").read_text() == "*\n"
    create(store)
    check(store)


def everything(folder: Path) -> dict[str, bytes | str]:
    """What lies in a folder and below it, links not followed."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or path.is_file():
            found[str(path.relative_to(folder))] = str(path.readlink()) if path.is_symlink() else path.read_bytes()
    return found


FOREIGN = (".gitignore", "store.json", "lock.json", "lock", "model-card.md", "index.safetensors", "catalogue.sqlite")
FOREIGN += ("features/run1/data.csv", "features/0123456789ab/000000.safetensors", "training/classic.safetensors")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder of somebody's work, with every name that artbyol uses."""
    folder = tmp_path / "project"
    for name in FOREIGN:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f'{{"mine": "{name}"}}')
    return folder


def test_a_store_keeps_apart_from_what_lies_in_its_folder(tmp_path: Path, project: Path) -> None:
    before, told = everything(project), list[Event]()
    folder = tmp_path / "collection"
    folder.mkdir()
    made = locate(folder, project)
    assert made.root == project / STORE_NAME
    create(made, told.append)
    assert told == [Notice(f"{project} holds other things: the store lies in {project / STORE_NAME}.")]
    assert locate(folder, project) == made == find(folder, project) == existing(folder, project)
    create(made, told.append)
    assert len(told) == 1
    assert {name: data for name, data in everything(project).items() if not name.startswith(STORE_NAME)} == before
    # and the collection itself as its store is the usual place
    (folder / "a letter.txt").touch()
    assert locate(folder, folder) == locate(folder)


def test_an_empty_or_absent_folder_becomes_the_store_itself(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "begun").mkdir()
    temporary_folder(tmp_path / "begun" / "store.json").mkdir()  # killed before there was a marker
    for name in ("empty", "absent", "begun"):
        told = list[Event]()
        folder = tmp_path / f"folder of {name}"
        folder.mkdir()
        made = locate(folder, tmp_path / name)
        assert made.root == tmp_path / name
        create(made, told.append)
        assert told == [] and locate(folder, tmp_path / name) == made


def test_what_somebody_calls_like_a_store_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "collection"
    (folder / STORE_NAME).mkdir(parents=True)
    (folder / STORE_NAME / "letter.txt").write_text("dear aunt")
    made = locate(folder)
    create(made)
    assert made.root == folder / STORE_NAME / STORE_NAME
    assert find(folder) == made
    assert (folder / STORE_NAME / "letter.txt").read_text() == "dear aunt"
    folder.rename(tmp_path / "moved")
    assert existing(tmp_path / "moved").root == tmp_path / "moved" / STORE_NAME / STORE_NAME


def test_a_store_that_lost_its_marker_is_known_by_its_catalogue(tmp_path: Path) -> None:
    made = locate(tmp_path, tmp_path / "elsewhere")
    create(made)
    Catalogue.open(made.catalogue).close()
    made.marker.unlink()
    assert locate(tmp_path, tmp_path / "elsewhere") == made
    create(made)
    check(made)


def test_only_own_names_are_removed_and_nothing_through_a_link(tmp_path: Path) -> None:
    names = r"[0-9]+\.safetensors"
    folder, outside = tmp_path / "inside", tmp_path / "outside"
    for place in (folder, outside):
        place.mkdir()
        for name in ("000001.safetensors", "mine.safetensors", ".1.tmp"):
            (place / name).touch()
    (folder / "000003.safetensors").symlink_to(outside / "000001.safetensors")
    (folder / "000004.safetensors").mkdir()
    remove_own(folder, names)
    assert sorted(path.name for path in folder.iterdir()) == [
        *(".1.tmp", "000003.safetensors", "000004.safetensors", "mine.safetensors")
    ]
    (tmp_path / "link").symlink_to(outside)
    remove_own(tmp_path / "link", names)
    remove_own(tmp_path / "absent", names)
    assert len(list(outside.iterdir())) == 3


def test_find_looks_upward(store: Store) -> None:
    deep = store.folder / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "x.jpg").touch()
    for start in (store.folder, deep, deep / "x.jpg", store.root):
        assert find(start) == store
    assert find(store.folder.parent) is None


def test_find_names_the_recorded_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "store"
    assert find(tmp_path, elsewhere) is None
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))  # no UTF-8
    create(locate(folder, elsewhere))
    assert find(Path("/"), elsewhere) == Store(folder, elsewhere)
    monkeypatch.setenv("ARTBYOL_STORE", str(elsewhere))
    assert find(Path("/")) == Store(folder, elsewhere)


def test_a_moved_folder_takes_its_store_along(store: Store) -> None:
    moved = store.folder.with_name(store.folder.name + "-moved")
    store.folder.rename(moved)
    found = find(moved)
    assert found == Store(moved, moved / STORE_NAME)
    create(found)


def test_one_store_is_not_shared_by_two_collections(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    create(locate(tmp_path / "a", tmp_path / "store"))
    with pytest.raises(StoreError, match="another collection"):
        create(locate(tmp_path / "b", tmp_path / "store"))
    (tmp_path / "a").rmdir()  # moved, or mounted elsewhere
    create(locate(tmp_path / "b", tmp_path / "store"))
    assert find(tmp_path, tmp_path / "store") == locate(tmp_path / "b", tmp_path / "store")


def test_a_store_answers_for_no_folder_but_its_own(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name / "sub").mkdir(parents=True)
    shared = tmp_path / "shared"
    create(Store(tmp_path / "first", shared))
    os.symlink("first", tmp_path / "link")
    for inside in ("first", "first/sub", "link"):
        assert existing(tmp_path / inside, shared).folder == tmp_path / "first"
    with pytest.raises(StoreError, match="another collection") as refused:
        existing(tmp_path / "second", shared)
    assert "leave --store" in str(refused.value.hint)
    (tmp_path / "first").rename(tmp_path / "moved")
    with pytest.raises(StoreError, match="another collection") as refused:
        existing(tmp_path / "moved", shared)
    assert f"artbyol embed {tmp_path / 'moved'}" in str(refused.value.hint)
    with pytest.raises(FolderError, match="no folder"):
        existing(tmp_path / "moved" / "missing", shared)


def test_newer_format_is_refused(store: Store) -> None:
    store.marker.write_text('{"format": 7}')
    with pytest.raises(StoreFormatError, match=r"newer artbyol \(format 7, this one reads 1\)") as caught:
        check(store)
    assert caught.value.hint == "pip install --upgrade artbyol"
    with pytest.raises(StoreFormatError):
        create(store)
    with pytest.raises(StoreFormatError):
        find(store.folder, store.root)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"format": "x"}', b'{"format": 1, "folder": 7}', b"\xff\xfe", b"[" * 100_000, b"9" * 5000],
)
def test_damaged_marker_says_so(store: Store, content: bytes) -> None:
    store.marker.write_bytes(content)
    with pytest.raises(StoreError, match=r"store\.json is damaged") as caught:
        check(store)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("rm ")
    said: list[Event] = []
    create(store, said.append)  # inside its folder: nothing is lost
    assert len(said) == 1 and "written again" in str(said[0])
    check(store)


def test_a_damaged_marker_of_a_store_elsewhere_is_not_written_again_unasked(tmp_path: Path) -> None:
    elsewhere = Store(tmp_path / "works", tmp_path / "kept")
    elsewhere.folder.mkdir()
    create(elsewhere)
    elsewhere.marker.write_bytes(b"{}")
    with pytest.raises(StoreError, match=r"store\.json is damaged"):
        create(elsewhere)


def test_missing_store(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError) as caught:
        check(locate(tmp_path))
    assert caught.value.hint == f"artbyol embed {tmp_path}"
    with pytest.raises(StoreMissingError), writing(locate(tmp_path), "artbyol embed"):
        pass


def test_read_only_medium_is_named_with_the_way_out(read_only_folder: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written") as caught:
        create(locate(read_only_folder))
    assert caught.value.hint is not None
    assert "--store DIR" in caught.value.hint
    assert "ARTBYOL_STORE" in caught.value.hint


def test_atomic_write_replaces_or_leaves(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_bytes(b"half of the n")
        raise ZeroDivisionError
    assert path.read_bytes() == b"old"
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(StoreError, match="cannot be written"):
        write_atomically(tmp_path / "missing" / "file", b"")


@pytest.mark.slow
def test_waiting_names_the_holder_once_and_goes_on(store: Store) -> None:
    process = hold(store)
    heard: list[Event] = []

    def hear(event: Event) -> None:
        heard.append(event)
        assert process.stdin is not None
        process.stdin.close()

    try:
        with writing(store, "artbyol train", hear, wait=60.0):
            assert json.loads(store.holder.read_text())["purpose"] == "artbyol train"
    finally:
        end(process)
    (notice,) = heard
    assert isinstance(notice, Notice)
    assert f"artbyol embed (process {process.pid} on " in notice.text
    assert not store.holder.exists()


@pytest.mark.slow
def test_busy_store_names_the_holder(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    process = hold(store)
    try:
        busy = pytest.raises(StoreBusyError, match=rf"artbyol embed \(process {process.pid}")
        with busy, writing(store, "artbyol train", wait=0.3):
            pass
        monkeypatch.setenv("ARTBYOL_WAIT", "0")  # overrides
        with pytest.raises(StoreBusyError), writing(store, "artbyol train", wait=600.0):
            pass
    finally:
        end(process)


def test_a_killed_holder_blocks_nobody(store: Store) -> None:
    process = hold(store)
    end(process)
    assert store.holder.exists()
    heard: list[Event] = []
    with writing(store, "artbyol train", heard.append, wait=30.0):
        pass
    assert heard == []


def test_nested_writing_passes_through(store: Store) -> None:
    with writing(store, "artbyol explore"):
        with writing(store, "artbyol train"):
            assert json.loads(store.holder.read_text())["purpose"] == "artbyol explore"
        with pytest.raises(StoreBusyError):
            raise_in_thread(store)
    with writing(store, "artbyol embed"):
        assert json.loads(store.holder.read_text())["purpose"] == "artbyol embed"


def raise_in_thread(store: Store) -> None:
    """Another thread of this process is another writer."""
    caught: list[BaseException] = []

    def run() -> None:
        try:
            with writing(store, "artbyol train", wait=0.0):
                pass
        except StoreBusyError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    raise caught[0]


def test_writing_lets_go_after_an_error(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), writing(store, "artbyol embed"):
        raise ZeroDivisionError
    assert not store.holder.exists()
    end(hold(store))


@pytest.mark.parametrize("wait", ["soon", "-1", "nan", "inf"])
def test_wait_must_be_seconds(store: Store, monkeypatch: pytest.MonkeyPatch, wait: str) -> None:
    monkeypatch.setenv("ARTBYOL_WAIT", wait)
    with pytest.raises(UsageError), writing(store, "artbyol embed"):
        pass


def test_abandoned_temporaries_are_swept(store: Store) -> None:
    (store.root / "features" / "key").mkdir(parents=True)
    young, old = (temporary_folder(store.root / "features" / "key" / "000000.safetensors") for _ in range(2))
    old = old.with_name(old.name.replace(f"-{os.getpid()}-", f"-{2**22 + 1}-"))
    for folder in (young, old):
        folder.mkdir()
        (folder / "000000.safetensors").touch()
    with writing(store, "artbyol embed"):
        pass
    assert not old.exists()
    assert young.exists()


def test_a_file_keeps_its_rights_and_a_long_name_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write_atomically(path, b"1")
    plain = tmp_path / "plain"
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o444)
    write_atomically(path, b"2")
    assert path.stat().st_mode & 0o777 == 0o444 and path.read_bytes() == b"2" and len(list(tmp_path.iterdir())) == 2
