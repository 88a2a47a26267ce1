"""Small pictures in the terminal: the very bytes, and when there are none."""

from __future__ import annotations

import base64
import fcntl
import io
import os
import re
import struct
import termios
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artbyol.cli.render.thumbnails import protocol_of
from artbyol.report.terminal import half_blocks, iterm, kitty, picture_rows
from tests.conftest import environment, run_cli
from tests.processes import artbyol, start

R, G, B = [255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]
NOTHING = [0, 0, 0, 0]


def test_half_blocks_byte_for_byte() -> None:
    pixels = np.array([[R, R, NOTHING, G, NOTHING], [G, G, B, NOTHING, NOTHING]], np.uint8)
    assert half_blocks(pixels) == (
        "\x1b[38;2;255;0;0;48;2;0;255;0m▀▀\x1b[0;38;2;0;0;255m▄\x1b[0;38;2;0;255;0m▀\x1b[0m\n"
    )
    assert half_blocks(np.zeros((4, 3, 4), np.uint8)) == "\n\n"
    assert half_blocks(np.array([[NOTHING, R], [NOTHING, R]], np.uint8)).startswith(" \x1b[38;2;255;0;0;48;2;255;0;0m▀")


def test_kitty_byte_for_byte() -> None:
    assert kitty(b"abc", 7, 3) == "\n\n\n\x1b[3A\x1b_Ga=T,f=100,t=d,c=7,r=3,C=1,q=2,m=0;YWJj\x1b\\\x1b[3B"
    long = kitty(bytes(range(256)) * 40, 7, 3)
    chunks = re.findall("\x1b_G([^;]*);([^\x1b]*)\x1b\\\\", long)
    assert [keys.split(",")[-1] for keys, _ in chunks] == ["m=1", "m=1", "m=1", "m=0"]
    assert [len(data) for _, data in chunks[:-1]] == [4096] * 3  # the protocol's limit
    assert [keys for keys, _ in chunks[1:]] == ["m=1", "m=1", "m=0"]  # only the first says what it is
    assert base64.b64decode("".join(data for _, data in chunks)) == bytes(range(256)) * 40


def test_iterm_byte_for_byte() -> None:
    assert iterm(b"abc", 7, 3) == ("\x1b]1337;File=inline=1;size=3;width=7;height=3;preserveAspectRatio=0:YWJj\x07\n")


def test_rows_hold_so_many_pictures_and_their_labels(gallery: Path) -> None:
    (gallery / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    pictures = [(os.fsencode(gallery / f"work{number:02d}.png"), str(number)) for number in range(4)]
    pictures.append((os.fsencode(gallery / "broken.png"), "a label that is too long"))
    drawn, labels, *others = picture_rows(pictures, "iterm", abreast=3, across=12, gap=2)
    assert labels == "0" + " " * 13 + "1" + " " * 13 + "2\n\n"
    assert len(others) == 2 and others[1] == "3" + " " * 13 + "a label that\n\n"
    assert ";width=40;height=6;" in drawn and ";width=26;height=6;" in others[0]
    data = base64.b64decode(drawn.split(":")[1].split("\x07")[0])
    with Image.open(io.BytesIO(data)) as strip:
        assert strip.size == (400, 120)
        assert strip.getpixel((130, 60))[3] == 0  # the gap shows the terminal
        with Image.open(gallery / "work01.png") as work:
            small = np.asarray(work.convert("RGB").resize((120, 100))).astype(int)
    shown = np.asarray(strip.convert("RGB"))[20:, 140:260]
    assert np.abs(shown - small).mean() < 8


@pytest.mark.parametrize(
    ("terminal", "wanted", "protocol"),
    [
        ({"TERM": "xterm-kitty"}, None, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, None, "kitty"),
        ({"TERM": "xterm-ghostty"}, None, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, None, "iterm"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, None, "iterm"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, None, "iterm"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, None, "blocks"),
        ({"TERM": "screen", "COLORTERM": "24bit", "KITTY_WINDOW_ID": "1"}, None, "blocks"),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux", "COLORTERM": "truecolor"}, None, "blocks"),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, None, None),
        ({"TERM": "xterm-256color"}, None, None),
        ({"TERM": "xterm-256color"}, True, "blocks"),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, None, None),
        ({"TERM": "xterm-kitty", "NO_COLOR": ""}, None, "kitty"),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, True, "kitty"),
        ({"TERM": "xterm-kitty"}, False, None),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, True, None),
        ({}, True, None),
    ],
)
def test_which_terminal_shows_what(terminal: dict[str, str], wanted: bool | None, protocol: str | None) -> None:
    assert protocol_of(terminal, wanted) == protocol


def on_a_terminal(*arguments: object, columns: int = 100, lines: int = 30, **more: str) -> bytes:
    """What the real program writes to a terminal of this size; standard error elsewhere."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    unset = (
        "NO_COLOR",
        "TMUX",
        "STY",
        "TERM_PROGRAM",
        "COLORTERM",
        "KITTY_WINDOW_ID",
        "LC_TERMINAL",
        "COLUMNS",
        "LINES",
    )
    surroundings = {name: value for name, value in environment().items() if name not in unset} | more
    process = start(artbyol, *map(str, arguments), environment=surroundings, terminal=theirs)
    os.close(theirs)
    written = b""
    while True:
        try:
            block = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not block:
            break
        written += block
    os.close(ours)
    assert process.finish().returncode == 0
    return written


def test_on_a_terminal_there_are_pictures_and_the_table_after_them(gallery: Path) -> None:
    blocks = on_a_terminal("similar", gallery / "work05.png", "-k", 9, TERM="xterm", COLORTERM="truecolor")
    pictures, table = blocks.split(b"closeness")
    assert pictures.count("▀".encode()) > 500 and "▀".encode() not in table
    labels = next(line for line in pictures.decode().splitlines() if line.startswith("query"))
    assert labels.split() == ["query", "1", "2", "3"]  # one row: the screen is low
    assert table.count(b".png") == 9


@pytest.mark.slow
def test_kitty_and_narrow_terminals(gallery: Path) -> None:
    query = gallery / "work05.png"
    assert b"\x1b_Ga=T,f=100," in on_a_terminal("similar", query, "-k", 2, TERM="xterm-kitty")
    narrow = on_a_terminal("similar", query, "-k", 2, columns=50, TERM="xterm-kitty")
    assert b"\x1b_G" not in narrow and b"work" in narrow


def test_never_in_a_pipe(gallery: Path) -> None:
    done = run_cli(
        "similar", gallery / "work05.png", "-k", 2, "--thumbnails", TERM="xterm-kitty", COLORTERM="truecolor"
    )
    assert done.returncode == 0 and b"\x1b" not in done.stdout and len(done.stdout.splitlines()) == 2
