"""JSON of which every value has the type that was agreed on.

What somebody, or a disk, has changed in a file is told apart here, once, and not wherever one of its values is used.
"""

import json
from dataclasses import is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

_LARGEST = 2**63  # what SQLite, numpy and faiss take
_CALLED = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    NoneType: "null",
    dict: "an object",
}


def from_json(text: str | bytes, kind: Any = Any) -> Any:
    """The value written in a text. Raises ValueError: no JSON, or not of this type (see `misfit`)."""
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if wrong := misfit(value, kind):
        raise ValueError(wrong)
    return value


def misfit(value: Any, kind: Any, name: str = "") -> str | None:
    """Where a value is not of a type, in words; None where it is.

    Args:
        kind: str, bool, None, int and float (below 2^63), Any; unions, Literal, list[…], tuple[…, ...], dict[str, …]; a
            TypedDict: an object with at least its entries; a dataclass: an object of its fields and no others.
        name: of the value, where it is an entry.
    """
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        wrong = [misfit(value, part, name) for part in parts]
        return None if None in wrong else wrong[0]
    if origin in (list, tuple) and type(value) is list:
        return _first_misfit(dict(enumerate(value)), dict.fromkeys(range(len(value)), parts[0]), name)
    if origin is dict and type(value) is dict:
        return _first_misfit(value, dict.fromkeys(value, parts[1]), name)
    if (is_typeddict(kind) or is_dataclass(kind)) and type(value) is dict:
        expected = get_type_hints(kind, include_extras=True)
        needed = {entry for entry, one in expected.items() if get_origin(one) is not NotRequired}
        others = value.keys() - expected.keys() if is_dataclass(kind) else set()
        if wrong_entries := (needed - value.keys()) | others:
            return f"{name or 'it'} lacks, or should not have, {', '.join(sorted(wrong_entries))}"
        return _first_misfit(value, {entry: one for entry, one in expected.items() if entry in value}, name)
    if origin is NotRequired:
        return misfit(value, parts[0], name)
    if origin is Literal:
        fits = type(value) is str and value in parts
    elif kind in (int, float) and type(value) is int:
        fits = abs(value) < _LARGEST
    else:
        fits = kind is Any or type(value) is kind
    return None if fits else f"{name or 'it'} is not {_CALLED.get(kind, 'what it should be')}"


def _first_misfit(values: dict[Any, Any], expected: dict[Any, Any], name: str) -> str | None:
    found = (misfit(values[key], kind, f"{name}.{key}" if name else str(key)) for key, kind in expected.items())
    return next((wrong for wrong in found if wrong), None)
