"""XMP sidecars, changed in place: keywords put in and taken out again, every other byte as it was.

A sidecar belongs to whoever wrote it (darktable, digiKam, Lightroom), and XML tools that read a file and write it
again lose what they do not understand: order, prefixes, comments, the form of attributes. So nothing is written anew:
a parser says where things lie, and bytes are put in or cut out there.

What was put in is listed in the sidecar itself (`artbyol:added`), so that it can be taken out again exactly, even after
another program has rearranged the file. A keyword that was there before is not listed, and stays.
"""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from artbyol.metadata.xmp import ADDED, ARRAYS, ARTBYOL, DC, DESCRIPTION, LI, RDF, Node, UnsuitableError, parse

LIGHTROOM: Final = "http://ns.adobe.com/lightroom/1.0/"
DIGIKAM: Final = "http://www.digikam.org/ns/1.0/"

_KEYWORDS: Final = {
    "dc:subject": (DC, "Bag", "artbyol:{}"),
    "lr:hierarchicalSubject": (LIGHTROOM, "Bag", "artbyol|group|{}"),
    "digiKam:TagsList": (DIGIKAM, "Seq", "artbyol/group/{}"),
}
"""The properties that keywords stand in: namespace, kind of array, and how the keyword of a group is written there."""

_MADE_HERE = "sidecar"  # in `artbyol:added`: there was no sidecar before
_EMPTY, _OPEN = "", "<>"  # there, as values of a property: an empty list was there; written <a></a> and not <a/>
_ABOUT = f"{{{RDF}}}about"

_NEW = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""

_Edit = tuple[int, int, bytes]  # from, to, what takes that place


def hierarchy(group: str) -> dict[str, str]:
    """The keyword of a group in each property: "artbyol:…", "artbyol|group|…" and "artbyol/group/…"."""
    name = group.replace("|", "-").replace("/", "-")
    return {keywords: form.format(name) for keywords, (_, _, form) in _KEYWORDS.items()}


def tagged(data: bytes | None, groups: Sequence[str]) -> bytes:
    """A sidecar with the keywords of these groups instead of those that were put in earlier.

    Args:
        data: the sidecar; None: there is none yet.

    Raises:
        UnsuitableError: it is not XMP in UTF-8, or holds keywords in a form that cannot be added to.
    """
    rest = untagged(data) if data is not None else None
    data, listed = (_NEW.encode(), [_MADE_HERE]) if rest is None else (rest, [])
    rdf = _rdf(data)
    edits: list[_Edit] = []
    missing: dict[str, list[str]] = {}
    for name in _KEYWORDS:
        values = list(dict.fromkeys(hierarchy(group)[name] for group in groups))
        node = _keywords(rdf, name)
        if node is None:
            missing[name] = values
            listed += [f"{name}={value}" for value in values]
        else:
            listed += _put_in(name, node, values, edits)
    edits.append(_block(rdf, missing, listed))
    made = _edited(data, edits)
    try:
        _rdf(made)  # what cannot be read again could not be taken out again
    except UnsuitableError as error:
        raise UnsuitableError("XML has no way to write the name of its group") from error
    return made


def untagged(data: bytes) -> bytes | None:
    """A sidecar without what was put in, byte for byte as it was before; None: nothing else is in it, and it was made
    here.

    Raises:
        UnsuitableError: it is not XMP in UTF-8.
    """
    rdf = _rdf(data)
    record = _property(rdf, ADDED)
    if record is None:
        return data
    listed = record.values()
    edits = [_cut(record)]
    gone = {record}
    for name in _KEYWORDS:
        node = _keywords(rdf, name)
        ours = {entry.partition("=")[2] for entry in listed if entry.startswith(f"{name}=")}
        if node is not None and ours and _take_out(node, ours, edits):
            gone.add(node)
    left = 0
    for description in _descriptions(rdf):
        is_bare = set(description.attributes) <= {_ABOUT}
        if description.children and gone.issuperset(description.children) and is_bare:
            edits = [edit for edit in edits if not description.start < edit[1] <= description.end]
            edits.append(_cut(description))
        else:
            left += 1
    return None if not left and _MADE_HERE in listed else _edited(data, edits)


