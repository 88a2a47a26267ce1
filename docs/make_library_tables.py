"""Write the tables of fields in docs/library.md from the results' docstrings: `python docs/make_library_tables.py`.

Each table stands between `<!-- fields NAME -->` and `<!-- end -->`; what else the page says is written by hand.
tests/test_docs.py compares, and asks that whatever a function returns has its table.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import artbyol

TARGET = Path(__file__).resolve().parent / "library.md"
_TABLE = re.compile(r"(<!-- fields (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_ENTRY = re.compile(r"^ {4}(\w+(?:, \w+)*): (.*?)(?=^ {4}\w|\Z)", re.MULTILINE | re.DOTALL)


def results() -> dict[str, type]:
    """Whatever the functions return, and what that holds, by name: dataclasses, in the order of the functions."""
    found: dict[str, type] = {}
    for name in artbyol.__all__:
        function = getattr(artbyol, name)
        if inspect.isfunction(function):
            _follow(str(function.__annotations__["return"]), function.__module__, found)
    events = import_module("artbyol.base.events")
    found |= {name: value for name, value in vars(events).items() if dataclasses.is_dataclass(value)}
    return found


def _follow(annotation: str, module: str, found: dict[str, type]) -> None:
    """Add the dataclasses that an annotation of this module names, and theirs."""
    for name in re.findall(r"\w+", annotation):
        kind = _names(module).get(name)
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and name not in found:
            found[name] = kind
            for field in dataclasses.fields(kind):
                _follow(str(field.type), kind.__module__, found)


def _names(module: str) -> dict[str, object]:
    """What a module knows by name, what it imports for its annotations alone included."""
    names = dict(vars(import_module(module)))
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("artbyol"):
            for one in node.names:
                names.setdefault(one.asname or one.name, getattr(import_module(node.module), one.name, None))
    return names


def table(kind: type) -> str:
    """The fields of a dataclass, a row for each entry of its docstring; without entries, a line of text."""
    head, _, listed = (inspect.getdoc(kind) or "").partition("\nAttributes:\n")
    types = {field.name: str(field.type) for field in dataclasses.fields(kind)}
    rows = [row for fields, said in _ENTRY.findall(listed.split("\n\n")[0]) for row in _rows(fields, said, types)]
    if not rows:
        return f"`{kind.__name__}({', '.join(types)})`: {_text(head)}.\n"
    lines = [f"| `{kind.__name__}` | | {_text(head)} |", "| --- | --- | --- |"]
    for names, said in rows:
        held = dict.fromkeys(types[name] for name in names)
        lines.append(f"| {_code(names)} | {_code(held)} | {_text(said)} |")
    return "\n".join(lines) + "\n"


def _rows(names: str, said: str, types: Iterable[str]) -> list[tuple[list[str], str]]:
    """One entry; two or three where it goes on to other fields after a semicolon."""
    several = rf"(?:{'|'.join(types)})(?:, (?:{'|'.join(types)}))*"
    first, *others = re.split(rf";\s`?({several})`?: ", said)
    pairs = [(names, first), *zip(others[::2], others[1::2], strict=True)]
    return [(fields.split(", "), text) for fields, text in pairs]


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names).replace("|", "\\|")


def _text(said: str) -> str:
    """As a cell of a table, in one line."""
    said = " ".join(said.split()).removesuffix(".").replace("|", "\\|")
    said = re.sub(r"(?<=\d)\.\.(?=\d)", " to ", said)
    return re.sub(r"docs/(\w+)\.md", r"[\1](\1.md)", said)


def filled(text: str) -> str:
    """The page with its tables as they should be."""
    known = results()
    return _TABLE.sub(lambda match: match[1] + table(known[match[2]]) + match[3], text)


if __name__ == "__main__":
    TARGET.write_text(filled(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
