"""What people have written down about works: tables, sidecars, what is embedded; and nothing hostile gets through."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

import artbyol
from artbyol.base.errors import UsageError
from artbyol.base.events import Event, Notice
from artbyol.metadata.image_metadata import embedded_metadata
from artbyol.metadata.metadata import Metadata, metadata_of, read_metadata
from artbyol.metadata.xmp import read_xmp
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate
from tests.conftest import paint, painting

PACKET = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:DateCreated="2019-02-03"
 exif:DateTimeOriginal="2019-02-03T10:00:00">{inside}</rdf:Description></rdf:RDF></x:xmpmeta>"""
TITLE = (
    '<dc:title><rdf:Alt><rdf:li xml:lang="de">Der Hafen</rdf:li>'
    '<rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:title>'
)
SUBJECTS = "<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>ships</rdf:li></rdf:Bag></dc:subject>"
ARTWORK = (
    '<e:ArtworkOrObject xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><rdf:Bag>'
    '<rdf:li rdf:parseType="Resource">'
    "<e:AOTitle><rdf:Alt><rdf:li>Harbour at Dusk</rdf:li></rdf:Alt></e:AOTitle>"
    "<e:AOCreator><rdf:Seq><rdf:li>Anna Berg</rdf:li></rdf:Seq></e:AOCreator>"
    "<e:AODateCreated>1889</e:AODateCreated></rdf:li></rdf:Bag></e:ArtworkOrObject>"
)


def packet(*inside: str) -> bytes:
    return PACKET.format(inside="".join(inside)).encode()


def write_table(folder: Path, *lines: str, name: str = "metadata.csv", mark: bytes = b"") -> Path:
    (folder / name).write_bytes(mark + "\n".join(lines).encode())
    return folder / name


def test_a_table_beside_the_pictures(tmp_path: Path) -> None:
    folder = paint(tmp_path, 3)
    header = "filename;artist;title;year;tags;permalink;category;description;Lender"
    row = "work00.png;Anna Berg;Harbour;c. 1889;sea|ships|sea;https://example.org/1;marine;Oil  on\tpanel;Museum B"
    write_table(folder, header, row, "work01.png;;;;;javascript:alert(1);;;", mark=b"\xef\xbb\xbf")
    found = read_metadata(folder, [b"work00.png", b"work01.png", b"work02.png"])
    assert found[b"work00.png"] == Metadata(
        title="Harbour",
        artist="Anna Berg",
        year=1889,
        date="c. 1889",
        tags=("sea", "ships"),
        permalink="https://example.org/1",
        label="marine",
        description="Oil on panel",
        other={"Lender": "Museum B"},
    )
    assert found[b"work00.png"].caption == "Anna Berg, Harbour, c. 1889"
    assert found[b"work01.png"].permalink is None
    assert b"work02.png" not in found


def test_the_nearest_table_counts_and_the_others_fill_in(tmp_path: Path) -> None:
    paint(tmp_path / "a" / "deep", 1)
    write_table(tmp_path, "filename,title,artist", "a/deep/work00.png,From the top,Anna")
    write_table(tmp_path / "a" / "deep", "filename,title", "work00.png,From beside")
    (one,) = read_metadata(tmp_path, [b"a/deep/work00.png"]).values()
    assert (one.title, one.artist) == ("From beside", "Anna")


def test_base_names_mean_the_only_picture_that_has_them(tmp_path: Path) -> None:
    for name in ("a", "b"):
        paint(tmp_path / name, 1)
    paint(tmp_path / "b", 2)
    write_table(tmp_path, "filename,title", "work00.png,Which?", "work01.png,This", "a/work00.png,That")
    every = [b"a/work00.png", b"b/work00.png", b"b/work01.png"]
    found = read_metadata(tmp_path, every)
    assert {path: one.title for path, one in found.items()} == {b"a/work00.png": "That", b"b/work01.png": "This"}
    # The same where only some are asked for: what a name means does not hang on the question.
    assert read_metadata(tmp_path, every[1:2], among=lambda: every) == {}


def test_names_are_compared_as_they_look(tmp_path: Path) -> None:
    write_table(tmp_path, "filename,title", "Caf\u00e9.jpg,One letter")
    assert read_metadata(tmp_path, [b"Cafe\xcc\x81.jpg"])[b"Cafe\xcc\x81.jpg"].title == "One letter"


def test_a_broken_table_is_left_aside_unless_it_was_named(tmp_path: Path) -> None:
    folder = paint(tmp_path, 1)
    table = write_table(folder, "no,such", "columns,here")
    said: list[Event] = []
    assert read_metadata(folder, [b"work00.png"], listener=said.append) == {}
    assert any(isinstance(event, Notice) and "metadata.csv" in event.text for event in said)
    with pytest.raises(UsageError, match="no column of file names"):
        read_metadata(folder, [b"work00.png"], table=table)