def _put_in(name: str, node: Node, values: Sequence[str], edits: list[_Edit]) -> list[str]:
    """Add values to an array that is there; gives back what to list as added."""
    array = _array(node)
    if array is None:
        raise UnsuitableError(f"{name} is not a list in it")
    there = node.values()
    new = [value for value in values if value not in there]
    if not new:
        return []
    items = [child for child in array.children if child.name == LI]
    before = _space_before(items[-1]) if items else b""
    prefix = f"{array.prefix}:" if array.prefix else ""
    lines = b"".join(before + f"<{prefix}li>{escape(value)}</{prefix}li>".encode() for value in new)
    listed = [f"{name}={value}" for value in new]
    if items:
        edits.append((items[-1].end, items[-1].end, lines))
        return listed
    if array.is_short:
        kind = array.name.rpartition("}")[2]
        edits.append((array.end - 2, array.end, b">" + lines + f"</{prefix}{kind}>".encode()))
        return [*listed, f"{name}={_EMPTY}"]
    edits.append((array.inner, array.inner, lines))
    return [*listed, f"{name}={_EMPTY}", f"{name}={_OPEN}"]


def _take_out(node: Node, ours: set[str], edits: list[_Edit]) -> bool:
    """Cut our values out of an array; True where the whole property goes."""
    array = _array(node)
    if array is None:
        return False
    gone = [child for child in array.children if child.name == LI and child.text in ours]
    if gone and len(gone) == len(array.children) and _EMPTY not in ours:
        edits.append(_cut(node))
        return True
    cuts = [_cut(item) for item in gone]
    nothing_remains = sum(end - start for start, end, _ in cuts) == array.close - array.inner
    if gone and nothing_remains and _OPEN not in ours:
        cuts = [(array.inner - 1, array.end, b"/>")]
    edits += cuts
    return False


def _block(rdf: Node, missing: dict[str, list[str]], listed: Sequence[str]) -> _Edit:
    """A description of our own behind the others: the properties that were missing, and the list of what was added."""
    others = _descriptions(rdf)
    at = others[-1].end if others else rdf.inner
    before = _space_before(others[-1]) if others else b"\n  "
    indent = before.decode("ascii", "ignore") or "\n"
    about = next((one.attributes[_ABOUT] for one in others if _ABOUT in one.attributes), "")
    spaces = {} if rdf.prefix == "rdf" else {"rdf": RDF}
    spaces |= {"artbyol": ARTBYOL} | {name.partition(":")[0]: _KEYWORDS[name][0] for name in missing}
    head = "".join(f"{indent}    xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in spaces.items())
    text = f"{indent}<rdf:Description rdf:about={quoteattr(about)}{head}>"
    arrays = [(name, _KEYWORDS[name][1], values) for name, values in missing.items()]
    for name, kind, values in [*arrays, ("artbyol:added", "Bag", listed)]:
        items = "".join(f"{indent}   <rdf:li>{escape(value)}</rdf:li>" for value in values)
        text += f"{indent} <{name}>{indent}  <rdf:{kind}>{items}{indent}  </rdf:{kind}>{indent} </{name}>"
    return at, at, (text + f"{indent}</rdf:Description>").encode()


def _rdf(data: bytes) -> Node:
    """The rdf:RDF that is written in, the last."""
    found = [node for node in parse(data, only_utf_8=True).every(f"{{{RDF}}}RDF") if not node.is_short]
    if not found:
        raise UnsuitableError("it is not XMP")
    return found[-1]


def _descriptions(rdf: Node) -> list[Node]:
    return [child for child in rdf.children if child.name == DESCRIPTION]


def _keywords(rdf: Node, name: str) -> Node | None:
    return _property(rdf, f"{{{_KEYWORDS[name][0]}}}{name.partition(':')[2]}")


def _property(rdf: Node, name: str) -> Node | None:
    for description in _descriptions(rdf):
        if name in description.attributes:
            raise UnsuitableError(f"{name.rpartition('}')[2]} is not a list in it")
        for child in description.children:
            if child.name == name:
                return child
    return None


def _array(node: Node) -> Node | None:
    return next((child for child in node.children if child.name in ARRAYS), None)


def _space_before(node: Node) -> bytes:
    before = node.data[: node.start]
    return before[len(before.rstrip(b" \t\r\n")) :]


def _cut(node: Node) -> _Edit:
    """The removal of an element and of the space before it."""
    return node.start - len(_space_before(node)), node.end, b""


def _edited(data: bytes, edits: Sequence[_Edit]) -> bytes:
    for start, end, instead in sorted(edits, reverse=True):  # from behind: what lies before stays in its place
        data = data[:start] + instead + data[end:]
    return data
