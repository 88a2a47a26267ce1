"""Keywords put into XMP sidecars and taken out again, every other byte as it was."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from artbyol.metadata.xmp import DC, UnsuitableError, read_xmp
from artbyol.metadata.xmp_edit import DIGIKAM, LIGHTROOM, hierarchy, tagged, untagged

DARKTABLE = """<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:darktable="http://darktable.sf.net/"
   exif:DateTimeOriginal="2019:02:03 10:00:00"
   darktable:history_end="9">
   <dc:subject>
    <rdf:Bag>
     <rdf:li>sea</rdf:li>
     <rdf:li>Größe &amp; Licht</rdf:li>
    </rdf:Bag>
   </dc:subject>
   <lr:hierarchicalSubject>
    <rdf:Bag>
     <rdf:li>places|harbour</rdf:li>
    </rdf:Bag>
   </lr:hierarchicalSubject>
   <darktable:masks_history>
    <rdf:Seq/>
   </darktable:masks_history>
   <!-- a remark > with a bracket -->
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""
DIGIKAM_COMPACT = (
    "\ufeff<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
    "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description r:about='uuid:1' odd='a>b'"
    " xmlns:d='http://www.digikam.org/ns/1.0/' xmlns:s='http://purl.org/dc/elements/1.1/' xmlns:u='urn:unknown'>"
    "<d:TagsList><r:Seq><r:li>Places/Sea</r:li></r:Seq></d:TagsList><s:subject><r:Bag/></s:subject>"
    "<u:thing r:parseType='Resource'><u:deep a='1'/></u:thing></r:Description></r:RDF></x:xmpmeta>"
    "\n\n   \n<?xpacket end='w'?>"
)
EMPTY = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'> </rdf:RDF>"
CRLF = DARKTABLE.replace("\n", "\r\n")
SPACED, OPEN = (DIGIKAM_COMPACT.replace("<r:Bag/>", empty) for empty in ("<r:Bag />", "<r:Bag></r:Bag>"))


@pytest.mark.parametrize(
    "text",
    [DARKTABLE, DIGIKAM_COMPACT, EMPTY, CRLF, SPACED, OPEN],
    ids=["darktable", "compact", "empty", "crlf", "spaced", "open"],
)
@pytest.mark.parametrize("groups", [("group 1",), ('a < b & "c"', "sea|side/x")], ids=["plain", "odd"])
def test_added_and_taken_out_again_to_the_byte(text: str, groups: tuple[str, ...]) -> None:
    before = text.encode()
    with_groups = tagged(before, groups)
    found, old = read_xmp(with_groups), read_xmp(before)
    for name, space in (("hierarchicalSubject", LIGHTROOM), ("TagsList", DIGIKAM)):
        short = "lr:" if space == LIGHTROOM else "digiKam:"
        wanted = [hierarchy(group)[short + name] for group in groups]
        assert found[f"{{{space}}}{name}"] == old.get(f"{{{space}}}{name}", []) + wanted
    assert found.get(f"{{{DC}}}subject", []) == old.get(f"{{{DC}}}subject", [])  # what artbyol added is not the work's
    assert b"artbyol:" + groups[0].replace("&", "&amp;").replace("<", "&lt;").encode() in with_groups
    assert tagged(with_groups, groups) == with_groups
    assert untagged(tagged(with_groups, ("another",))) == before
    assert untagged(with_groups) == before


def test_every_other_byte_stays_in_place() -> None:
    before = DARKTABLE.encode().splitlines()
    after = tagged(DARKTABLE.encode(), ("group 1",)).splitlines()
    kept = iter(after)
    assert all(line in kept for line in before)  # in this order


def test_a_new_sidecar_goes_again() -> None:
    made = tagged(None, ("group 1",))
    found = read_xmp(made)
    assert found[f"{{{LIGHTROOM}}}hierarchicalSubject"] == ["artbyol|group|group 1"]
    assert found[f"{{{DIGIKAM}}}TagsList"] == ["artbyol/group/group 1"]
    assert untagged(made) is None
    assert tagged(made, ("group 2",)) == tagged(None, ("group 2",))
    # Another program has used it meanwhile: what it wrote stays.
    used = made.replace(b"</rdf:RDF>", b'<rdf:Description rdf:about="" xmlns:q="urn:q" q:rating="5"/></rdf:RDF>')
    rest = untagged(used)
    assert rest is not None and b"q:rating" in rest and b"artbyol" not in rest


