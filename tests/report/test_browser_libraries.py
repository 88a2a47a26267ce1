"""The libraries of the browser: what is missing is said."""

import pytest

from artbyol.base.errors import UsageError
from artbyol.report.gallery.browser_libraries import library


def test_a_library_that_did_not_come_is_named_with_a_remedy() -> None:
    with pytest.raises(UsageError, match=r"--with-search needs nothing\.js") as caught:
        library("nothing.js", "--with-search")
    assert caught.value.hint and caught.value.hint.startswith("pip install")
