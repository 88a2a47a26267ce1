"""Where torchrun started several processes, one of them is the command that the user gave; the others follow it."""

from __future__ import annotations

import signal

from artbyol.base.processes import is_follower
from artbyol.cli.interrupt import handling


def follows(device: str, precision: str) -> bool:
    """Whether this process is one that follows; if so it has done, when this returns, all that it was told to."""
    if not is_follower():
        return False
    from artbyol.encoder.workers import follow

    with handling(signal.SIG_IGN):  # the leader stops at a safe point, and then says so
        follow(device, precision)
    return True
