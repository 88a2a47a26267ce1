"""XMP, read: the packet inside a picture, or a sidecar beside it.

XMP is RDF in XML (ISO 16684-1). It comes from strangers, so entities and document types, with which a few hundred bytes
can be made to fill the memory, are refused. The same parser serves `artbyol.metadata.xmp_edit`,
which changes a sidecar without writing it anew: it says where elements lie, to the byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final
from xml.parsers import expat

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC: Final = "http://purl.org/dc/elements/1.1/"
IPTC_EXTENSION: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
ARTBYOL: Final = "urn:artbyol:sidecar/1/"
"""A name, as all of these are: none of them leads anywhere."""

ADDED: Final = f"{{{ARTBYOL}}}added"
"""The property in which a sidecar says what `artbyol tag` added to it."""

LARGEST: Final = 4_000_000
"""Bytes of a packet that is still looked at; a caption and keywords take a few thousand."""

LI, DESCRIPTION = f"{{{RDF}}}li", f"{{{RDF}}}Description"
ARRAYS: Final = frozenset(f"{{{RDF}}}{name}" for name in ("Bag", "Seq", "Alt"))

_ARTWORK = f"{{{IPTC_EXTENSION}}}ArtworkOrObject"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_START_TAG = re.compile(rb"""<(?:[^"'>]|"[^"]*"|'[^']*')*>""")  # a > inside an attribute's value ends nothing

Properties = dict[str, list[str]]


class UnsuitableError(ValueError):
    """XML that cannot be read, or a sidecar that cannot be changed without the risk of harm; the message says why."""


@dataclass(eq=False, slots=True)
class Node:
    """An element, and where in the file it lies.

    Attributes:
        data: the file.
        name: "{namespace}name"; `prefix`: what stands for the namespace in the file; `attributes`: named likewise.
        start, close: where it begins and where its content ends.
        text: what stands before its first child.
    """

    data: bytes = field(repr=False)
    name: str
    prefix: str
    attributes: dict[str, str]
    start: int
    close: int = 0
    text: str = ""
    children: list[Node] = field(default_factory=list)

    @property
    def inner(self) -> int:
        """Where its content begins."""
        return next(_START_TAG.finditer(self.data, self.start)).end()

    @property
    def end(self) -> int:
        return self.inner if self.is_short else self.data.index(b">", self.close) + 1

    @property
    def is_short(self) -> bool:
        """Written as <name/>."""
        return self.data.endswith(b"/>", 0, self.inner)

    def every(self, name: str, *, nested: bool = True) -> Iterator[Node]:
        """It and all elements in it that have this name, in their order; `nested`: those inside another one, too."""
        pending = [self]
        while pending:
            node = pending.pop()
            if node.name == name:
                yield node
                if not nested:
                    continue
            pending += reversed(node.children)

    def values(self) -> list[str]:
        """What is said by a property: the items of its array, those in the default language first, else its text."""
        items = [item for item in self.every(LI) if item.text.strip()]
        if items:
            items.sort(key=lambda item: item.attributes.get(_LANGUAGE, "x-default") != "x-default")
            return [item.text for item in items]
        structured = any(child.name in {LI, DESCRIPTION, *ARRAYS} for child in self.children)
        return [self.text] if self.text and not structured else []


def parse(data: bytes, only_utf_8: bool = False) -> Node:
    """The elements of an XML file, in one that has no name. Where they lie is right in UTF-8 only.

    Raises:
        UnsuitableError: too large, not well-formed, with a document type, or in another encoding where `only_utf_8`.
        LookupError, ValueError: an encoding that nobody knows, or that cannot be read.
    """
    if len(data) > LARGEST:
        raise UnsuitableError("it is too large")
    parser = expat.ParserCreate(None, "}")
    parser.namespace_prefixes = True
    parser.buffer_text = True
    top = Node(data, "", "", {}, 0)
    open_ones = [top]

    def begin(name: str, attributes: dict[str, str]) -> None:
        named = {_split(key)[0]: value for key, value in attributes.items()}
        node = Node(data, *_split(name), named, parser.CurrentByteIndex)
        open_ones[-1].children.append(node)
        open_ones.append(node)

    def end(name: str) -> None:
        open_ones.pop().close = parser.CurrentByteIndex

    def text(said: str) -> None:
        if not open_ones[-1].children:
            open_ones[-1].text += said

    def refuse(*_: Any) -> None:
        raise UnsuitableError("it has a document type, which XMP never has")

    def declared(version: str, encoding: str | None, standalone: int) -> None:
        if only_utf_8 and (encoding or "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsuitableError(f"it is in {encoding}, not in UTF-8")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, text
    parser.StartDoctypeDeclHandler, parser.XmlDeclHandler = refuse, declared
    try:
        if only_utf_8:
            data.decode("utf-8")
        parser.Parse(data, True)
    except UnicodeDecodeError as error:
        raise UnsuitableError("it is not in UTF-8") from error
    except expat.ExpatError as error:
        raise UnsuitableError(f"it is not well-formed XML ({error})") from error
    return top


def read_xmp(packet: bytes) -> Properties:
    """Properties by "{namespace}name", each with its values in order; nothing where the packet cannot be read.

    Of a work shown in the picture (IPTC Extension, ArtworkOrObject; the first) the properties are given as if they
    were the picture's: their names differ. Of texts in several languages the default comes first. What `artbyol tag`
    added is left out.
    """
    try:
        top = parse(_in_utf_8(packet).strip(b"\0 \r\n\t"))  # some writers end a packet with NULs
    except (ValueError, LookupError):
        return {}
    found: Properties = {}
    for rdf in top.every(f"{{{RDF}}}RDF", nested=False):  # else strangers could have the same read over and over
        for child in rdf.children:
            if child.name == DESCRIPTION:
                _collect(child, found)
    ours, subject = found.pop(ADDED, []), f"{{{DC}}}subject"
    if subject in found:
        found[subject] = [value for value in found[subject] if f"dc:subject={value}" not in ours]
    return found


def _in_utf_8(packet: bytes) -> bytes:
    """The same packet where it is in UTF-16, with a mark or, as inside pictures, without one."""
    starts = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
    if packet[:2] not in starts or len(packet) > LARGEST:
        return packet
    text = packet[: len(packet) & ~1].decode(starts[packet[:2]])
    return re.sub(r"\A\s*<\?xml[^>]*>", "", text).encode()


def _collect(description: Node, found: Properties, *, of_artwork: bool = False) -> None:
    """Properties in both of their forms: attributes and elements; of an artwork, nothing of another one in it."""
    for name, value in description.attributes.items():
        if not name.startswith(f"{{{RDF}}}"):
            found.setdefault(name, []).append(value)
    for node in description.children:
        if node.name != _ARTWORK:
            found.setdefault(node.name, []).extend(node.values())
        elif not of_artwork and (work := next(node.every(LI), None)):
            # A structure in either form: an rdf:li that is one, or that holds an rdf:Description.
            shown = next((child for child in work.children if child.name == DESCRIPTION), work)
            _collect(shown, found, of_artwork=True)


@lru_cache(1000)  # a few names, thousands of times
def _split(name: str) -> tuple[str, str]:
    """What expat says of a name, "namespace}name}prefix" -> "{namespace}name" and the prefix."""
    namespace, *rest = name.split("}")
    return (f"{{{namespace}}}{rest[0]}", "".join(rest[1:])) if rest else (name, "")
