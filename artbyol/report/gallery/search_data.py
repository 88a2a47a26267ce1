"""What a gallery needs to answer for a picture that is brought to it: the network and the vectors, as scripts.

The page does what `artbyol similar` does with a picture that the collection does not have: the same views, the same
network, the same ranking (`worker/*.js`). A page opened from a disc may load scripts only, so all of it is base64 of
what gzip has packed.
"""

import base64
import gzip
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.resources import files as resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import StoreMissingError, UsageError
from artbyol.base.vectors import Floats
from artbyol.encoder.feature_reader import FeatureReader
from artbyol.encoder.graph_size import half_size
from artbyol.encoder.readers import current_reader
from artbyol.pictures.measures.axes import AXES, Axis
from artbyol.pictures.measures.measure import decoded_side
from artbyol.pictures.measures.palette import reachable
from artbyol.pictures.near_duplicates import marks_of
from artbyol.report.gallery.browser_libraries import library
from artbyol.report.gallery.data import script
from artbyol.report.gallery.overview import Survey
from artbyol.search.chance import SAMPLED
from artbyol.search.collection import OpenCollection

NEEDED_FOR: Final = "--with-search"

_WORKER = ("hashes", "resampling", "views", "measures", "ranking", "worker")


def check_search(collection: OpenCollection) -> None:
    """Whether there can be a search: told before anything else is done. Raises as `search_scripts`."""
    library("onnxruntime-web.wasm", NEEDED_FOR)
    _readable(collection)


def search_scripts(collection: OpenCollection, shown: Survey) -> dict[str, bytes]:
    """The scripts by file name, and the licence of the library that is in them.

    Raises:
        UsageError: no browser can run this network; or the library did not come with this installation.
    """
    engine = library("onnxruntime-web.mjs", NEEDED_FOR), library("onnxruntime-web.wasm", NEEDED_FOR)
    licence = library("onnxruntime-web-licence.txt", NEEDED_FOR)
    notices = resources("onnxruntime") / "ThirdPartyNotices.txt"  # of what is in it, from the same program for Python
    licence += notices.read_bytes() if notices.is_file() else b""
    graph, reader = _readable(collection)
    collection.run.progress("writing")
    ids = collection.embedded().ids
    rows = np.array(collection.in_order(ids)[0], np.int64)
    contents = {
        "vectors": _vectors(collection, shown, ids[rows]),
        "axes": _axes(collection, ids[rows]),
        "network": _network(graph, reader),
        "engine": {"script": _worker(engine[0].decode("utf-8")), "wasm": _packed(engine[1])},
    }
    scripts = {f"data/{name}.js": script(name, value) for name, value in contents.items()}
    return {**scripts, "data/onnxruntime-web-licence.txt": licence}


def _vectors(collection: OpenCollection, shown: Survey, contents: NDArray[np.int64]) -> dict[str, Any]:
    index, chance = collection.index(), collection.chance()
    row_of = {content: row for row, content in enumerate(contents.tolist())}
    spectra, strengths = marks_of(collection.catalogue.spectra(contents))
    return {
        "ids": [work.id for work in shown.works],
        "axis": _axis(collection, "style", shown.directions, np.int16),
        "chance": {
            "sample": [row_of[content] for content in index.some_contents(SAMPLED)],
            "below": _packed(chance.below.astype("<i4").tobytes()),
            "pairs": chance.pairs,
        },
        "marks": {
            "spectra": _packed(spectra.tobytes()),
            "strengths": _packed(strengths.tobytes()),
            "widths": [work.width for work in shown.works],
            "heights": [work.height for work in shown.works],
        },
    }


def _axes(collection: OpenCollection, contents: NDArray[np.int64]) -> dict[str, Any]:
    """All axes but style, as far as they were measured."""
    found: dict[str, Any] = {"reachable": np.flatnonzero(reachable()).tolist()}
    for axis in AXES:
        if axis != "style":
            try:
                embedded = collection.embedded(axis)
            except StoreMissingError:  # the survey said so
                continue
            directions = embedded.directions[np.searchsorted(embedded.ids, contents)]
            found[axis] = _axis(collection, axis, directions, np.int8)
    return found


def _axis(
    collection: OpenCollection, axis: Axis, directions: Floats, kind: type[np.int8] | type[np.int16]
) -> dict[str, Any]:
    """Directions (n, d) as whole numbers of a scale for each work, and the space they are in."""
    index = collection.index(axis)
    largest = np.iinfo(kind).max
    scales = np.maximum(np.abs(directions).max(axis=1), 1e-9) / np.float32(largest)
    numbers = np.round(directions / scales[:, None]).astype(np.dtype(kind).newbyteorder("<"))
    plain = not index.space.centre.any() and (index.space.scale == 1).all()
    return {
        "dimensions": directions.shape[1],
        "rows": _packed(numbers.tobytes()),
        "scales": _packed(scales.astype("<f4").tobytes()),
        "centre": None if plain else index.space.centre.tolist(),
        "spread": None if plain else index.space.scale.tolist(),
        "background": index.background.tolist(),
    }


def _readable(collection: OpenCollection) -> tuple[bytes, FeatureReader]:
    """The graph of the network, and what reads pictures with it."""
    from artbyol.encoder.engine import Engine  # not before it is asked for: ONNX Runtime takes a moment

    reader, _ = current_reader(collection.store.model, replace(collection.run, device="cpu", precision="fp32"))
    if not isinstance(reader.network, Engine):
        message = f"No browser can run the network of this model, {reader.config.backbone}: there is no graph of it."
        raise UsageError(message, "train with the default backbone, or make the gallery without --with-search")
    return reader.network.graph, reader


def _network(graph: bytes, reader: FeatureReader) -> dict[str, Any]:
    layers = reader.projection.layers or ()
    return {
        "graph": _packed(half_size(graph)),
        "layers": [
            {"shape": weights.shape, "weights": _packed(weights.tobytes()), "bias": _packed(bias.tobytes())}
            for weights, bias in layers
        ],
        "plan": asdict(reader.config.views),
        "side": decoded_side(reader.config.views),
    }


def _worker(engine: str) -> str:
    """What runs beside the page, in one text: the engine, which is a module and may not be one here, and ours."""
    names = re.search(r"export\{(.*?)\};?", engine)
    if names is None:
        raise ValueError("onnxruntime-web.mjs is another than expected")
    exported = [one.split(" as ") for one in names[1].split(",")]
    given = ",".join(f"{name}:{inside}" for inside, name in exported)
    module = engine[: names.start()].replace("import.meta.url", "location.href")
    own = resources("artbyol.report.gallery") / "worker"
    parts = [(own / f"{name}.js").read_text("utf-8") for name in _WORKER]
    return f'"use strict";\nconst ort=(()=>{{{module}\nreturn {{{given}}};}})();\n' + "\n".join(parts)


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode("ascii")


def megabytes(scripts: Mapping[str, bytes]) -> str:
    """What they take on the disc, in words."""
    return f"{sum(map(len, scripts.values())) / 1e6:,.1f} MB"