def test_a_keyword_that_was_there_before_stays() -> None:
    before = DARKTABLE.replace("<rdf:li>sea</rdf:li>", "<rdf:li>artbyol:group 1</rdf:li>").encode()
    with_group = tagged(before, ("group 1",))
    assert with_group.count(b"<rdf:li>artbyol:group 1</rdf:li>") == 1
    assert untagged(with_group) == before


def test_taken_out_after_another_program_rearranged_it() -> None:
    """All in one description, other prefixes, one line: as a program leaves it that reads and writes XMP."""
    moved = (
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        "<rdf:Description rdf:about='' xmlns:a='urn:artbyol:sidecar/1/' xmlns:q='urn:q'"
        " xmlns:ls='http://ns.adobe.com/lightroom/1.0/' q:rating='5'><a:added><rdf:Bag><rdf:li>sidecar</rdf:li>"
        "<rdf:li>lr:hierarchicalSubject=artbyol|group|x</rdf:li></rdf:Bag></a:added><ls:hierarchicalSubject><rdf:Bag>"
        "<rdf:li>artbyol|group|x</rdf:li><rdf:li>mine</rdf:li></rdf:Bag></ls:hierarchicalSubject></rdf:Description>"
        "</rdf:RDF></x:xmpmeta>"
    )
    rest = untagged(moved.encode())
    assert rest is not None
    assert read_xmp(rest) == {f"{{{LIGHTROOM}}}hierarchicalSubject": ["mine"], "{urn:q}rating": ["5"]}
    assert b"<a:added>" not in rest


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not well-formed XML"),
        (b"<a/>", "not XMP"),
        (b"not xml", "not well-formed XML"),
        (DARKTABLE.encode("utf-16"), "UTF-8"),
        (DARKTABLE.replace("UTF-8", "ISO-8859-1").encode("latin-1"), "UTF-8|ISO"),
        (DARKTABLE.replace("?>", "?><!DOCTYPE x>", 1).encode(), "document type"),
        (DARKTABLE.encode()[:-40], "not well-formed XML"),
        (b" " * 5_000_000, "too large"),
        (DARKTABLE.replace('darktable:history_end="9"', 'lr:hierarchicalSubject="x"').encode(), "not a list"),
    ],
)
def test_what_cannot_be_added_to_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnsuitableError, match=reason):
        tagged(data, ("group 1",))


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize("text", [None, DARKTABLE, DIGIKAM_COMPACT])
def test_exiftool_reads_it(text: str | None, tmp_path: Path) -> None:
    names = ("-Warning", "-HierarchicalSubject", "-TagsList", "-Subject")
    command = ["exiftool", "-validate", "-j", "-a", *names, tmp_path / "a.xmp"]

    def said(data: bytes) -> dict[str, object]:
        (tmp_path / "a.xmp").write_bytes(data)
        answer = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        return dict(answer[0])

    after = said(tagged(text.encode() if text else None, ("group 1",)))
    before = said(text.encode()) if text else {}
    assert after.get("Warning") == before.get("Warning")  # none that was not there
    for name, value in zip(names[1:], ("lr:hierarchicalSubject", "digiKam:TagsList", "dc:subject"), strict=True):
        told = after[name[1:]]
        assert hierarchy("group 1")[value] in (told if isinstance(told, list) else [told])


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_taken_out_after_exiftool_has_written_it(tmp_path: Path) -> None:
    path = tmp_path / "a.xmp"
    path.write_bytes(tagged(DARKTABLE.encode(), ("group 1",)))
    subprocess.run(["exiftool", "-q", "-overwrite_original", "-XMP-xmp:Rating=4", path], check=True)
    rest = untagged(path.read_bytes())
    assert rest is not None and b"artbyol|" not in rest and b"artbyol/" not in rest and b"<artbyol:" not in rest
    assert read_xmp(rest)[f"{{{DC}}}subject"] == ["sea", "Größe & Licht"]
    assert read_xmp(rest)["{http://ns.adobe.com/xap/1.0/}Rating"] == ["4"]
