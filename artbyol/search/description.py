"""What sets works apart from their collection, in words; their attributes and dominant colours."""

from collections.abc import Sequence

import numpy as np

from artbyol.metadata.metadata import Metadata, metadata_of_pictures
from artbyol.pictures.measures.attributes import ATTRIBUTES
from artbyol.pictures.measures.axes import ATTRIBUTES_ID
from artbyol.pictures.measures.dominant import as_colours
from artbyol.pictures.measures.words import percentiles, robust_z, work_words
from artbyol.search.collection import OpenCollection, Path_
from artbyol.search.query import QueryReader
from artbyol.search.results import AttributeValue, Descriptions, WorkDescription
from artbyol.storage.marks import load_marks


def describe_works(collection: OpenCollection, pictures: Sequence[Path_]) -> Descriptions:
    """Compare pictures with a collection; `artbyol.describe` explains the arguments, and the errors."""
    everyone = collection.attributes()
    found = QueryReader(collection, (ATTRIBUTES_ID,)).read(pictures)
    paths = [query.path for query in found]
    known = metadata_of_pictures(collection.store, collection.catalogue, paths, collection.table)
    numbers = np.stack([query.vectors[ATTRIBUTES_ID] for query in found])
    values, colours = numbers[:, : len(ATTRIBUTES)], numbers[:, len(ATTRIBUTES) :]
    words, shares, deviations = work_words(values, everyone), percentiles(values, everyone), robust_z(values, everyone)
    marks = {mark.hash: mark for mark in load_marks(collection.store)}
    works = []
    for row, query in enumerate(found):
        if query.hash in marks:
            known[query.path] = known.get(query.path, Metadata()).with_columns(marks[query.hash].said())
        measured = zip(ATTRIBUTES, np.stack([values, shares, deviations])[:, row].T.tolist(), strict=True)
        described = tuple(AttributeValue(one.name, one.unit, *numbers) for one, numbers in measured)
        said = words[row], as_colours(colours[row]), described
        works.append(WorkDescription(query.path, *said, known.get(query.path)))
    return Descriptions(collection.folder, len(everyone), tuple(works))
