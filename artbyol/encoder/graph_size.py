"""A network's graph at half its size, for where it must travel."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_LARGEST: Final = 32_767
_FEWEST = 256  # numbers of an array that is worth it


def half_size(graph: bytes) -> bytes:
    """The same graph with its weights as whole numbers of 16 bits, in units of each channel's own scale; an engine
    makes floats of them again when it loads the graph. Style vectors then differ by 1e-7 of a cosine, and cosines by
    less than 4e-4; float16 of the same size lost ten times as much (docs/experiments/page-search.md)."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load_from_string(graph)
    nodes: list[Any] = []
    for tensor in list(model.graph.initializer):
        weights = numpy_helper.to_array(tensor)
        if weights.dtype != np.float32 or weights.size < _FEWEST:
            continue
        whole, scale = _in_units(weights)
        name = tensor.name
        model.graph.initializer.remove(tensor)
        model.graph.initializer.append(numpy_helper.from_array(whole, f"{name}.whole"))
        model.graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
        nodes.append(helper.make_node("Cast", [f"{name}.whole"], [f"{name}.float"], to=onnx.TensorProto.FLOAT))
        nodes.append(helper.make_node("Mul", [f"{name}.float", f"{name}.scale"], [name]))
    rest = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *rest])
    return bytes(model.SerializeToString())


def _in_units(weights: NDArray[np.float32]) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """As whole numbers, and the scale of each channel, the first dimension."""
    largest = np.abs(weights).max(axis=tuple(range(1, weights.ndim)) or None, keepdims=True)
    scale = (np.maximum(largest, 1e-12) / _LARGEST).astype(np.float32)
    return np.round(weights / scale).astype(np.int16), scale
