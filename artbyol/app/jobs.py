"""What takes longer than a window should wait: each job has a thread, and tells how far it is."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import count
from threading import Lock, Thread
from typing import Any, Final, Literal

from artbyol.base.errors import ArtbyolError
from artbyol.base.events import Event, Notice, Progress
from artbyol.base.run import Run

_REMEMBERED: Final = 20  # jobs that are done
_OFTEN: Final = 0.2  # seconds between two reports of progress


@dataclass(frozen=True)
class Job:
    """One job.

    Attributes:
        id: its number. what: what it does, in words; stage: of that, what just now.
        done, of: how much of the stage; None: nobody knows.
        state: how it stands. said: what came of it, or what went wrong; hint: what to do then.
    """

    id: int
    what: str
    stage: str = ""
    done: int = 0
    of: int | None = None
    state: Literal["running", "done", "failed"] = "running"
    said: str = ""
    hint: str | None = None


class Jobs:
    """Begins jobs and knows how they stand.

    Args:
        tell: called with every job that has got on, from its thread.
        run: what jobs have of their own: listener aside.
    """

    def __init__(self, tell: Callable[[dict[str, Any]], None], run: Run) -> None:
        self._tell, self._run, self._lock = tell, run, Lock()
        self._numbers, self._jobs, self._threads = count(1), dict[int, Job](), list[Thread]()

    def begin(self, what: str, work: Callable[[Run], str], *, to_its_end: bool = True) -> int:
        """Do some work in a thread of its own; gives back the number of the job.

        Args:
            work: given its run, to be told to and to be stopped by; gives back what came of it, in words.
            to_its_end: at the end it is waited for, until it has come to a safe point.
        """
        job = Job(next(self._numbers), what)
        with self._lock:
            self._jobs[job.id] = job
            done = [one.id for one in self._jobs.values() if one.state != "running"]
            for old in done[: max(0, len(done) - _REMEMBERED)]:
                del self._jobs[old]
        thread = Thread(target=self._do, args=(job.id, work), name=what, daemon=True)
        with self._lock:
            self._threads = [*(one for one in self._threads if one.is_alive()), *([thread] if to_its_end else [])]
        thread.start()
        return job.id

    def listed(self) -> list[dict[str, Any]]:
        """All that run, and the last that ran."""
        with self._lock:
            return [asdict(job) for job in self._jobs.values()]

    def wait(self, seconds: float) -> None:
        """Until all that are waited for have ended, but no longer than this."""
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _do(self, id: int, work: Callable[[Run], str]) -> None:
        told = 0.0

        def listener(event: Event) -> None:
            nonlocal told
            if isinstance(event, Notice):
                self._change(id, said=event.text)
            elif isinstance(event, Progress):
                now, begins = time.monotonic(), event.stage != self._jobs[id].stage
                tells = begins or now - told >= _OFTEN
                told = now if tells else told
                self._change(id, stage=event.stage, done=event.done, of=event.total, quietly=not tells)

        try:
            self._change(id, state="done", said=work(replace(self._run, listener=listener)))
        except ArtbyolError as error:
            self._change(id, state="failed", said=error.message, hint=error.hint)
        except Exception as error:  # a window is told, as a command would be
            self._change(id, state="failed", said=f"It went wrong: {error}.", hint="artbyol doctor FOLDER")

    def _change(self, id: int, *, quietly: bool = False, **changes: Any) -> None:
        with self._lock:
            self._jobs[id] = job = replace(self._jobs[id], **changes)
        if not quietly:
            self._tell(asdict(job))
