"""Answers as JSON: in ASCII, so that file names that are no text travel, too."""

import json
from typing import Any

from starlette.responses import JSONResponse


class Json(JSONResponse):
    """JSON of which every letter beyond ASCII is spelt out, lone surrogates among them."""

    def render(self, content: Any) -> bytes:
        """The bytes of an answer."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")
