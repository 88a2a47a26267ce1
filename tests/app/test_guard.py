"""Attacks on the server: others' pages, other names, other paths, too much at once."""

from __future__ import annotations

import io
import socket
import stat
import tempfile
import zlib
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from PIL import Image

from artbyol.app import guard, uploads
from tests.app.conftest import Window, opened
from tests.conftest import painting

CHANGES = ("api/ask", "api/groups", "api/mark", "api/take", "api/embed", "api/look", "api/upload")


def raw(window: Window, *lines: str, body: bytes = b"") -> tuple[int, bytes]:
    """Exactly these bytes -> the status and the answer: no client tidies the path, or the headers."""
    where = urlsplit(window.address)
    head = "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")
    with socket.create_connection((where.hostname, where.port), timeout=30) as line:
        line.sendall(head + body)
        answer = b""
        while piece := line.recv(1 << 16):
            answer += piece
    return int(answer.split(b" ", 2)[1]), answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("path", ["/", "/api/state", "/index.html", "/x/api/state", "//api/state"])
def test_nothing_is_told_without_the_key(looked_at: Window, path: str) -> None:
    answer = httpx.get(looked_at.origin + path, trust_env=False)
    assert answer.status_code == 404 and "key" in answer.json()["error"]
    assert looked_at.address.split("/")[3] not in answer.text


def test_a_key_that_is_nearly_right_is_wrong(looked_at: Window) -> None:
    token = looked_at.address.split("/")[3]
    assert len(token) >= 32
    for wrong in (token[:-1], token + "A", token.swapcase(), token[::-1], "%00", "é" * 8):
        assert httpx.get(f"{looked_at.origin}/{wrong}/api/state", trust_env=False).status_code == 404


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "localhost:1",
        "127.0.0.1:{port}.evil.example",
        "",
        "0:{port}",
    ],
)
def test_a_foreign_name_that_leads_here_gets_no_answer(looked_at: Window, host: str) -> None:
    """DNS rebinding: the browser of a victim believes that the attacker's name is this machine's."""
    where = urlsplit(looked_at.address)
    named = host.format(port=where.port)
    status, body = raw(looked_at, f"GET {where.path}api/state HTTP/1.1", f"Host: {named}")
    assert status in (400, 421) and b"groups" not in body


def test_two_names_and_none_get_no_answer(looked_at: Window) -> None:
    where = urlsplit(looked_at.address)
    ask = f"GET {where.path}api/state HTTP/1.1"
    assert raw(looked_at, ask, f"Host: {where.netloc}", "Host: evil.example")[0] in (400, 421)
    assert raw(looked_at, ask.replace("1.1", "1.0"))[0] in (400, 421)
    assert raw(looked_at, ask, f"Host: localhost:{where.port}")[0] == 200


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "", None])
def test_pages_of_others_change_nothing(looked_at: Window, path: str, origin: str | None) -> None:
    headers = {} if origin is None else {"origin": origin}
    with httpx.Client(trust_env=False) as elsewhere:
        answer = elsewhere.post(
            looked_at.address + path, json={"do": "keep", "star": looked_at.ids[:1]}, headers=headers
        )
    assert answer.status_code == 403 and "may change" in answer.json()["error"]
    assert "access-control-allow-origin" not in answer.headers
    assert looked_at.state["stars"] == [] and not looked_at.state["kept"]


def test_forms_and_preflights_of_others_get_nowhere(looked_at: Window) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = looked_at.http.post("api/mark", content=b'{"star": []}', headers={"content-type": kind})
        assert answer.status_code == 415
    answer = looked_at.http.options("api/mark", headers={"origin": "https://evil.example"})
    assert answer.status_code == 405 and not [name for name in answer.headers if name.startswith("access-control")]
    for method in ("PUT", "DELETE", "PATCH", "TRACE"):
        assert looked_at.http.request(method, "api/state").status_code == 405
    assert (
        looked_at.get("api/state", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}).status_code
        == 403
    )
    assert looked_at.get("api/mark").status_code == 404


def test_every_answer_keeps_to_itself(looked_at: Window) -> None:
    for path in ("", "api/state", "nothing", f"picture/128/{looked_at.ids[0]}.jpg"):
        headers = looked_at.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert not [name for name in headers if name.startswith("access-control")] and "server" not in headers
    policy = looked_at.get("").headers["content-security-policy"]
    assert "unsafe-inline" not in policy and "file:" not in policy and "connect-src 'self'" in policy


def test_no_path_leads_out_of_the_pages(looked_at: Window, shown: Path) -> None:
    secret = shown / ".artbyol" / "store.json"
    assert secret.is_file()
    up = ["../store.json", "..%2fstore.json", "%2e%2e/store.json", "%2e%2e%2fstore.json", "....//store.json"]
    up += ["..\\store.json", "..%5cstore.json", "%252e%252e/store.json", "pages/../../store.json", "./../store.json"]
    up += [str(secret), f"/{secret}", f"images/..{secret}", "%00", "images/%00.jpg", ".artbyol-gallery", "open.json"]
    up += ["images/small-320/../../../store.json", "picture/128/..%2f..%2fwork00.png", "tiles/../store.json"]
    where = urlsplit(looked_at.address)
    for path in up:
        status, body = raw(looked_at, f"GET {where.path}{path} HTTP/1.1", f"Host: {where.netloc}")
        assert status in (400, 404) and b"format" not in body, path