def test_a_table_that_means_nothing_here_is_remarked_on(tmp_path: Path) -> None:
    table = write_table(tmp_path, "filename,title", "elsewhere.jpg,Elsewhere")
    said: list[Event] = []
    assert read_metadata(tmp_path, [b"a.jpg"], table=table, listener=said.append) == {}
    assert [isinstance(event, Notice) and "'elsewhere.jpg'" in event.text for event in said] == [True]


def test_sources_by_rank(tmp_path: Path) -> None:
    painting(1).save(tmp_path / "a.jpg", xmp=packet(TITLE.format("Embedded"), SUBJECTS, ARTWORK))
    inside = read_metadata(tmp_path, [b"a.jpg"])[b"a.jpg"]
    assert (inside.title, inside.artist, inside.year) == ("Harbour at Dusk", "Anna Berg", 1889)
    (tmp_path / "a.xmp").write_bytes(packet(TITLE.format("Adobe's"), "<dc:description>By Adobe</dc:description>"))
    (tmp_path / "a.jpg.xmp").write_bytes(packet(TITLE.format("darktable's")))
    beside = read_metadata(tmp_path, [b"a.jpg"])[b"a.jpg"]
    assert (beside.title, beside.description, beside.tags) == ("darktable's", "By Adobe", ("sea", "ships"))
    write_table(tmp_path, "filename,title,year", "a.jpg,The curator's,1890")
    told = read_metadata(tmp_path, [b"a.jpg"])[b"a.jpg"]
    assert (told.title, told.year, told.date, told.artist) == ("The curator's", 1890, "1890", "Anna Berg")


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif"])
def test_xmp_in_every_format(suffix: str, tmp_path: Path) -> None:
    path, xmp = tmp_path / f"a.{suffix}", packet(TITLE.format("Harbour"), SUBJECTS)
    if suffix == "png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        painting(1).save(path, pnginfo=info)
    elif suffix == "tif":
        painting(1).save(path, tiffinfo={700: xmp})
    else:
        painting(1).save(path, xmp=xmp)
    assert embedded_metadata(os.fsencode(path)) == {"title": "Harbour", "tags": ("sea", "ships")}


def test_the_time_of_the_photograph_is_not_the_year_of_the_work(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x0132] = "OLYMPUS DIGITAL CAMERA", "Anna Berg", "2019:02:03 10:00:00"
    exif.get_ifd(0x8769)[0x9003] = "2019:02:03 10:00:00"
    exif[0x9C9B] = "Hafen, früh".encode("utf-16-le") + b"\0\0"
    painting(1).save(tmp_path / "a.jpg", exif=exif, xmp=packet())
    (one,) = read_metadata(tmp_path, [b"a.jpg"]).values()
    assert one == Metadata(title="Hafen, früh", artist="Anna Berg")


def test_a_photographer_is_not_the_artist(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x013B] = "Peter Photo"
    exif.get_ifd(0x8769)[0x829A] = 1 / 60
    painting(1).save(tmp_path / "a.jpg", exif=exif)
    assert embedded_metadata(os.fsencode(tmp_path / "a.jpg")) == {}
    exif[0x9C9D] = "Anna Berg".encode("utf-16-le")  # what a person wrote
    painting(1).save(tmp_path / "a.jpg", exif=exif)
    assert embedded_metadata(os.fsencode(tmp_path / "a.jpg")) == {"artist": "Anna Berg"}


def iptc(*records: tuple[int, bytes]) -> bytes:
    data = b"".join(b"\x1c\x02" + bytes([number]) + len(value).to_bytes(2, "big") + value for number, value in records)
    block = b"8BIM\x04\x04\0\0" + len(data).to_bytes(4, "big") + data + b"\0" * (len(data) % 2)
    segment = b"Photoshop 3.0\0" + block
    return b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment


def test_iptc_in_utf_8_and_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    painting(1).save(path)
    records = ((5, "Hafen früh".encode()), (25, b"sea"), (25, b"ships"), (80, "Anna Müller".encode("latin-1")))
    path.write_bytes(path.read_bytes()[:2] + iptc(*records) + path.read_bytes()[2:])
    assert embedded_metadata(os.fsencode(path)) == {
        "title": "Hafen früh",
        "artist": "Anna Müller",
        "tags": ("sea", "ships"),
    }


BILLION_LAUGHS = b"""<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description>&b;</rdf:Description></rdf:RDF>"""

