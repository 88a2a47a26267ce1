"""Where the elements of an XML file lie, to the byte, so that it can be changed without being written anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from artbyol.metadata.xmp import LARGEST

Edit = tuple[int, int, bytes]  # from, to, what takes that place


class UnsuitableError(ValueError):
    """A sidecar that keywords cannot be put into without the risk of harm; the message says why."""


@dataclass(eq=False)
class Node:
    """An element: its "{namespace}name", and where in the file it begins, its content begins and ends, and it ends."""

    name: str
    prefix: str
    attributes: dict[str, str]
    start: int
    inner: int
    close: int = 0
    end: int = 0
    text: str = ""
    children: list[Node] = field(default_factory=list)

    @property
    def is_short(self) -> bool:
        """Written as <name/>."""
        return self.close == self.end


def parsed(data: bytes) -> Node:
    """The elements of a file and where they lie. Entities and document types are refused, as in `xmp`."""
    if len(data) > LARGEST:
        raise UnsuitableError("it is too large")
    parser = expat.ParserCreate(None, " ")
    parser.namespace_prefixes = True
    parser.buffer_text = True
    top = Node("", "", {}, 0, 0)
    open_ones = [top]

    def begin(name: str, attributes: dict[str, str]) -> None:
        at = parser.CurrentByteIndex
        named = {_split(key)[0]: value for key, value in attributes.items()}
        node = Node(*_split(name), named, at, _end_of_tag(data, at))
        open_ones[-1].children.append(node)
        open_ones.append(node)

    def end(name: str) -> None:
        node, at = open_ones.pop(), parser.CurrentByteIndex
        short = data[node.inner - 2 : node.inner] == b"/>"
        node.close = node.inner if short else at
        node.end = node.inner if short else data.index(b">", at) + 1

    def text(said: str) -> None:
        open_ones[-1].text += said

    def refuse(*_: Any) -> None:
        raise UnsuitableError("it has a document type, which XMP has not")

    def declared(version: str, encoding: str | None, standalone: int) -> None:
        if (encoding or "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsuitableError(f"it is in {encoding}, not in UTF-8")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, text
    parser.StartDoctypeDeclHandler, parser.XmlDeclHandler = refuse, declared
    try:
        data.decode("utf-8")
        parser.Parse(data, True)
    except UnicodeDecodeError as error:
        raise UnsuitableError("it is not in UTF-8") from error
    except expat.ExpatError as error:
        raise UnsuitableError(f"it is no well-formed XML ({error})") from error
    return top


def _split(name: str) -> tuple[str, str]:
    """What expat says of a name, "namespace name prefix" -> "{namespace}name" and the prefix."""
    parts = name.split(" ")
    return (f"{{{parts[0]}}}{parts[1]}" if len(parts) > 1 else name), (parts[2] if len(parts) > 2 else "")


def _end_of_tag(data: bytes, start: int) -> int:
    """The place behind the > of a start tag; one inside an attribute's value ends nothing."""
    quote = 0
    for at in range(start, len(data)):
        byte = data[at]
        if quote:
            quote = 0 if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte == ord(">"):
            return at + 1
    raise UnsuitableError("it is no well-formed XML")


def space_before(data: bytes, at: int) -> bytes:
    start = len(data[:at].rstrip(b" \t\r\n"))
    return data[start:at]


def cut(data: bytes, node: Node) -> Edit:
    """The removal of an element and of the space before it."""
    return node.start - len(space_before(data, node.start)), node.end, b""


def shifted(edit: Edit, by: int) -> Edit:
    return edit[0] + by, edit[1] + by, edit[2]


def edited(data: bytes, edits: Sequence[Edit]) -> bytes:
    return b"".join(_pieces(data, sorted(edits, key=lambda edit: edit[:2])))


def _pieces(data: bytes, edits: Sequence[Edit]) -> Iterator[bytes]:
    at = 0
    for start, end, instead in edits:
        yield data[at:start]
        yield instead
        at = end
    yield data[at:]
