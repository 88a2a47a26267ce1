"""What is done in the browser, as its pages do it: asked, grouped, marked, taken along; by several at once."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import artbyol
from artbyol.base.errors import StoreMissingError
from artbyol.grouping.kept_file import load
from artbyol.storage.lock import exclusive
from artbyol.storage.marks import load_marks
from artbyol.storage.store import locate
from tests.app.conftest import Window, opened
from tests.conftest import environment, paint, painting, run_cli

AXES = ("style", "brushwork", "palette", "composition", "tone")


def photograph(number: int) -> bytes:
    """A work as somebody might photograph it: larger, and saved anew."""
    data = io.BytesIO()
    painting(number).resize((480, 400), Image.Resampling.LANCZOS).save(data, "JPEG", quality=80)
    return data.getvalue()


def dropped(window: Window, name: str, data: bytes) -> dict[str, Any]:
    (found,) = window.http.post("api/upload", files=[("picture", (name, data))]).json()["uploads"]
    assert found["error"] is None
    result: dict[str, Any] = found
    return result


def test_the_pages_are_those_of_the_gallery_alive(looked_at: Window, shown: Path) -> None:
    page = looked_at.get("")
    assert page.status_code == 200 and "<body data-live" in page.text and "http-equiv" not in page.text
    assert page.text.count("<body") == 1
    script = page.text.partition('<script src="')[2].partition('"')[0]
    assert looked_at.get(script).headers["content-type"].startswith("text/javascript")
    copies = [looked_at.get(f"images/small-320/{id[:2]}/{id}.jpg") for id in looked_at.ids]
    assert {one.status_code for one in copies} == {200} and len(copies) == 28
    assert looked_at.http.get(looked_at.address.rstrip("/"), follow_redirects=True).text == page.text


def test_a_work_is_answered_as_on_the_command_line(looked_at: Window, shown: Path) -> None:
    first, other, third = looked_at.ids[:3]
    told = looked_at.done("api/ask", {"like": [first], "k": 5})
    found = artbyol.similar(shown / "early" / "work30.png", k=5, why=True)
    with artbyol.open(shown) as collection:
        id_of = {work.path: id for work, id in zip(collection.works(), looked_at.ids, strict=True)}
    expected = [[id_of[one.name], *(round(10 * getattr(one.why, axis)) for axis in AXES)] for one in found]
    assert told["near"] == expected and told["kin"] == min(found.kin or 0, 5) and told["by"] == "style"
    assert told["query"] == [{"id": first, "name": "early/work30.png"}]
    several = looked_at.done("api/ask", {"like": [first, other], "unlike": [third], "by": "palette", "k": 3})
    assert several["kin"] is None and len(several["near"]) == 3 and first not in [one[0] for one in several["near"]]
    elsewhere = looked_at.done("api/ask", {"like": [first], "across": "folders", "k": 28})["near"]
    assert not {one[0] for one in elsewhere} & set(looked_at.ids[:4])


def test_a_dropped_photograph_finds_its_work(looked_at: Window, shown: Path) -> None:
    one = dropped(looked_at, "IMG_0042.jpg", photograph(5))
    assert (one["width"], one["height"], one["name"]) == (480, 400, "IMG_0042.jpg")
    assert looked_at.get(one["preview"]).headers["content-type"] == "image/jpeg"
    told = looked_at.done("api/ask", {"like": [one["upload"]], "k": 6, "by": "palette"})
    with artbyol.open(shown) as collection:
        work = looked_at.ids[[one.path for one in collection.works()].index("work05.png")]
    assert work in (told["near"][0][0], *told["left_out"])
    named = {"upload": one["upload"], "name": "IMG_0042.jpg", "preview": one["preview"]}
    assert told["query"] == [named] and told["colours"]
    assert all(0 <= share <= 1000 for near in told["near"] for share in near[1:])
    assert looked_at.done("api/ask", {"like": [one["upload"], work], "unlike": [one["upload"]]})["near"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"like": []},
        {"like": "x"},
        {"like": ["no such work"]},
        {"like": ["upload:99"]},
        {"like": ["../../etc/passwd"]},
        {"like": ["x"], "by": "smell"},
        {"like": ["x"], "k": 0},
        {"like": ["x"] * 501},
        {"like": ["x"], "across": 3},
        [],
    ],
)
def test_what_makes_no_sense_is_a_sentence(looked_at: Window, body: Any) -> None:
    answer = looked_at.post("api/ask", body)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


def test_json_that_is_none_is_a_sentence(looked_at: Window) -> None:
    for content in (b"{", b"\xff", b"[" * 100_000, b"null", b'{"like": [1e999]}'):
        answer = looked_at.http.post("api/ask", content=content, headers={"content-type": "application/json"})
        assert answer.status_code == 400 and answer.json()["error"].endswith("."), content[:20]


def test_the_first_change_keeps_the_groups_as_shown_and_all_can_be_undone(window: Window, works: Path) -> None:
    before = window.state
    assert not before["kept"] and before["undo"] is None
    after = window.done("api/groups", {"do": "name", "group": 1, "name": "Harbours"})
    assert after["kept"] and after["group"] == before["group"] and "Harbours" in after["said"]
    assert [one["name"] for one in after["groups"]][:1] == ["Harbours"]
    kept = load(locate(works))
    assert kept and kept.groups[0].name == "Harbours" and kept.frozen
    some = window.ids[4:7]
    made = window.done("api/groups", {"do": "new", "name": "Night", "works": some})
    night = next(one["number"] for one in made["groups"] if one["name"] == "Night")
    assert [made["group"][row] for row in range(4, 7)] == [night] * 3 and set(some) <= set(made["pinned"])
    unpinned = window.done("api/groups", {"do": "unpin", "works": some[:1]})
    assert some[0] not in unpinned["pinned"]
    assert set(window.done("api/groups", {"do": "pin", "group": night})["pinned"]) >= set(some)
    merged = window.done("api/groups", {"do": "merge", "group": night, "into": 1})
    assert [merged["group"][row] for row in range(4, 7)] == [1] * 3
    assert "merge" not in merged["undo"] and merged["undo"] == merged["said"]
    back = window.done("api/groups", {"do": "undo"})
    assert back["group"] == made["group"]
    dissolved = window.done("api/groups", {"do": "dissolve", "group": night})
    assert 0 not in made["group"] and len(dissolved["groups"]) == len(made["groups"]) - 1
    window.done("api/groups", {"do": "note", "group": 1, "text": "look again"})
    noted = load(locate(works))
    assert noted and noted.groups[0].note == "look again"
    while window.state["undo"]:
        window.done("api/groups", {"do": "undo"})
    assert window.state["group"] == before["group"]
    assert window.post("api/groups", {"do": "undo"}).status_code == 400


def test_finer_groups_are_kept_as_they_are_shown(window: Window, works: Path) -> None:
    paint(works, 12, first=40)
    with window.told() as events:
        window.done("api/embed", {})
        while len(window.ids) < 40:
            next(events)
    folder = window.get("").text.partition('data-folder="')[2].partition('"')[0]
    script = window.get(f"{folder}/data/groupings.js").text
    finer = json.loads(script[len('artbyol.receive("groupings",') : -3])[0]
    number = len(finer["groups"])
    assert number != len(window.state["groups"])
    after = window.done("api/groups", {"do": "name", "group": number, "name": "The last", "k": number})
    assert after["group"] == finer["group"] and after["groups"][number - 1]["name"] == "The last"


def test_a_change_that_cannot_be_made_changes_nothing(window: Window, works: Path) -> None:
    for wrong in (
        {"do": "merge", "group": 1, "into": 1},
        {"do": "name", "group": 99, "name": "x"},
        {"do": "name", "group": 1, "name": " "},
        {"do": "new", "name": "Empty", "works": []},
        {"do": "move", "group": 1, "works": ["nothing"]},
        {"do": "burn", "group": 1},
        {"do": "undo"},
    ):
        answer = window.post("api/groups", wrong)
        assert answer.status_code == 400 and answer.json()["error"].endswith("."), wrong
    assert not window.state["kept"] and not (works / ".artbyol" / "groups.toml").exists()


def test_stars_and_notes_belong_to_works(window: Window, works: Path) -> None:
    first, second = window.ids[:2]
    said = window.done("api/mark", {"star": [first, second]})
    assert set(said["stars"]) == {first, second} and said["generation"] == window.state["generation"]
    said = window.done("api/mark", {"unstar": [second], "note": {first: " =SUM(1) <b>\n", second: ""}})
    assert said["stars"] == [first] and said["notes"] == {first: "=SUM(1) <b>"}
    (mark,) = load_marks(locate(works))
    assert mark.star and mark.path == b"early/work30.png"
    described = artbyol.describe(works / "early" / "work30.png").works[0].metadata
    assert described and dict(described.other) == {"star": "yes", "note": "=SUM(1) <b>"}
    artbyol.export(works, works.parent / "works.jsonl", vectors=False)
    rows = [json.loads(line) for line in (works.parent / "works.jsonl").read_text().splitlines()]
    assert [(row["star"], row["note"]) for row in rows][:2] == [("yes", "=SUM(1) <b>"), (None, None)]
    (works / "early" / "work30.png").rename(works / "renamed.png")
    artbyol.embed(works)
    with window.told() as events:
        while window.state["new"] is None or first not in window.ids:
            next(events)
    assert window.state["notes"] == {first: "=SUM(1) <b>"}
    assert window.post("api/mark", {"note": {first: "x" * 10_001}}).status_code == 400
    (works / ".artbyol" / "marks.json").write_text("{}")
    assert window.state["stars"] == [] and "damaged" in window.state["trouble"]


def test_windows_and_the_command_line_see_each_others_changes(window: Window, works: Path) -> None:
    with Window(window.address) as other, other.told() as events:
        window.done("api/mark", {"star": window.ids[:1]})
        assert next(events)[0] == "state" and other.state["stars"] == window.ids[:1]
        seen = other.state["version"]
        assert run_cli("cluster", works, "--keep").returncode == 0
        assert run_cli("groups", works, "--rename", "1", "From the terminal").returncode == 0
        while other.state["groups"][0]["name"] != "From the terminal":
            next(events)
    stale = window.post("api/groups", {"do": "dissolve", "group": 1, "seen": seen})
    assert stale.status_code == 409 and "meanwhile" in stale.json()["error"]
    window.done("api/groups", {"do": "name", "group": 1, "name": "From the window", "seen": window.state["version"]})
    assert b"From the window" in run_cli("groups", works, "--json").stdout


def test_many_ask_and_change_at_once(window: Window, works: Path) -> None:
    ids = window.ids
    one = dropped(window, "a.jpg", photograph(2))["upload"]
    expected = window.done("api/ask", {"like": [ids[3]], "k": 4})

    def act(number: int) -> int:
        with Window(window.address) as mine:
            return acted(mine, number, ids[number % 28])

    def acted(mine: Window, number: int, work: str) -> int:
        match number % 5:
            case 0:
                assert mine.done("api/ask", {"like": [ids[3]], "k": 4}) == expected
                return 200
            case 1:
                return mine.post("api/ask", {"like": [one], "by": AXES[number % len(AXES)]}).status_code
            case 2:
                return mine.post("api/mark", {"star": [work]}).status_code
            case 3:
                return mine.get(f"picture/256/{work}.jpg").status_code
            case _:
                return mine.post("api/groups", {"do": "new", "name": f"g{number}", "works": [work]}).status_code

    with ThreadPoolExecutor(16) as many:
        assert set(many.map(act, range(40))) == {200}
    kept = load(locate(works))
    assert kept and {f"g{number}" for number in range(4, 40, 5)} <= {group.name for group in kept.groups}
    assert set(window.state["stars"]) == {ids[number % 28] for number in range(2, 40, 5)}


def test_a_store_that_is_being_written_is_waited_for_briefly(window: Window, works: Path, monkeypatch: Any) -> None:
    place = locate(works)
    monkeypatch.setattr("artbyol.app.session.PATIENCE", 0.1)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with exclusive(place.lock, place.holder, "artbyol embed", lambda event: None, 10):
            held.set()
            done.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    answer = window.post("api/mark", {"star": window.ids[:1]})
    done.set()
    holder.join()
    assert answer.status_code == 409 and "artbyol embed" in answer.json()["error"]
    assert window.done("api/mark", {"star": window.ids[:1]})["stars"]


def test_works_are_taken_along(window: Window, works: Path, tmp_path: Path) -> None:
    ids = window.ids
    window.done("api/mark", {"star": ids[4:5], "note": {ids[4]: "=cmd|x"}})

    def job(body: dict[str, Any]) -> dict[str, Any]:
        return window.finished(window.done("api/take", {"works": ids[2:6], **body})["job"])

    copied = job({"what": "folder"})
    folder = tmp_path / "works selection"
    assert copied["state"] == "done" and str(folder) in copied["said"]
    chosen = ["work00.png", "work01.png", "work32.png", "work33.png"]
    assert sorted(path.name for path in folder.glob("*.png")) == chosen
    assert not any(path.is_symlink() for path in folder.iterdir())
    linked = job({"what": "links", "to": str(tmp_path / "links")})
    assert linked["state"] == "done" and (tmp_path / "links" / "work00.png").is_symlink()
    assert "works selection 2" in job({"what": "folder"})["said"]
    for refused in (works, works / "early", tmp_path / "works selection" / "work00.png", Path("/proc/nowhere")):
        before = {path: path.stat().st_mtime_ns for path in works.rglob("*.png")}
        assert job({"what": "folder", "to": str(refused)})["state"] == "failed", refused
        assert {path: path.stat().st_mtime_ns for path in works.rglob("*.png")} == before
    table = window.get(window.done("api/take", {"what": "csv", "works": ids[2:6]})["download"])
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [row["path"] for row in rows] == ["early/work32.png", "early/work33.png", "work00.png", "work01.png"]
    assert rows[2]["star"] == "1" and rows[2]["note"] == "'=cmd|x" and rows[2]["title"] == "Study 0"
    assert rows[2]["medium"] == "oil" and rows[2]["group"] and "attachment" in table.headers["content-disposition"]
    sheet = window.get(window.done("api/take", {"what": "sheet", "works": ids[2:6]})["download"])
    assert sheet.content.startswith(b"%PDF") and sheet.headers["content-type"] == "application/pdf"
    assert window.post("api/take", {"what": "csv", "works": []}).status_code == 400
    assert window.get("api/download/99").status_code == 404


def test_keywords_are_written_and_taken_out_again(window: Window, works: Path) -> None:
    sidecars = [works / "work00.png.xmp", works / "work01.png.xmp"]
    sidecars[0].write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/>\n'
        "</rdf:RDF></x:xmpmeta>"
    )
    before = sidecars[0].read_bytes()
    body = {"what": "keywords", "works": window.ids[4:6]}
    assert window.finished(window.done("api/take", body)["job"])["state"] == "done"
    assert b"artbyol:" in sidecars[1].read_bytes() and b"artbyol:" in sidecars[0].read_bytes()
    assert sorted(works.rglob("*.xmp")) == sidecars
    assert window.finished(window.done("api/take", {**body, "undo": True})["job"])["state"] == "done"
    assert sidecars[0].read_bytes() == before and not sidecars[1].exists()


@pytest.mark.parametrize("number", [1, 6])
def test_a_gallery_of_the_selection_alone(window: Window, works: Path, tmp_path: Path, number: int) -> None:
    body = {"what": "gallery", "works": window.ids[3 : 3 + number], "to": str(tmp_path / "few")}
    done = window.finished(window.done("api/take", body)["job"])
    assert done["state"] == "done", done
    (script,) = (tmp_path / "few").glob("pages-*/data/works.js")
    shown = json.loads(script.read_text()[len('artbyol.receive("works",') : -3])
    assert shown["works"]["id"] == window.ids[3 : 3 + number]
    assert len(list((tmp_path / "few").glob("images/large-*/*/*.jpg"))) == number
    assert artbyol.info(works).works == 28


def test_new_files_are_offered_and_taken_in_when_somebody_says_so(window: Window, works: Path) -> None:
    assert window.state["new"] == {"files": 0, "first": []}
    paint(works, 2, first=40)
    assert window.done("api/look", {})["new"] == {"files": 2, "first": ["work40.png", "work41.png"]}
    assert artbyol.info(works).works == 28
    before, page = window.state["generation"], window.get("").text
    with window.told() as events:
        assert window.finished(window.done("api/embed", {})["job"])["state"] == "done"
        while window.state["generation"] == before:
            next(events)
    shown_still = page.partition('<script src="')[2].partition('"')[0]  # by a window that is told this moment
    assert shown_still not in window.get("").text and window.get(shown_still).text.startswith("//")
    assert len(window.ids) == 30 and window.state["new"]["files"] == 0 and len(window.state["group"]) == 30


def test_larger_pictures_and_tiles_are_made_when_asked_for(works: Path) -> None:
    data = np.random.default_rng(0).integers(0, 256, (900, 1300, 3), np.uint8)
    Image.fromarray(np.kron(data[:45, :65], np.ones((20, 20, 1), np.uint8))).save(works / "large.png")
    artbyol.embed(works)
    with opened(works) as window:
        with window.told() as events:
            while len(window.ids) < 29:
                next(events)
        id = window.ids[4]
        whole = Image.open(io.BytesIO(window.get(f"picture/600/{id}.jpg").content))
        assert whole.size == (640, 443)  # sizes are rounded, so that few are kept
        said = window.get(f"tiles/{id}.json").json()
        assert (said["width"], said["height"], said["tileSize"], said["maxLevel"]) == (1300, 900, 512, 11)
        original = np.asarray(Image.open(works / "large.png"), np.int32)
        for column, row, size in ((0, 0, (512, 512)), (2, 1, (276, 388))):
            tile = Image.open(io.BytesIO(window.get(f"tiles/{id}/11/{column}_{row}.jpg").content))
            assert tile.size == size
            part = original[512 * row :, 512 * column :][: size[1], : size[0]]
            assert np.abs(np.asarray(tile, np.int32) - part).mean() < 8
        assert Image.open(io.BytesIO(window.get(f"tiles/{id}/9/0_0.jpg").content)).size == (325, 225)
        for wrong in (f"tiles/{id}/11/3_0", f"tiles/{id}/12/0_0", f"picture/9999/{id}", "picture/256/x"):
            assert window.get(f"{wrong}.jpg").status_code == 400, wrong
        (works / "large.png").unlink()
        assert window.get(f"picture/1000/{id}.jpg").status_code == 400


def test_what_was_never_embedded_is_to_be_explored_first(tmp_path: Path) -> None:
    paint(tmp_path / "bare", 1)
    with pytest.raises(StoreMissingError) as error:
        artbyol.serve(tmp_path / "bare", browser=False)
    assert error.value.hint == f"artbyol explore {tmp_path / 'bare'}"


def test_a_second_open_joins_the_first(window: Window, works: Path) -> None:
    joined = artbyol.serve(works / "early", browser=False)
    assert joined.joined and joined.address == window.address
    assert window.state["generation"]
    said = run_cli("open", works, "--no-browser")
    assert said.stdout.decode().split() == [window.address] and said.returncode == 0
    told = works / ".artbyol" / "open.json"
    forged = json.loads(told.read_text()) | {"address": "http://127.0.0.1:1/aaaaaaaaaaaaaaaaaaaaaaaa/"}
    told.write_text(json.dumps(forged))
    with opened(works) as own:
        assert own.address != window.address


def test_names_that_are_no_text_do_no_harm(shown: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(shown, tmp_path / os.fsdecode(b"w\xffrks \x1b[2J")))
    (folder / "work05.png").rename(folder / os.fsdecode(b"\xff\xfe <b>.png"))
    with opened(folder) as window:
        odd = window.ids[9]
        assert window.done("api/ask", {"like": [odd]})["near"]
        assert window.done("api/mark", {"star": [odd]})["stars"] == [odd]
        table = window.get(window.done("api/take", {"what": "csv", "works": [odd]})["download"])
        assert table.status_code == 200 and len(table.content.splitlines()) == 2
        done = window.finished(window.done("api/take", {"what": "folder", "works": [odd, window.ids[0]]})["job"])
        assert done["state"] == "done" and "\x1b" not in done["said"] and "1 copies" in done["said"]
        half = b'{"do": "name", "group": 1, "name": "\\ud800"}'
        answer = window.http.post("api/groups", content=half, headers={"content-type": "application/json"})
        assert answer.status_code == 400 and not window.state["kept"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_ends_it_though_windows_listen(works: Path) -> None:
    command = [sys.executable, "-m", "artbyol", "open", str(works), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        assert process.stdout
        with Window(process.stdout.readline().decode().strip()) as window, window.told():
            assert window.state["generation"]
            process.send_signal(signal.SIGINT)
            said, complaints = process.communicate(timeout=30)
    assert (process.returncode, said, complaints) == (0, b"", b"")
    assert not (works / ".artbyol" / "open.json").exists()


def test_where_two_works_are_alike_is_a_sentence_where_the_model_cannot_tell(looked_at: Window) -> None:
    answer = looked_at.get(f"api/where/{looked_at.ids[0]}/{looked_at.ids[1]}")
    assert answer.status_code == 400 and "where" in answer.json()["error"]