def test_a_link_among_the_pages_is_not_followed(works: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"mine")
    gallery = works / ".artbyol" / "gallery"
    with opened(works) as window:
        first, second = window.ids[:2]
        copy = next(gallery.glob(f"images/small-*/{first[:2]}/{first}.jpg"))
        name = copy.relative_to(gallery).as_posix()
        assert window.get(name).status_code == 200
        copy.unlink()
        copy.symlink_to(tmp_path / "secret.jpg")
        assert window.get(name).status_code == 404
        copy.unlink()
        folder = next(gallery.glob(f"images/small-*/{second[:2]}"))
        folder.rename(tmp_path / "away")
        folder.symlink_to(tmp_path / "away")
        assert window.get(f"{folder.relative_to(gallery).as_posix()}/{second}.jpg").status_code == 404


def test_more_than_may_come_is_refused_before_it_has_come(looked_at: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    where = urlsplit(looked_at.address)
    head = [f"POST {where.path}api/upload HTTP/1.1", f"Host: {where.netloc}", f"Origin: {looked_at.origin}"]
    form = "Content-Type: multipart/form-data; boundary=x"
    status, body = raw(looked_at, *head, form, f"Content-Length: {guard.MOST_BYTES + 1}")
    assert status == 413 and b"MB" in body
    assert raw(looked_at, *head, form, "Content-Length: 1_0")[0] in (400, 413)
    # Without a length, or with a false one, the bytes themselves are counted.
    monkeypatch.setattr(guard, "MOST_BYTES", 1 << 20)
    piece = b"%x\r\n%s\r\n" % (1 << 16, bytes(1 << 16))
    start = (
        b"4e\r\n"
        + b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n'.ljust(0x4E)
        + b"\r\n"
    )
    status, body = raw(looked_at, *head, form, "Transfer-Encoding: chunked", body=start + 17 * piece)
    assert status == 413 and b"MB" in body
    assert looked_at.post("api/mark", {"note": {"x": "y" * (5 << 20)}}).status_code == 413


def sent(window: Window, *files: tuple[str, bytes]) -> list[dict[str, object]]:
    answer = window.http.post("api/upload", files=[("picture", one) for one in files])
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["uploads"]
    return found


def test_bombs_and_rubbish_become_sentences(looked_at: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    huge = png(30_000, 30_000)
    assert len(huge) < 200
    whole = io.BytesIO()
    painting(1).save(whole, "PNG")
    files = {
        "bomb.png": huge,
        "text.jpg": b"<script>alert(1)</script>",
        "nothing.png": b"",
        "half.png": whole.getvalue()[:400],
        "../../../../etc/evil\x1b[2J.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }
    for name, said in zip(files, sent(looked_at, *files.items()), strict=True):
        assert said["upload"] is None and said["preview"] is None
        assert str(said["error"]).endswith(".") and "not usable" in str(said["error"]), name
        assert "\x1b" not in str(said)
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    (said,) = sent(looked_at, ("large.png", whole.getvalue()))
    assert said["upload"] is None and "MB" in str(said["error"])


def png(width: int, height: int) -> bytes:
    """A picture of so many pixels in a few bytes: its header says so, and its data are hardly there."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    head = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def test_many_pictures_at_once_are_refused_and_old_ones_let_go_of(
    works: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(uploads, "MOST_KEPT", 2)
    data = io.BytesIO()
    Image.fromarray(np.full((40, 40, 3), 90, np.uint8)).save(data, "PNG")
    with opened(works) as window:
        many = [("picture", (f"{number}.png", data.getvalue())) for number in range(uploads.MOST_AT_ONCE + 1)]
        answer = window.http.post("api/upload", files=many)
        assert answer.status_code == 400 and answer.json()["error"]
        first, *_, last = (one["upload"] for one in sent(window, *[("a.png", data.getvalue())] * 3))
        assert window.post("api/ask", {"like": [first]}).status_code == 400
        assert window.post("api/ask", {"like": [last]}).status_code == 200
        assert window.http.post("api/upload", files=[("other", ("a.png", b"x"))]).status_code == 400
        before = {path for path in works.rglob("*") if ".artbyol" not in path.parts}
        temporary = list(tmp_path.glob("artbyol-open-*/uploads/*"))
        assert len(temporary) == 4
        assert {path for path in works.rglob("*") if ".artbyol" not in path.parts} == before
    assert not list(tmp_path.glob("artbyol-open-*"))


def test_the_address_that_a_browser_is_started_with_works_once(looked_at: Window) -> None:
    ticket = looked_at.get("api/here").json()["ticket"]
    with httpx.Client(trust_env=False) as browser:
        first = browser.get(f"{looked_at.origin}/{ticket}")
        assert first.status_code == 303 and first.headers["location"] == f"/{looked_at.address.split('/')[3]}/"
        assert browser.get(f"{looked_at.origin}/{ticket}").status_code == 404
        assert browser.get(f"{looked_at.origin}/once-").status_code == 404
        evil = {"host": "evil.example"}
        ticket = looked_at.get("api/here").json()["ticket"]
        assert browser.get(f"{looked_at.origin}/{ticket}", headers=evil).status_code == 421
        assert browser.post(f"{looked_at.origin}/{ticket}").status_code != 200


def test_only_its_owner_may_read_where_the_collection_is_open(works: Path) -> None:
    told = works / ".artbyol" / "open.json"
    with opened(works) as window:
        assert stat.S_IMODE(told.stat().st_mode) == 0o600
        assert window.address in told.read_text()
    assert not told.exists()
