"""The first and last bytes of picture files: which format they are, and whether the end is missing."""

from typing import BinaryIO

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II\x2a\x00", "TIFF"),
    (b"MM\x00\x2a", "TIFF"),
    (b"II\x2b\x00", "TIFF"),  # BigTIFF
    (b"MM\x00\x2b", "TIFF"),
    (b"BM", "BMP"),
    (b"8BPS", "PSD"),
    (b"FUJIFILMCCD-RAW", "RAW"),
    *((mark, "RAW") for mark in (b"IIRO", b"IIRS", b"MMOR", b"IIU\x00")),  # Olympus, Panasonic
)
_LAYERED = (b"mimetypeimage/openraster", b"mimetypeapplication/x-krita")
"""The first part of such an archive, by its name and content."""
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
_TAIL = 4096  # editors append padding and notes behind the end mark; more than this is rare


def sniff(head: bytes) -> str | None:
    """The Pillow format of a file by its first 64 bytes, or "ORA" (an archive of layers) or "RAW"; None: no picture.
    Suffixes are wrong too often to be asked."""
    if head[:4] == b"II\x2a\x00" and head[8:10] == b"CR":  # Canon's: a TIFF by its first bytes
        return "RAW"
    if head[:4] == b"PK\x03\x04":
        return "ORA" if head[30:].startswith(_LAYERED) else None
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        # mif1 and msf1 say only "some still picture": the compatible brands behind them say which.
        if head[8:12] in (b"avif", b"avis") or (head[8:12] in (b"mif1", b"msf1") and b"avif" in head[16:]):
            return "AVIF"
        if head[8:12] in _HEIF_BRANDS:
            return "HEIF"
        if head[8:12] == b"crx ":
            return "RAW"
    return None


def looks_cut_off(file: BinaryIO) -> bool:
    """Whether a file that could not be decoded lacks its end: an interrupted copy rather than a damaged file."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(64)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    kind = sniff(head)
    if kind == "JPEG":
        return b"\xff\xd9" not in tail
    if kind == "PNG":
        return b"IEND" not in tail
    if kind == "GIF":
        return b"\x3b" not in tail[-64:]
    if kind == "WEBP":
        return int.from_bytes(head[4:8], "little") + 8 > size
    if kind == "BMP":
        return int.from_bytes(head[2:6], "little") > size
    if kind == "TIFF":
        return (
            head[2:4] in (b"\x2a\x00", b"\x00\x2a")
            and int.from_bytes(head[4:8], "little" if head[:1] == b"I" else "big") >= size
        )
    return kind in ("AVIF", "HEIF") and _boxes_run_over(file, size)


def _boxes_run_over(file: BinaryIO, size: int) -> bool:
    """Whether a top-level box (ISO 14496-12: 4 bytes of length, 4 of name) ends behind the end of the file."""
    position = 0
    for _ in range(64):
        file.seek(position)
        header = file.read(16)
        length = int.from_bytes(header[:4], "big")
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        if length < 8:  # 0: to the end of the file; otherwise no box
            return False
        position += length
        if position >= size:
            return position > size
    return False
