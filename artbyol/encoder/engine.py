"""A network's graph in ONNX Runtime: views in, features out, on a processor, without torch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from artbyol.base.processes import MOST_AT_ONCE, at_once, cores
from artbyol.base.vectors import Floats

PASS_PIXELS = 4 * 160 * 160
"""Pixels per pass: with so few, maps of one layer are still in the cache when the next one wants them. Of crops, 4 were
read 1.15 times as fast as 16 (docs/experiments/engine.md)."""

VIEWS, FEATURES = "views", "features"
"""Names of the graph's input, uint8 (n, h, w, 3), and of its output, float32 (n, D)."""


class Engine:
    """Runs a graph. Each pass has one thread: batches are spread over the cores, so that none waits for another, and
    the same pictures give the same numbers on two cores as on one. Pickled, it goes as its graph."""

    name = "ONNX Runtime"
    pass_pixels = PASS_PIXELS

    def __init__(self, graph: bytes) -> None:
        self.graph = graph
        onnxruntime.disable_telemetry_events()  # there are some on Windows
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # it remembers every shape, and views have many
        options.log_severity_level = 3  # errors, which are raised, too
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def __reduce__(self) -> tuple[Any, ...]:
        return Engine, (self.graph,)

    def features(self, batches: Sequence[Sequence[NDArray[np.uint8]]]) -> list[Floats]:
        """Batches of views (h, w, 3) of one shape each -> their features (n, D), batch by batch."""
        return at_once(self._in_one_pass, batches, min(MOST_AT_ONCE, cores()))

    def _in_one_pass(self, views: Sequence[NDArray[np.uint8]]) -> Floats:
        found: Floats = self._session.run([FEATURES], {VIEWS: np.stack(views)})[0]
        return found