RDF = b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="urn:a"'
NESTED_ARTWORKS = b"<rdf:RDF %b><rdf:Description>%b%b</rdf:Description></rdf:RDF>" % (
    RDF + b' xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"',
    b"<i:ArtworkOrObject><rdf:li>" * 5_000,
    b"</rdf:li></i:ArtworkOrObject>" * 5_000,
)


@pytest.mark.slow
def test_packets_inside_packets_are_not_read_over_and_over() -> None:
    begin, end = b"<rdf:RDF><rdf:Description><a:a>", b"</a:a></rdf:Description></rdf:RDF>"
    assert read_xmp(b"<x %b>%b%b</x>" % (RDF, begin * 20_000, end * 20_000)) == {"{urn:a}a": []}


@pytest.mark.parametrize(
    "hostile",
    [
        BILLION_LAUGHS,
        b"<unclosed>",
        b"",
        b"\0" * 50,
        b"\xff\xfe<\0",
        b"<a>" * 50_000,
        b" " * 5_000_000,
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b'<?xml version="1.0" encoding="shift_jis"?><a/>',
        NESTED_ARTWORKS,
    ],
)
@pytest.mark.slow
def test_hostile_packets_say_nothing(hostile: bytes, tmp_path: Path) -> None:
    assert read_xmp(hostile) == {}
    (tmp_path / "work00.png.xmp").write_bytes(hostile)
    assert read_metadata(paint(tmp_path, 1), [b"work00.png"]) == {}


@pytest.mark.parametrize("encoding", ["iso-8859-1", "cp1252"])
def test_packets_in_other_encodings_are_read(encoding: str) -> None:
    text = packet(TITLE.format("Größe")).decode()
    declared = f'<?xml version="1.0" encoding="{encoding}"?>{text}'
    assert read_xmp(declared.encode(encoding)) == read_xmp(text.encode()) != {}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("head", ["", '<?xml version="1.0" encoding="UTF-16"?>'])
def test_packets_in_utf_16_are_read(encoding: str, head: str) -> None:
    text = packet(TITLE.format("Größe")).decode()
    assert read_xmp((head + text + "\n ").encode(encoding)) == read_xmp(text.encode()) != {}


def test_text_is_one_clean_line(tmp_path: Path) -> None:
    (tmp_path / "a.jpg.xmp").write_bytes(packet(TITLE.format("Two\nlines \u202eand\u2028 a &#x9b; turn")))
    assert read_metadata(tmp_path, [b"a.jpg"])[b"a.jpg"].title == "Two lines and a turn"


def test_pictures_that_are_none_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff\xe1\xff\xffExif\0\0garbage")
    (tmp_path / "b.png").write_bytes(b"")
    os.mkfifo(tmp_path / "c.jpg")
    assert read_metadata(tmp_path, [b"a.jpg", b"b.png", b"c.jpg", b"gone.jpg"]) == {}


def test_sidecars_of_a_folder_that_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artbyol.metadata.metadata._MANY", 1)
    os.mkfifo(tmp_path / "a.jpg.xmp")
    (tmp_path / "b.XMP").write_bytes(packet(TITLE.format("Harbour")))
    found = read_metadata(tmp_path, [b"a.jpg", b"b.jpg", b"c.jpg"])
    assert {path: one.title for path, one in found.items()} == {b"b.jpg": "Harbour"}


@pytest.mark.slow
def test_what_is_embedded_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = paint(tmp_path / "works", 6)
    painting(9).save(folder / "titled.jpg", xmp=packet(TITLE.format("Harbour"), SUBJECTS))
    artbyol.embed(folder)
    monkeypatch.setattr("artbyol.metadata.image_metadata.FEW", 0)
    place = locate(folder)
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        paths = [work.path for work in catalogue.works()]
        first = metadata_of(place, catalogue, paths)
        assert set(first) == {b"titled.jpg"} and place.embedded.is_file()
        shutil.copy2(folder / "titled.jpg", tmp_path / "kept.jpg")
        os.utime(folder / "titled.jpg")  # what is embedded hangs on the content
        (folder / "titled.jpg").unlink()
        assert metadata_of(place, catalogue, paths) == first
        for damaged in (b"", b"{}", b'{"format": 1}', place.embedded.read_bytes().replace(b'"rules": ', b'"rules": 9')):
            place.embedded.write_bytes(damaged)
            assert metadata_of(place, catalogue, paths) == {}  # read again: the file is gone
        # Nothing was learnt of its content from that, nor from another picture in its place.
        painting(8).save(folder / "titled.jpg", xmp=packet(TITLE.format("Another")))
        assert metadata_of(place, catalogue, paths)[b"titled.jpg"].title == "Another"
        shutil.copy2(tmp_path / "kept.jpg", folder / "titled.jpg")
        assert metadata_of(place, catalogue, paths) == first
