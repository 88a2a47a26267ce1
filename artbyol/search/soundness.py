"""Whether a store's vectors are those of its pictures, and its indexes those of its vectors."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from artbyol.base.errors import IndexDamagedError, StoreFormatError
from artbyol.base.finding import Finding
from artbyol.base.run import Run
from artbyol.base.text import display_path
from artbyol.encoder.current import current_model_id, model_mismatch
from artbyol.encoder.reading import PictureRead, Reading
from artbyol.encoder.workers import Workers
from artbyol.pictures.measures.axes import AXES, AXIS_IDS
from artbyol.pictures.scan import is_unchanged
from artbyol.search.faiss_index import build_exact
from artbyol.search.index import changes_path, keep_current, kept_index
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.ingest import Content, UnreadablePicture, known_contents, record_pictures
from artbyol.storage.store import Store

Sample = int | Literal["all"]

MOST_DIFFERENCE = 0.02
"""How far (1 - cosine) a vector may lie from the one that the same picture gets again. On 140 paintings, bf16 against
fp32 came to 0.005 at most, other batches and threads to 0.0000003; the two most alike of the works differed by 0.068.
(Trained, 0.002 and 0.15.)"""

_CERTAINTY = 0.95
_TOGETHER = 16
_ASKED = 64  # works for which an index is asked
_FINDS_ITSELF = 0.98  # cosine of a work with what an index has for it; an approximate one keeps 8 bits a number


@dataclass(frozen=True)
class Comparison:
    """Pictures that were embedded again: how many, the largest difference, those whose vectors are of other pictures,
    and those that are not as they were embedded although their files seem to be."""

    pictures: int
    largest: float
    others: tuple[bytes, ...]
    altered: tuple[bytes, ...]


def check_faiss() -> Finding:
    """Whether faiss can be imported and finds what it was given."""
    from artbyol.encoder.installation import imported

    version = imported("faiss").__version__
    rows = np.random.default_rng(0).standard_normal((100, 16), np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = build_exact(rows).index.search(rows, 1)[1][:, 0]
    if (found != np.arange(len(rows))).any():
        remedy = "pip install --force-reinstall faiss-cpu"
        return Finding("faiss", "wrong", f"faiss {version}: a search comes out wrong", remedy)
    return Finding("faiss", "sound", f"faiss {version}")


def check_vectors(place: Store, run: Run, sample: Sample) -> Finding:
    """Whether pictures get the vectors again that the catalogue has for them.

    Raises:
        InstallationError, ModelError, StoreError; ModelMismatchError: trained since. Interrupted.
    """
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        works = catalogue.counts().contents
        found = compare(place, catalogue, run, sample)
    said = f"{found.pictures:,} of {works:,} embedded again"
    if found.others or found.altered:
        told = [
            f"{len(paths):,} {what}, as {display_path(paths[0])}"
            for paths, what in (
                (found.others, f"have vectors that differ by up to {found.largest:.2f} from what they get"),
                (found.altered, "are damaged files"),
            )
            if paths
        ]
        mends = "all pictures are embedded again, and wrong vectors replaced"
        return Finding("vectors", "wrong", f"{said}: {'; '.join(told)}", mends=mends)
    power = "" if found.pictures == works else f"; were {missed(found.pictures):.0%} wrong, this would have shown it"
    said = f"{said}, largest difference {found.largest:.4f} of {MOST_DIFFERENCE} allowed{power}"
    return Finding("vectors", "sound" if found.pictures else "unchecked", said)


def missed(pictures: int) -> float:
    """The share of wrong vectors of which so many pictures, drawn at random, hold one or more with 95 % certainty."""
    return 1.0 - (1.0 - _CERTAINTY) ** (1.0 / pictures) if pictures else 1.0


def replace_vectors(place: Store, run: Run) -> str:
    """Embed all pictures again and replace whatever is another picture's; says how many that were."""
    with Catalogue.open(place.catalogue) as catalogue:
        found = compare(place, catalogue, run, "all", replace=True)
    return f"the vectors of {len(found.others):,} of {found.pictures:,} pictures were replaced"


