"""Every verb, one after the other: no byte, time or right of an original changes, and no network is asked for."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import sys
from pathlib import Path

import pytest

import artbyol
from tests.conftest import environment, narrow_classic_networks
from tests.faults.acts import ACTS, CLASSIC, OUT, WORKS, Act, bare, originals
from tests.processes import start

WITHOUT_GROUPS = {
    "train": ["train style"],
    "embed": ["embed, new"],
    "merge": ["merge"],
    "cluster": [
        "cluster --csv, new",
        "organize, copies, new",
        "organize, links, new",
        "sheets, pdf, new",
        "sheets, png",
    ],
    "similar": ["similar --sheet, new", "similar --html"],
    "outliers": ["other sheets"],  # these five together
    "duplicates": [],
    "path": [],
    "between": [],
    "compare": ["compare"],
    "timeline": [],
    "export": [name for name in ACTS if name.startswith("export") and name.endswith("new")],
    "gallery": ["gallery, new", "gallery, again"],
    "tag": ["tag --write", "tag --remove"],
    "evaluate": ["evaluate --csv"],
    "explore": ["explore"],
    "doctor": ["doctor --fix"],
}
KEPT = ["cluster --keep", "groups --into", "groups --merge", "groups --undo", "groups --export", "groups --unfreeze"]


def _opened(root: Path) -> None:
    with artbyol.open(root / WORKS) as collection:
        collection.similar(root / WORKS / "work 0.png", 2)


OTHERS = {
    "info": Act(lambda root: artbyol.info(root / WORKS)),
    "describe": Act(lambda root: artbyol.describe(root / WORKS / "work 0.png")),
    "open": Act(_opened),
    "serve": Act(lambda root: artbyol.serve(root / WORKS, browser=False, stop=lambda: True)),
}


@pytest.mark.slow
def test_no_verb_changes_an_original_or_needs_a_network(tmp_path: Path) -> None:
    bare(tmp_path)
    if hasattr(os, "setxattr"):
        try:
            os.setxattr(tmp_path / WORKS / "work 0.png", "user.note", b"mine")
        except OSError as error:
            assert error.errno == errno.ENOTSUP
    missing = set(artbyol.__all__) - {"ArtbyolError", "Collection", "Embedder", "groups", *WITHOUT_GROUPS, *OTHERS}
    assert not missing, f"nothing here calls {missing}"
    done = start(_cut_off, os.fspath(tmp_path), environment=environment()).finish()
    said = done.stdout.decode()
    assert done.returncode == 0 and said.endswith("done\n"), done.stderr.decode()
    if "no namespace" in said:
        pytest.skip("no network namespace may be made here; only connections from Python were forbidden")


def _cut_off(folder: str) -> None:
    """Do it where there is no network, and where even asking for one is an error."""
    root = Path(folder)
    if not _alone():
        print("no namespace")
    else:
        assert [name for _, name in socket.if_nameindex()] in ([], ["lo"])

    def forbidden(*args: object, **more: object) -> None:
        raise AssertionError(f"the network was asked for: {args}")

    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, forbidden)
    socket.getaddrinfo = forbidden  # type: ignore[assignment]
    narrow_classic_networks(pytest.MonkeyPatch())
    acts = {"train classic": Act(lambda root: artbyol.train(root / WORKS, **CLASSIC))}
    acts |= {name: ACTS[name] for names in (*WITHOUT_GROUPS.values(), KEPT) for name in names} | OTHERS
    for name, act in acts.items():
        before = originals(root, act)
        act.do(root)
        assert originals(root, act) == before, name
        if name == "cluster --keep":
            artbyol.groups(root / WORKS, rename=("1", "Day"))
    assert len(before) > 12 and len(os.listdir(root / OUT)) > 15
    print("done")


def _alone() -> bool:
    """Leave for a network of one's own, in which there is nothing; whether that can be done."""
    if sys.platform != "linux":
        return False
    libc, users, network = ctypes.CDLL(None), 0x10000000, 0x40000000
    if libc.unshare(network) == 0:  # root may
        return True
    user, group = os.getuid(), os.getgid()
    if libc.unshare(users | network) != 0:
        return False
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_text(text)
    return True
