"""XMP sidecars, changed in place: keywords put in and taken out again, every other byte as it was.

A sidecar belongs to whoever wrote it (darktable, digiKam, Lightroom), and XML tools that read a file and write it
again lose what they do not understand: order, prefixes, comments, the form of attributes. So nothing is written anew:
a parser says where things lie, and bytes are put in or cut out there.

What was put in is listed in the sidecar itself (`artbyol:added`), so that it can be taken out again exactly, even after
another program has rearranged the file. A keyword that was there before is not listed, and stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from artbyol.xmp import ADDED, ARTBYOL, DC, DIGIKAM, LARGEST, LIGHTROOM, RDF

_PROPERTIES: Final = {
    "dc:subject": (DC, "Bag"),
    "lr:hierarchicalSubject": (LIGHTROOM, "Bag"),
    "digiKam:TagsList": (DIGIKAM, "Seq"),
}
_MADE_HERE = "sidecar"  # in `artbyol:added`: there was no sidecar before
_ARRAYS = frozenset(f"{{{RDF}}}{name}" for name in ("Bag", "Seq", "Alt"))
_LI, _DESCRIPTION, _ABOUT = (f"{{{RDF}}}{name}" for name in ("li", "Description", "about"))

_NEW = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""

Edit = tuple[int, int, bytes]  # from, to, what takes that place


class UnsuitableError(ValueError):
    """A sidecar that keywords cannot be put into without the risk of harm; the message says why."""


@dataclass(eq=False)
class _Node:
    """An element: its "{namespace}name", and where in the file it begins, its content begins and ends, and it ends."""

    name: str
    prefix: str
    attributes: dict[str, str]
    start: int
    inner: int
    close: int = 0
    end: int = 0
    text: str = ""
    children: list[_Node] = field(default_factory=list)

    @property
    def is_short(self) -> bool:
        """Written as <name/>."""
        return self.close == self.end


def hierarchy(group: str) -> dict[str, str]:
    """The keyword of a group in each property: "artbyol:…", "artbyol|group|…" and "artbyol/group/…"."""
    name = group.replace("|", "-").replace("/", "-")
    return {
        "dc:subject": f"artbyol:{name}",
        "lr:hierarchicalSubject": f"artbyol|group|{name}",
        "digiKam:TagsList": f"artbyol/group/{name}",
    }


def tagged(data: bytes | None, groups: Sequence[str]) -> bytes:
    """A sidecar with the keywords of these groups instead of those that were put in earlier.

    Args:
        data: the sidecar; None: there is none yet.

    Raises:
        UnsuitableError: it is no XMP in UTF-8, or holds keywords in a form that cannot be added to.
    """
    rest = untagged(data) if data is not None else None
    made_here = rest is None
    data = rest if rest is not None else _NEW.encode()
    rdf = _rdf(data)
    edits: list[Edit] = []
    listed = [_MADE_HERE] if made_here else []
    missing: dict[str, list[str]] = {}
    for name, (namespace, _) in _PROPERTIES.items():
        values = list(dict.fromkeys(hierarchy(group)[name] for group in groups))
        node = _property(rdf, f"{{{namespace}}}{name.partition(':')[2]}")
        if node is None:
            missing[name] = values
            listed += [f"{name}={value}" for value in values]
        else:
            listed += _put_in(data, name, node, values, edits)
    edits.append(_block(data, rdf, missing, listed))
    return _edited(data, edits)


def untagged(data: bytes) -> bytes | None:
    """A sidecar without what was put in, byte for byte as it was before; None: nothing else is in it, and it was made
    here.

    Raises:
        UnsuitableError: it is no XMP in UTF-8.
    """
    rdf = _rdf(data)
    record = _property(rdf, ADDED)
    if record is None:
        return data
    listed = _values(record)
    edits: list[Edit] = [_cut(data, record)]
    gone = {record}
    for name, (namespace, _) in _PROPERTIES.items():
        node = _property(rdf, f"{{{namespace}}}{name.partition(':')[2]}")
        ours = {entry.partition("=")[2] for entry in listed if entry.startswith(f"{name}=")}
        if node is not None and ours and _take_out(data, node, ours, edits):
            gone.add(node)
    left = 0
    for description in _descriptions(rdf):
        if gone & set(description.children) and gone >= set(description.children) and _is_bare(description):
            edits = [edit for edit in edits if not description.start < edit[1] <= description.end]
            edits.append(_cut(data, description))
        else:
            left += 1
    if not left and _MADE_HERE in listed:
        return None
    return _edited(data, edits)


def _put_in(data: bytes, name: str, node: _Node, values: Sequence[str], edits: list[Edit]) -> list[str]:
    """Add values to an array that is there; gives back what to list as added."""
    array = next((child for child in node.children if child.name in _ARRAYS), None)
    if array is None:
        raise UnsuitableError(f"{name} is no list in it")
    there = _values(node)
    new = [value for value in values if value not in there]
    if not new:
        return []
    items = [child for child in array.children if child.name == _LI]
    before = _space_before(data, items[-1].start) if items else b""
    tag = f"{array.prefix}:li" if array.prefix else "li"
    lines = b"".join(before + f"<{tag}>{escape(value)}</{tag}>".encode() for value in new)
    listed = [f"{name}={value}" for value in new]
    if items:
        edits.append((items[-1].end, items[-1].end, lines))
    elif array.is_short:
        opening = data[array.start : array.end].rstrip(b"/> \t\r\n")
        whole = f"{array.prefix}:" if array.prefix else ""
        kind = array.name.rpartition("}")[2]
        edits.append((array.start, array.end, opening + b">" + lines + f"</{whole}{kind}>".encode()))
        listed.append(f"{name}=")  # an empty list was there
    else:
        edits.append((array.inner, array.inner, lines))
        listed.append(f"{name}=")
    return listed


def _take_out(data: bytes, node: _Node, ours: set[str], edits: list[Edit]) -> bool:
    """Cut our values out of an array; True where the whole property goes."""
    array = next((child for child in node.children if child.name in _ARRAYS), None)
    if array is None:
        return False
    cut = [item for item in array.children if item.name == _LI and item.text in ours]
    if len(cut) < len(array.children) or not cut:
        edits += [_cut(data, item) for item in cut]
        return False
    if "" not in ours:
        edits.append(_cut(data, node))
        return True
    remains = _edited(data[array.inner : array.close], [_shifted(_cut(data, item), -array.inner) for item in cut])
    if remains:
        edits += [_cut(data, item) for item in cut]
    else:
        edits.append((array.inner - 1, array.end, b"/>"))
    return False


def _block(data: bytes, rdf: _Node, missing: dict[str, list[str]], listed: Sequence[str]) -> Edit:
    """A description of our own behind the others: the properties that were missing, and the list of what was added."""
    others = _descriptions(rdf)
    at = others[-1].end if others else rdf.inner
    before = _space_before(data, others[-1].start) if others else b"\n  "
    indent = before.decode("ascii", "ignore") or "\n"
    about = next((one.attributes[_ABOUT] for one in others if _ABOUT in one.attributes), "")
    spaces = {} if rdf.prefix == "rdf" else {"rdf": RDF}
    spaces |= {"artbyol": ARTBYOL} | {name.partition(":")[0]: _PROPERTIES[name][0] for name in missing}
    head = "".join(f"{indent}    xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in spaces.items())
    text = f"{indent}<rdf:Description rdf:about={quoteattr(about)}{head}>"
    arrays = [(name, _PROPERTIES[name][1], values) for name, values in missing.items()]
    for name, kind, values in [*arrays, ("artbyol:added", "Bag", listed)]:
        items = "".join(f"{indent}   <rdf:li>{escape(value)}</rdf:li>" for value in values)
        text += f"{indent} <{name}>{indent}  <rdf:{kind}>{items}{indent}  </rdf:{kind}>{indent} </{name}>"
    return at, at, (text + f"{indent}</rdf:Description>").encode()


def _rdf(data: bytes) -> _Node:
    root = _parsed(data)
    pending = [root]
    while pending:
        node = pending.pop()
        if node.name == f"{{{RDF}}}RDF" and not node.is_short:
            return node
        pending += node.children
    raise UnsuitableError("it is no XMP")


def _parsed(data: bytes) -> _Node:
    """The elements of a file and where they lie. Entities and document types are refused (see `artbyol.xmp`)."""
    if len(data) > LARGEST:
        raise UnsuitableError("it is too large")
    parser = expat.ParserCreate(None, " ")
    parser.namespace_prefixes = True
    parser.buffer_text = True
    top = _Node("", "", {}, 0, 0)
    open_ones = [top]

    def begin(name: str, attributes: dict[str, str]) -> None:
        at = parser.CurrentByteIndex
        named = {_split(key)[0]: value for key, value in attributes.items()}
        node = _Node(*_split(name), named, at, _end_of_tag(data, at))
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


def _descriptions(rdf: _Node) -> list[_Node]:
    return [child for child in rdf.children if child.name == _DESCRIPTION]


def _property(rdf: _Node, name: str) -> _Node | None:
    for description in _descriptions(rdf):
        if name in description.attributes:
            raise UnsuitableError(f"{name.rpartition('}')[2]} is no list in it")
        for child in description.children:
            if child.name == name:
                return child
    return None


def _values(node: _Node) -> list[str]:
    return [item.text for array in node.children for item in array.children if item.name == _LI]


def _is_bare(description: _Node) -> bool:
    return set(description.attributes) <= {_ABOUT}


def _space_before(data: bytes, at: int) -> bytes:
    start = len(data[:at].rstrip(b" \t\r\n"))
    return data[start:at]


def _cut(data: bytes, node: _Node) -> Edit:
    """The removal of an element and of the space before it."""
    return node.start - len(_space_before(data, node.start)), node.end, b""


def _shifted(edit: Edit, by: int) -> Edit:
    return edit[0] + by, edit[1] + by, edit[2]


def _edited(data: bytes, edits: Sequence[Edit]) -> bytes:
    return b"".join(_pieces(data, sorted(edits, key=lambda edit: edit[:2])))


def _pieces(data: bytes, edits: Sequence[Edit]) -> Iterator[bytes]:
    at = 0
    for start, end, instead in edits:
        yield data[at:start]
        yield instead
        at = end
    yield data[at:]
