"""How fast a stage goes on and how long it still takes, in figures and in words."""

ENOUGH_SHARE, ENOUGH_SECONDS = 0.05, 20.0
"""How much of a stage must be done, or how long it must have run, before the time left is said at all."""

_COUNTED = {"listing": "a file", "reading": "a file", "learning": "a step", "judging": "each"}


class Pace:
    """One stage: its mean speed since its first bundle was finished, which took longer because threads and networks
    had to get going.

    The mean, because speeds of the last moments wander: pictures arrive in bundles and differ in size, and other
    programs come and go (tests/bench/silence.py sets recorded estimates against the truth).
    """

    def __init__(self, done: int, total: int | None, now: float) -> None:
        self.done, self.total = done, total
        self._began, self._first = now, done
        self._told, self._bundle, self._bundles = now, 0, 0

    def reach(self, done: int, total: int | None, now: float) -> None:
        """So many are finished now."""
        if done > self.done:
            self._bundles += 1
            if self._bundles == 2:
                self._began, self._first = self._told, self.done
            self._told, self._bundle = now, done - self.done
        self.done, self.total = done, total

    def each(self) -> float | None:
        """Seconds for one thing; None: none is finished yet."""
        finished = self.done - self._first
        return (self._told - self._began) / finished if finished > 0 else None

    def seconds_left(self, now: float) -> float | None:
        """Of the stage; None: too early to say, or nobody knows how many there are."""
        each = self.each()
        if each is None or self.total is None:
            return None
        share = (self.done - self._first) / max(1, self.total - self._first)
        if share < ENOUGH_SHARE and now - self._began < ENOUGH_SECONDS:
            return None
        under_way = min(now - self._told, each * self._bundle)  # of the next bundle
        return max(0.0, each * (self.total - self.done) - under_way)

    def amount(self) -> str:
        """How much is done: "34/200", "1,200", or nothing where nothing can be counted."""
        if self.total:
            return f"{self.done:,}/{self.total:,}"
        return f"{self.done:,}" if self.done else ""

    def described(self, stage: str, now: float) -> list[str]:
        """Speed and time left; of what cannot be counted how long it has run."""
        each, left, passed = self.each(), self.seconds_left(now), now - self._began
        if each is None:
            return [duration(passed)] if passed >= 2 else []
        said = [] if left is None or left < 0.5 else [f"{duration(left)} left"]  # what is overdue has no time left
        return [speed(each, _COUNTED.get(stage, "a picture")), *said]


def speed(each: float, thing: str) -> str:
    """Seconds for one thing -> "12/s", or where there is none every second "3.1 s a picture"."""
    if each > 1:
        return f"{each:,.1f} s {thing}"
    rate = 1 / max(each, 1e-9)
    return f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"


def duration(seconds: float) -> str:
    """As much of it as matters: "9 s", "40 s", "3 min", "1 h 05 min"."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60:,} h {minutes % 60:02} min"
