"""Whether the installed torch and torchvision belong together, asked once, before anything fails obscurely."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from artbyol.base.errors import InstallationError

REMEDY = "pip install --force-reinstall torch torchvision"


def require_matching_torchvision() -> None:
    """Import torchvision.

    Its compiled operators fit one build of torch; with another one it raises whatever the loader happens to meet.

    Raises:
        InstallationError: it cannot be imported, with both versions and the remedy.
    """
    try:
        import torchvision.ops  # noqa: F401
    except Exception as error:  # RuntimeError, OSError, ImportError, AttributeError: seen so far
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InstallationError(
            f"torch {_version('torch')} and torchvision {_version('torchvision')} do not fit together: they come from "
            f"different builds ({reason}).",
            hint=REMEDY,
        ) from error


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
