"""The libraries that pages load in a browser. They came when the package was built (`.ci/build_with_libraries.py`)."""

from importlib.resources import files as resources

from artbyol.base.errors import UsageError


def library(name: str, needed_for: str) -> bytes:
    """One of their files, as "onnxruntime-web.wasm"; `needed_for`: what cannot be had without it, as "--with-search".

    Raises:
        UsageError: it did not come.
    """
    file = resources("artbyol.report.gallery") / "libraries" / name
    if not file.is_file():
        message = f"{needed_for} needs {name}, which was not to be had when this artbyol was installed."
        raise UsageError(message, "pip install --force-reinstall --no-deps .   # with a network, in artbyol's folder")
    return file.read_bytes()
