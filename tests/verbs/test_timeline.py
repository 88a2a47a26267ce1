"""`timeline`: from pictures with years to turning points, periods and a sheet."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import artbyol
from artbyol.base.errors import UsageError
from artbyol.grouping.change_points import SIGNIFICANT
from tests.conftest import give_model, run_cli


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty works, one or two a year; dark strokes until 1899, then light dots."""
    folder = tmp_path_factory.mktemp("collections") / "estate"
    folder.mkdir()
    lines = ["filename,artist,title,year"]
    for number in range(40):
        rng, year = np.random.default_rng(number), 1880 + number
        late = year >= 1900
        image = Image.new("RGB", (96, 80), tuple(int(v) for v in rng.integers(190, 250, 3) if late) or (40, 30, 25))
        pen = ImageDraw.Draw(image)
        for _ in range(40):
            x, y = int(rng.integers(0, 96)), int(rng.integers(0, 80))
            colour = tuple(int(c) for c in rng.integers(120 if late else 0, 256 if late else 110, 3))
            if late:
                pen.ellipse((x - 3, y - 3, x + 3, y + 3), fill=colour)
            else:
                pen.line((x, y, int(rng.integers(0, 96)), int(rng.integers(0, 80))), fill=colour, width=4)
        image.save(folder / f"w{number:02d}.png")
        lines.append(f"w{number:02d}.png,{'Anna Berg' if number % 4 else 'Bo Lind'},Piece {number},c. {year}")
    lines.append("gone.png,Anna Berg,Lost,1890")
    (folder / "metadata.csv").write_text("\n".join(lines))
    give_model(folder)
    artbyol.embed(folder)
    return folder


@pytest.mark.slow
def test_timeline_of_a_collection(estate: Path, tmp_path: Path) -> None:
    found = artbyol.timeline(estate)
    assert (found.works, found.undated, found.first, found.last) == (40, 0, 1880, 1919)
    (turn,) = found.turning_points
    assert turn.year == 1900 and turn.last == 1899 and turn.chance <= SIGNIFICANT
    assert all(work.year < 1900 for work in turn.before) and all(work.year >= 1900 for work in turn.after)
    assert (turn.ends, turn.begins, turn.within, turn.is_of_hands) == ((), (), None, False)
    assert [(period.first, period.last, period.works) for period in found.periods] == [
        (1880, 1899, 20),
        (1900, 1919, 20),
    ]
    assert "lighter" in found.periods[1].words
    assert found.periods[0].typical[0].metadata.artist in ("Anna Berg", "Bo Lind")

    tones = artbyol.timeline(estate, by="tone", artist="anna berg")
    assert tones.works == 30 and tones.by == "tone" and any(turn.year in (1900, 1901) for turn in tones.turning_points)
    few = artbyol.timeline(estate, artist="Bo Lind")
    assert few.works == 10


@pytest.mark.slow
def test_a_turn_that_is_only_an_artists_beginning_is_said(estate: Path, tmp_path: Path) -> None:
    table = tmp_path / "others.csv"
    lines = (estate / "metadata.csv").read_text().splitlines()
    table.write_text(
        "\n".join(
            [lines[0], *(line.replace("Bo Lind", "Anna Berg") for line in lines[1:21])]
            + [line.replace("Anna Berg", "Bo Lind") for line in lines[21:]]
        )
    )
    (turn,) = artbyol.timeline(estate, metadata=table).turning_points
    assert (turn.ends, turn.begins, turn.is_of_hands) == (("Anna Berg",), ("Bo Lind",), True)
    said = run_cli("timeline", estate, "--metadata", table).stderr.decode()
    assert "works by Bo Lind begin here" in " ".join(said.split())


@pytest.mark.slow
def test_what_cannot_be_told(estate: Path, gallery: Path) -> None:
    with pytest.raises(UsageError, match="two works by") as caught:
        artbyol.timeline(estate, artist="Nobody")
    assert caught.value.hint == "--artist 'Anna Berg'"
    with pytest.raises(UsageError, match="has a year"):
        artbyol.timeline(gallery)
    (gallery / "years.csv").write_text(
        "filename,year\n" + "".join(f"work{n:02d}.png,{1900 + n % 3}\n" for n in range(24))
    )
    found = artbyol.timeline(gallery, metadata=gallery / "years.csv")
    assert found.chance is None and not found.turning_points and found.parts == "equal parts"


@pytest.mark.slow
def test_command_line(estate: Path, tmp_path: Path) -> None:
    result = run_cli("timeline", estate, "--json", "--sheet", tmp_path / "t.png")
    assert result.returncode == 0
    told = json.loads(result.stdout)
    assert told["turning_points"][0]["year"] == 1900 and told["periods"][0]["typical"][0]["metadata"]["artist"]
    with Image.open(tmp_path / "t.png") as sheet:
        assert sheet.width > 500
    shown = run_cli("timeline", estate)
    assert b"1880\xe2\x80\x931899\t20" in shown.stdout and b"1900, after 1899" in shown.stderr
