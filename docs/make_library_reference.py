"""Write what docs/library.md takes from the code: `python docs/make_library_reference.py`.

Between `<!-- call NAME -->` and `<!-- end -->` stands how a function is called, between `<!-- fields NAME -->` and
`<!-- end -->` a table of a result's fields, from its docstring. What else the page says is written by hand.
tests/test_docs.py compares, and asks that every function and whatever it returns is there.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import artbyol
from artbyol.verbs.open import CollectedWork, Vectors
from artbyol.verbs.opening import RunOptions

TARGET = Path(__file__).resolve().parent / "library.md"
_WIDTH = 110
_WRITTEN = re.compile(r"(<!-- (call|fields) (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_ENTRY = re.compile(r"^ {4}(\w+(?:, \w+)*): (.*?)(?=^ {4}\w|\Z)", re.MULTILINE | re.DOTALL)


def functions() -> dict[str, Any]:
    """The functions of the library, by name."""
    named = {name: getattr(artbyol, name) for name in artbyol.__all__}
    return {name: value for name, value in named.items() if inspect.isfunction(value)}


def results() -> dict[str, type]:
    """Whatever the functions return, and what that holds, by name, in the order of the functions; then the events."""
    found: dict[str, type] = {}
    for function in functions().values():
        _follow(str(function.__annotations__["return"]), function.__module__, found)
    for kind in (RunOptions, CollectedWork, Vectors, *vars(import_module("artbyol.base.events")).values()):
        if isinstance(kind, type) and (_fields(kind) or dataclasses.is_dataclass(kind)):
            found[kind.__name__] = kind
    return found


def _follow(annotation: str, module: str, found: dict[str, type]) -> None:
    """Add the dataclasses that an annotation of this module names, and theirs."""
    for name in re.findall(r"\w+", annotation):
        kind = _names(module).get(name)
        if not isinstance(kind, type) or not dataclasses.is_dataclass(kind):
            continue
        if name not in found:
            found[name] = kind
            for held in _fields(kind).values():
                _follow(held, kind.__module__, found)
        elif found[name] is not kind:
            raise SystemExit(f"two results are called {name}: in {kind.__module__} and in {found[name].__module__}")


def _names(module: str) -> dict[str, object]:
    """What a module knows by name, what it imports for its annotations alone included."""
    names = dict(vars(import_module(module)))
    for node in ast.walk(ast.parse(inspect.getsource(sys.modules[module]))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("artbyol"):
            for one in node.names:
                names.setdefault(one.asname or one.name, getattr(import_module(node.module), one.name, None))
    return names


def _fields(kind: type) -> dict[str, str]:
    """The fields of a dataclass, a named tuple or a typed dictionary, with their types as they are written."""
    if dataclasses.is_dataclass(kind):
        written = {name: held for one in _dataclasses(kind) for name, held in _annotated(one).items()}
        return {field.name: written[field.name] for field in dataclasses.fields(kind)}
    if not hasattr(kind, "_fields") and not hasattr(kind, "__total__"):
        return {}
    return {name: getattr(held, "__forward_arg__", str(held)) for name, held in kind.__annotations__.items()}


def _annotated(kind: type) -> dict[str, str]:
    """The fields that a class itself names, with their types as they are written."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    return {
        str(one.target.id): ast.unparse(one.annotation)
        for one in body.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }


def call(name: str) -> str:
    """How a function is called, with its defaults, and what it returns."""
    function = functions()[name]
    said = ", ".join(_arguments(function)) + f") -> {function.__annotations__['return']}"
    first = f"    {name}("
    lines = textwrap.wrap(
        said, _WIDTH, initial_indent=first, subsequent_indent=" " * len(first), break_long_words=False
    )
    return "\n".join(lines) + "\n\n"


def _arguments(function: Any) -> Iterator[str]:
    named = False
    for name, one in inspect.signature(function).parameters.items():
        if one.kind is inspect.Parameter.KEYWORD_ONLY and not named:
            named = True
            yield "*"
        if one.kind is inspect.Parameter.VAR_KEYWORD:
            yield f"**{name}"
        elif one.default is inspect.Parameter.empty:
            yield name
        else:
            yield f"{name}={json.dumps(one.default) if isinstance(one.default, str) else one.default}"


def table(kind: type) -> str:
    """The fields of a result, a row for each entry of its docstring; without entries, a line of text."""
    head = (inspect.getdoc(kind) or "").partition("\nAttributes:\n")[0]
    types = _fields(kind)
    lists = [(inspect.getdoc(one) or "").partition("\nAttributes:\n")[2] for one in _dataclasses(kind) or [kind]]
    entries = [entry for listed in lists for entry in _ENTRY.findall(listed.split("\n\n")[0])]
    rows = [row for fields, said in entries for row in _rows(fields, said, types)]
    if not rows:
        return f"`{kind.__name__}({', '.join(types)})`: {_text(head)}.\n"
    lines = [f"| `{kind.__name__}` | | {_text(head)} |", "| --- | --- | --- |"]
    for names, said in rows:
        held = dict.fromkeys(types[name] for name in names)
        lines.append(f"| {_code(names)} | {_code(held)} | {_text(said)} |")
    return "\n".join(lines) + "\n"


def _dataclasses(kind: type) -> list[type]:
    """Those that this one's fields come from, in the order of the fields."""
    return [one for one in reversed(kind.__mro__) if dataclasses.is_dataclass(one)]


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
    """The page with what is taken from the code as it should be."""
    known = results()
    return _WRITTEN.sub(
        lambda match: match[1] + (call(match[3]) if match[2] == "call" else table(known[match[3]])) + match[4], text
    )


if __name__ == "__main__":
    TARGET.write_text(filled(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
