"""Which scans of a progressive JPEG a smaller size needs: where it is decoded at a half, a quarter or an eighth, most
of its bytes say nothing that would be seen.

A progressive file (ITU-T T.81, annex G) tells its coefficients band by band, and each first roughly, then bit by bit.
The last bits are most of the file. What they are worth at a size is known beforehand: the step of quantisation, times
what is left of a frequency once pixels are averaged.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

GREATEST_ERROR: Final = 2.0
"""Levels of 255, root mean square, by which a reduced picture may differ at most for what is left out. Brushwork, the
axis that notices most, moves as far as when a file of quality 90 is saved again at 80 (docs/experiments/axes.md)."""

_SEEN: Final = 0.25
"""A coefficient of which less than this is left at a size may be missing there altogether."""

_MOST_SCANS = 64  # libjpeg writes ten, others a dozen; of more the whole file is decoded
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # but restarts, which stand within scans, and stuffed zeros
_START, _END, _PASSED_ON = 0xDA, 0xD9, (0xC4, 0xCC, 0xDD, 0xFE, *range(0xE0, 0xF0))  # codes, restarts, remarks

Table = NDArray[np.float64]
Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class Component:
    """One channel of a JPEG.

    Attributes:
        across, down: its sampling factors, 1..4.
        table: number of its quantisation table.
    """

    across: int
    down: int
    table: int


@dataclass(frozen=True)
class JpegScan:
    """A scan by its header (T.81, B.2.3): of these components, the coefficients `first` to `last` in zigzag order, all
    bits but the lowest `low`; `high`: it adds one bit to what earlier scans said."""

    components: tuple[int, ...]
    first: int
    last: int
    high: int
    low: int

    def refines(self, other: "JpegScan") -> bool:
        """Whether it says more of what an earlier scan told, and cannot be read without it."""
        shared = set(self.components) & set(other.components)
        return bool(self.high and shared) and self.first <= other.last and other.first <= self.last


def components_of(frame: bytes) -> dict[int, Component]:
    """The components that a frame header names (T.81, B.2.2), from their number on, by their ids."""
    rows = [frame[at : at + 3] for at in range(1, 1 + 3 * frame[0], 3)]
    return {row[0]: Component(max(1, row[1] >> 4), max(1, row[1] & 15), row[2]) for row in rows if len(row) == 3}


def quantisation_tables(segment: bytes) -> dict[int, Table]:
    """The tables of a segment (T.81, B.2.4.1), by number, without its marker and length."""
    tables, position = {}, 0
    while position < len(segment):
        kind = np.dtype(">u2" if segment[position] >> 4 else "u1")
        steps = segment[position + 1 : position + 1 + 64 * kind.itemsize]
        if len(steps) == 64 * kind.itemsize:
            tables[segment[position] & 15] = np.frombuffer(steps, kind).astype(np.float64)
        position += 1 + 64 * kind.itemsize
    return tables


def spans_needed(
    data: bytes, components: Mapping[int, Component], tables: Mapping[int, Table], reduction: int
) -> tuple[Spans, int] | None:
    """What a decoder needs of a progressive JPEG from its first scan on, and how many scans these are; None: of
    anything out of the ordinary, which is to be decoded whole.

    Args:
        data: from the first scan's header on, to the end of the file.
        components, tables, reduction: as `scans_needed`.
    """
    spans: Spans = []
    scan_at: dict[int, JpegScan] = {}  # by its place among the spans
    position = 0
    while position + 4 <= len(data) and data[position + 1] != _END:
        end = position + 2 + int.from_bytes(data[position + 2 : position + 4])
        if data[position + 1] == _START:
            scan = _scan(data[position + 4 : end], components)
            if scan is None:
                return None
            scan_at[len(spans)] = scan
            end = _next_marker(data, end)
        elif data[position + 1] not in _PASSED_ON:
            return None
        spans.append((position, end))
        position = _next_marker(data, end)
        if len(spans) > 4 * _MOST_SCANS:
            return None
    if data[position + 1 : position + 2] != bytes((_END,)) or any(
        one.table not in tables for one in components.values()
    ):
        return None
    kept = scans_needed(list(scan_at.values()), components, tables, reduction)
    left_out = scan_at.keys() - {list(scan_at)[number] for number in kept}
    spans = [span for place, span in enumerate(spans) if place not in left_out]
    return [*spans, (position, len(data))], len(kept)


def _next_marker(data: bytes, position: int) -> int:
    found = _MARKER.search(data, position)
    return found.start() if found else len(data)


def _scan(header: bytes, components: Mapping[int, Component]) -> JpegScan | None:
    """A scan's header; None where it makes no sense."""
    number = header[0] if header else 0
    names = tuple(header[1 : 1 + 2 * number : 2])
    if len(header) != 4 + 2 * number or not number or not components.keys() >= set(names):
        return None
    first, last, bits = header[-3:]
    return JpegScan(names, first, last, bits >> 4, bits & 15) if first <= last < 64 else None


