"""`describe`: what sets a work apart from its collection, in words; its attributes and dominant colours."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from artbyol.base.errors import UsageError
from artbyol.base.run import DEFAULT_MAX_PIXELS
from artbyol.encoder.current import all_measured
from artbyol.metadata.metadata import metadata_of_pictures
from artbyol.pictures.measures.attributes import ATTRIBUTES, Attribute
from artbyol.pictures.measures.axes import ATTRIBUTES_ID
from artbyol.pictures.measures.dominant import as_colours
from artbyol.pictures.measures.words import percentiles, robust_z, work_words
from artbyol.search.query import Path_, QueryReader, collection_of
from artbyol.search.results import AttributeValue, Descriptions, WorkDescription
from artbyol.storage.catalogue import Catalogue


def describe(
    pictures: Path_ | Sequence[Path_],
    *,
    folder: str | Path | None = None,
    metadata: str | Path | None = None,
    store: str | Path | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
) -> Descriptions:
    """Describe works by what sets them apart from a collection. No network is needed.

    Args:
        pictures: picture files or folders of them, in the collection or not.
        folder: the collection, or any folder inside it; default: the one the first picture lies in, else the one the
            working directory lies in.
        metadata: a CSV to use instead of metadata.csv beside the pictures; see `artbyol.metadata.metadata`.
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        max_pixels: larger pictures, if the catalogue does not know them, are refused.

    Raises:
        StoreMissingError: nothing was embedded, or measured, yet. DecodeError: no usable picture.
        UsageError: no such file.
    """
    asked = [pictures] if isinstance(pictures, (str, bytes, os.PathLike)) else list(pictures)
    if not asked:
        raise UsageError("Name at least one picture to describe.")
    place = collection_of(asked[0], folder, Path(store) if store else None)
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        measured = all_measured(place, catalogue, ATTRIBUTES_ID)
        everyone = catalogue.vectors(measured)[1][:, : len(ATTRIBUTES)]
        found = QueryReader(place, catalogue, (measured,), "cpu", "fp32", max_pixels).read(asked)
        known = metadata_of_pictures(place, catalogue, [query.path for query in found], metadata)
    numbers = np.stack([query.vectors[measured] for query in found])
    values, colours = numbers[:, : len(ATTRIBUTES)], numbers[:, len(ATTRIBUTES) :]
    words, shares, deviations = work_words(values, everyone), percentiles(values, everyone), robust_z(values, everyone)
    works = [
        WorkDescription(
            query.path,
            words[row],
            as_colours(colours[row]),
            tuple(map(_value, ATTRIBUTES, values[row], shares[row], deviations[row])),
            known.get(query.path),
        )
        for row, query in enumerate(found)
    ]
    return Descriptions(place.folder, len(everyone), tuple(works))


def _value(attribute: Attribute, value: float, share: float, deviation: float) -> AttributeValue:
    return AttributeValue(attribute.name, attribute.unit, float(value), float(share), float(deviation))