def compare(place: Store, catalogue: Catalogue, run: Run, sample: Sample, *, replace: bool = False) -> Comparison:
    """Embed pictures again and compare.

    Args:
        sample: how many, drawn at random, or "all" of those that have vectors.
        replace: write down anew what is another picture's; forget files that were altered, so that they are read again.
    """
    current = current_model_id(place)
    held = catalogue.model_id or current  # the first embedding may have been stopped
    if held != current:
        raise model_mismatch(place, held, current)
    with_vector = set(catalogue.vector_ids(held).tolist())
    hashes = {work.hash for work in catalogue.works() if work.id in with_vector}
    contents = [one for one in known_contents(catalogue) if one.hash in hashes]
    if sample != "all" and sample < len(contents):
        drawn = np.random.default_rng().choice(len(contents), sample, replace=False)
        contents = [contents[number] for number in np.sort(drawn)]
    root, done, largest, others, altered = os.fsencode(place.folder), 0, 0.0, list[bytes](), list[bytes]()
    for pictures in _embedded_again(place, run, contents) if contents else ():
        differences = [_difference(catalogue, held, one) for one in pictures]
        wrong = [one for one, by in zip(pictures, differences, strict=True) if by > MOST_DIFFERENCE]
        broken = [file.path for one in pictures for file, _ in one.outcome.failed if is_unchanged(root, *file)]
        largest = max(largest, *differences)
        others += [one.outcome.content.files[0].path for one in wrong]
        altered += broken
        if replace:
            with catalogue.batch():
                usable = record_pictures(catalogue, [one.outcome for one in wrong], run.max_pixels)
                for one, seen in zip(wrong, usable, strict=True):
                    catalogue.put_vectors(held, [seen.content.hash], one.numbers[0][None])
                catalogue.forget(broken)
        done += len(pictures)
        run.progress("comparing", done, len(contents))
        if done < len(contents):
            run.check_stop(f"Stopped with {done:,} of {len(contents):,} pictures embedded again.")
    return Comparison(len(contents), largest, tuple(others), tuple(altered))


def _embedded_again(place: Store, run: Run, contents: Sequence[Content]) -> Iterator[list[PictureRead]]:
    from artbyol.encoder.readers import current_reader

    reader, _ = current_reader(place.model, run)
    reading = Reading(place.folder, reader.config.views, run.max_pixels, "vectors", _TOGETHER)
    return Workers().read(reading, contents, reader)


def _difference(catalogue: Catalogue, held: str, picture: PictureRead) -> float:
    """How far a picture's vectors are from what the catalogue has: 1 - cosine, on the axis where it is most."""
    if isinstance(picture.outcome, UnreadablePicture):
        return 0.0
    most, digest = 0.0, picture.outcome.content.hash
    for name, new in {held: picture.numbers[0], **picture.outcome.measures}.items():
        kept = catalogue.vector_of(digest, name)
        lengths = 1.0 if kept is None else float(np.linalg.norm(kept) * np.linalg.norm(new))
        if kept is not None and lengths > 0:
            most = max(most, 1.0 - float(kept @ new) / lengths)
        elif kept is not None and (kept.any() or new.any()):
            return 1.0
    return most


def check_indexes(place: Store) -> Finding:
    """Whether the indexes are whole, and hold the catalogue's vectors. Raises StoreError."""
    found: dict[str, list[str]] = {"wrong": [], "behind": [], "sound": []}
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        for axis in AXES:
            held = catalogue.model_id if axis == "style" else AXIS_IDS[axis]
            if held is not None and place.index_of(axis).exists():
                found[_index_state(catalogue, place.index_of(axis), held)].append(axis)
    said = "; ".join(f"{', '.join(axes)} {state}" for state, axes in found.items() if axes)
    if found["wrong"]:
        return Finding("index", "wrong", said, mends="built again")
    if found["behind"]:
        return Finding("index", "noted", f"{said}; the next search builds it again")
    return Finding("index", "sound", said or "none yet; the first search builds it")


def _index_state(catalogue: Catalogue, path: Path, model_id: str) -> str:
    """ "sound", "behind" the catalogue, or "wrong"."""
    try:
        index = kept_index(path, model_id, catalogue.generation)
    except (IndexDamagedError, StoreFormatError):
        return "wrong"
    if index is None:
        return "behind"
    ids = catalogue.vector_ids(model_id)
    if len(index) != len(ids):
        return "wrong"
    asked = np.random.default_rng().choice(ids, min(_ASKED, len(ids)), replace=False)
    directions = index.space.place(catalogue.vectors_of(asked.tolist(), model_id)) if len(asked) else asked[:, None]
    nearest = index.search(directions, 1).scores
    return "sound" if (nearest >= _FINDS_ITSELF).all() else "wrong"


def remake_indexes(place: Store, run: Run) -> str:
    """Remove all indexes and build that of style; the others are built when they are next searched."""
    for path in (place.index_of(axis) for axis in AXES):
        path.unlink(missing_ok=True)
        changes_path(path).unlink(missing_ok=True)
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        if catalogue.model_id is not None:
            keep_current(catalogue, place.index, catalogue.model_id, run.listener)
    return "the index of style was built again"
