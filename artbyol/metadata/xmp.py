"""XMP, read: the packet inside a picture, or a sidecar beside it.

XMP is RDF in XML (ISO 16684-1). It comes from strangers, so entities and document types, with which a few hundred bytes
can be made to fill the memory, are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC: Final = "http://purl.org/dc/elements/1.1/"
LIGHTROOM: Final = "http://ns.adobe.com/lightroom/1.0/"
DIGIKAM: Final = "http://www.digikam.org/ns/1.0/"
IPTC_EXTENSION: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
ARTBYOL: Final = "urn:artbyol:sidecar/1/"
"""A name, as all of these are: none of them leads anywhere."""

ADDED: Final = f"{{{ARTBYOL}}}added"
"""The property in which a sidecar says what `artbyol tag` added to it."""

LARGEST: Final = 4_000_000
"""Bytes of a packet that is still looked at; a caption and keywords take a few thousand."""

_ARTWORK = f"{{{IPTC_EXTENSION}}}ArtworkOrObject"
_ITEMS = frozenset(f"{{{RDF}}}{name}" for name in ("li", "Bag", "Seq", "Alt", "Description"))
_LONGEST = 10_000  # characters of one line
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

Properties = dict[str, list[str]]


def read_xmp(packet: bytes) -> Properties:
    """Properties by "{namespace}name", each with its values in order; nothing where the packet cannot be read.

    Of a work shown in the picture (IPTC Extension, ArtworkOrObject; the first) the properties are given as if they
    were the picture's: their names differ. Of texts in several languages the default comes first. What `artbyol tag`
    added is left out.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    if not 0 < len(packet) <= LARGEST:
        return {}
    try:
        root = fromstring(packet.strip(b"\0 \r\n\t"), forbid_dtd=True)  # some writers end a packet with NULs
    except (DefusedXmlException, ParseError, ValueError, LookupError, RecursionError):
        return {}
    found: Properties = {}
    for rdf in root.iter(f"{{{RDF}}}RDF"):
        for description in rdf.findall(f"{{{RDF}}}Description"):
            _collect(description, found)
    ours, subject = found.pop(ADDED, []), f"{{{DC}}}subject"
    if subject in found:
        found[subject] = [value for value in found[subject] if f"dc:subject={value}" not in ours]
    return found


def _collect(description: Element, found: Properties) -> None:
    """Properties in both of their forms: attributes and elements."""
    for name, value in description.attrib.items():
        if not name.startswith(f"{{{RDF}}}"):
            found.setdefault(name, []).append(value)
    for element in description:
        if element.tag == _ARTWORK:
            for work in list(_resources(element))[:1]:
                _collect(work, found)
            continue
        found.setdefault(str(element.tag), []).extend(_values(element))


def _resources(element: Element) -> Iterator[Element]:
    """The structures in an array, in either form: an rdf:li that is one, or that holds an rdf:Description."""
    for item in element.iter(f"{{{RDF}}}li"):
        inside = item.find(f"{{{RDF}}}Description")
        yield item if inside is None else inside


def _values(element: Element) -> list[str]:
    items = [item for item in element.iter(f"{{{RDF}}}li") if item.text and item.text.strip()]
    if items:
        items.sort(key=lambda item: item.get(_LANGUAGE, "x-default") != "x-default")
        return [str(item.text) for item in items]
    return [element.text] if element.text and not any(child.tag in _ITEMS for child in element) else []


def clean(text: str) -> str:
    """One line without control characters or unpaired surrogates, and not endless."""
    text = re.sub("[\ud800-\udfff\u202a-\u202e\u2066-\u2069]", "", text[: 2 * _LONGEST])
    return re.sub(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+", " ", text).strip()[:_LONGEST]
