"""What is shown while a verb works: lines that move."""

import io
import time

import pytest

from artbyol.base.events import Notice, Progress, Step, Steps
from artbyol.report import progress
from artbyol.report.pace import Pace, duration, speed
from artbyol.report.progress import drawn, literal_console


def shown(*events: object, verbose: bool = False) -> str:
    """The line that a terminal shows after these events."""
    screen = literal_console()
    screen.file, screen._force_terminal, screen.width = io.StringIO(), True, 160
    with drawn(screen, verbose=verbose) as listener:
        for event in events:
            listener(event)
        screen.print(listener.__self__.render())  # type: ignore[attr-defined]
    return screen.file.getvalue()


def test_steps_are_numbered_and_never_fall_back() -> None:
    told = [Steps(("listing", "learning", "embedding")), Progress("learning", 1, 9)]
    assert "2 of 3, learning" in shown(*told) and "1/9" in shown(*told)
    assert "2 of 3, whitening" in shown(*told, Progress("whitening", 0, None))
    # Of a verb that calls others, its own steps count.
    again = [Steps(("listing", "embedding")), Progress("listing", 4, None)]
    assert "2 of 3, listing files" in shown(*told, *again)
    assert "3 of 3, embedding" in shown(*told, *again, Progress("embedding", 0, 2))
    assert "Starting" in shown()


def test_what_training_measures_is_shown_to_those_who_ask() -> None:
    step = Step("learning", 3, 9, 0, 1.25, 0.9961, 0.87, 64)
    assert "spread" not in shown(step) and "loss 1.250  τ 0.9961  spread 0.87" in shown(step, verbose=True)


def test_without_a_terminal_lines_come_also_while_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY", 0.02)
    screen = literal_console()
    screen.file = io.StringIO()
    with drawn(screen) as listener:
        listener(Notice("Hear."))
        listener(Progress("whitening", 0, None))
        deadline = time.monotonic() + 20
        while screen.file.getvalue().count("· Whitening") < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    said = screen.file.getvalue().splitlines()
    assert said[0] == "· Hear." and said.count("· Whitening") >= 3 and set(said[1:]) == {"· Whitening"}


def test_a_pace_is_the_mean_since_the_stage_got_going() -> None:
    pace = Pace(92, 200, -20.0)  # taken up half-way
    assert pace.each() is None and pace.seconds_left(30.0) is None and pace.amount() == "92/200"
    pace.reach(100, 200, 0.0)
    assert pace.each() == 2.5 and pace.seconds_left(0.0) == 250  # nothing better is known
    pace.reach(104, 200, 2.0)
    assert pace.each() == 0.5 and pace.seconds_left(2.0) is None  # too early to say
    pace.reach(120, 200, 10.0)
    assert pace.each() == 0.5
    assert pace.seconds_left(10.0) == 40 and pace.seconds_left(14.0) == 36
    assert pace.seconds_left(60.0) == 32  # the next sixteen are late; those after them are not
    assert pace.described("embedding", 10.0) == ["2.0/s", "40 s left"]
    assert Pace(0, 9, 0.0).seconds_left(60.0) is None
    pace.reach(184, 200, 70.0)
    assert pace.described("embedding", 90.0)[1:] == []  # the last are late: nobody knows how long they take
    pace.reach(200, 200, 90.0)
    assert pace.seconds_left(99.0) == 0


def test_uncounted_stages_say_how_long_they_have_run() -> None:
    assert Pace(0, None, 0.0).described("whitening", 1.0) == []
    assert Pace(0, None, 0.0).described("whitening", 7.0) == ["7 s"]


@pytest.mark.parametrize(
    ("each", "said"), [(0.001, "1,000/s"), (0.08, "12/s"), (0.8, "1.2/s"), (1.0, "1.0/s"), (3.14, "3.1 s a picture")]
)
def test_no_speed_is_nothing_a_second(each: float, said: str) -> None:
    assert speed(each, "a picture") == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min"), (100, "2 min"), (3571, "1 h 00 min"), (4000, "1 h 07 min")],
)
def test_durations_in_words(seconds: float, said: str) -> None:
    assert duration(seconds) == said
