"""XMP sidecars, changed in place: keywords put in and taken out again, every other byte as it was.

A sidecar belongs to whoever wrote it (darktable, digiKam, Lightroom), and XML tools that read a file and write it
again lose what they do not understand: order, prefixes, comments, the form of attributes. So nothing is written anew:
a parser says where things lie, and bytes are put in or cut out there.

What was put in is listed in the sidecar itself (`artbyol:added`), so that it can be taken out again exactly, even after
another program has rearranged the file. A keyword that was there before is not listed, and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from xml.sax.saxutils import escape, quoteattr

from artbyol.metadata.xml_spans import Edit, Node, UnsuitableError, cut, edited, parsed, shifted, space_before
from artbyol.metadata.xmp import ADDED, ARTBYOL, DC, DIGIKAM, LIGHTROOM, RDF
from artbyol.pictures.listing import Brief

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


Action = Literal["make", "add", "restore", "delete"]


@dataclass(frozen=True)
class SidecarChange:
    """One sidecar that changes.

    Attributes:
        sidecar: its path, relative to the collection.
        action: "make" a new one, "add" to one that is there (or change what was added), "restore" one as it was before,
            "delete" one that holds nothing else.
        groups: names of the groups it says now.
    """

    sidecar: bytes
    action: Action
    groups: tuple[str, ...]


@dataclass(frozen=True)
class SidecarLeft:
    """One sidecar that was left as it is, and why."""

    sidecar: bytes
    reason: str


@dataclass(frozen=True, repr=False)
class Tagged(Brief):
    """What `tag` changed, or would change.

    Attributes:
        folder: the collection.
        written: False: nothing was written, this is what would be.
        changes: in order of path; `unchanged`: how many sidecars are right already.
        left: sidecars that could not be changed.
    """

    folder: Path
    written: bool
    changes: tuple[SidecarChange, ...]
    unchanged: int
    left: tuple[SidecarLeft, ...]


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
    made = edited(data, edits)
    try:
        _rdf(made)  # what cannot be read again could not be taken out again
    except UnsuitableError as error:
        raise UnsuitableError("XML has no way to write the name of its group") from error
    return made


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
    edits: list[Edit] = [cut(data, record)]
    gone = {record}
    for name, (namespace, _) in _PROPERTIES.items():
        node = _property(rdf, f"{{{namespace}}}{name.partition(':')[2]}")
        ours = {entry.partition("=")[2] for entry in listed if entry.startswith(f"{name}=")}
        if node is not None and ours and _take_out(data, node, ours, edits):
            gone.add(node)
    left = 0
    for description in _descriptions(rdf):
        inside, bare = set(description.children), set(description.attributes) <= {_ABOUT}
        if inside and gone >= inside and bare:
            edits = [edit for edit in edits if not description.start < edit[1] <= description.end]
            edits.append(cut(data, description))
        else:
            left += 1
    if not left and _MADE_HERE in listed:
        return None
    return edited(data, edits)


def _put_in(data: bytes, name: str, node: Node, values: Sequence[str], edits: list[Edit]) -> list[str]:
    """Add values to an array that is there; gives back what to list as added."""
    array = next((child for child in node.children if child.name in _ARRAYS), None)
    if array is None:
        raise UnsuitableError(f"{name} is no list in it")
    there = _values(node)
    new = [value for value in values if value not in there]
    if not new:
        return []
    items = [child for child in array.children if child.name == _LI]
    before = space_before(data, items[-1].start) if items else b""
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


def _take_out(data: bytes, node: Node, ours: set[str], edits: list[Edit]) -> bool:
    """Cut our values out of an array; True where the whole property goes."""
    array = next((child for child in node.children if child.name in _ARRAYS), None)
    if array is None:
        return False
    gone = [item for item in array.children if item.name == _LI and item.text in ours]
    if len(gone) < len(array.children) or not gone:
        edits += [cut(data, item) for item in gone]
        return False
    if "" not in ours:
        edits.append(cut(data, node))
        return True
    remains = edited(data[array.inner : array.close], [shifted(cut(data, item), -array.inner) for item in gone])
    if remains:
        edits += [cut(data, item) for item in gone]
    else:
        edits.append((array.inner - 1, array.end, b"/>"))
    return False


def _block(data: bytes, rdf: Node, missing: dict[str, list[str]], listed: Sequence[str]) -> Edit:
    """A description of our own behind the others: the properties that were missing, and the list of what was added."""
    others = _descriptions(rdf)
    at = others[-1].end if others else rdf.inner
    before = space_before(data, others[-1].start) if others else b"\n  "
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


def _rdf(data: bytes) -> Node:
    root = parsed(data)
    pending = [root]
    while pending:
        node = pending.pop()
        if node.name == f"{{{RDF}}}RDF" and not node.is_short:
            return node
        pending += node.children
    raise UnsuitableError("it is no XMP")


def _descriptions(rdf: Node) -> list[Node]:
    return [child for child in rdf.children if child.name == _DESCRIPTION]


def _property(rdf: Node, name: str) -> Node | None:
    for description in _descriptions(rdf):
        if name in description.attributes:
            raise UnsuitableError(f"{name.rpartition('}')[2]} is no list in it")
        for child in description.children:
            if child.name == name:
                return child
    return None


def _values(node: Node) -> list[str]:
    return [item.text for array in node.children for item in array.children if item.name == _LI]
