"""What torchrun's environment variables say of this process; nothing where it was started alone."""

from __future__ import annotations

import os


def started_together() -> bool:
    """Whether torchrun started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE") or 1) > 1 and "RANK" in os.environ


def is_follower() -> bool:
    """Whether torchrun started this process, and not as the one that leads."""
    return started_together() and int(os.environ["RANK"]) > 0


def sharing_machine() -> int:
    """How many of them share this machine's cores."""
    return int(os.environ.get("LOCAL_WORLD_SIZE") or 1) if started_together() else 1