def scans_needed(
    scans: Sequence[JpegScan], components: Mapping[int, Component], tables: Mapping[int, Table], reduction: int
) -> list[int]:
    """Which scans are to be decoded so that at 1/`reduction` of the size nothing changes by more than `GREATEST_ERROR`.

    Args:
        components: by their ids.
        tables: steps of quantisation (64,) in zigzag order, by number.
        reduction: 1, 2, 4 or 8.
    """
    kept = list(range(len(scans)))
    if len(scans) > _MOST_SCANS or reduction == 1:
        return kept
    widest = max(one.across for one in components.values()), max(one.down for one in components.values())
    left = {
        name: _left(max(1, reduction * one.across // widest[0]), max(1, reduction * one.down // widest[1]))
        for name, one in components.items()
    }

    def right(without: int) -> bool:
        """Whether the picture is near enough without this scan, too."""
        trial = [scan for number, scan in enumerate(scans) if number in kept and number != without]
        return all(
            _error(_missing_bits(trial, name), left[name], tables[components[name].table]) <= GREATEST_ERROR
            for name in scans[without].components
        )

    for number in reversed(range(len(scans))):
        needed_later = any(scans[later].refines(scans[number]) for later in kept if later > number)
        if not needed_later and right(number):
            kept.remove(number)
    return kept


def _missing_bits(scans: Sequence[JpegScan], component: int) -> NDArray[np.float64]:
    """How many of the lowest bits of each coefficient (64,) these scans do not tell; infinite: nothing of it."""
    bits = np.full(64, np.inf)
    for scan in scans:
        if component in scan.components:
            bits[scan.first : scan.last + 1] = scan.low
    return bits


def _error(missing: NDArray[np.float64], left: Table, steps: Table) -> float:
    """The root mean square, at most, that missing bits come to; infinite where something seen is wholly missing, or
    where the means of blocks (the zeroth coefficient) would not be exact, or alone: libjpeg then smooths them."""
    if missing[0] or np.isinf(missing[1]) or (np.isinf(missing) & (left >= _SEEN)).any():
        return np.inf
    known = np.isfinite(missing)
    # What a decoder has is cut towards zero: short by 0 to 2^bits - 1 steps. Its basis is orthonormal times 8.
    errors = left[known] * steps[known] * (2 ** missing[known] - 1) / 8
    return float(np.sqrt((errors**2).sum() / 3))


@functools.cache
def _left(across: int, down: int) -> Table:
    """What is left of each coefficient (64,), zigzag, in the means of so many pixels: 1 all, 0 nothing."""
    places = np.cos(np.pi * np.arange(8)[:, None] * (2 * np.arange(8) + 1) / 16)
    places /= np.sqrt((places**2).mean(1, keepdims=True))
    x, y = (np.sqrt((places.reshape(8, -1, step).mean(2) ** 2).mean(1)) for step in (across, down))
    # T.81, figure 5: diagonal after diagonal, up and down by turns.
    order = sorted(np.ndindex(8, 8), key=lambda at: (sum(at), at[0] if sum(at) % 2 else at[1]))
    return np.array([y[row] * x[column] for row, column in order])
