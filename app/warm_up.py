"""What is loaded before the first visitor comes, and kept out of the garbage collector's sight.

Streamlit runs a full garbage collection after every run of a page, every refresh of its live figures included
(`gc.collect(2)` in its script runner). With all libraries loaded that takes about 100 ms, in which no other thread of
the process can run: messages were stamped and published that much too late while somebody looked at a page. What the
libraries have made stays for ever, so the collector need not look at it; then a collection takes a few milliseconds.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil
from collections.abc import Mapping
from time import perf_counter

import app.widgets

LIBRARIES = ("altair", "pandas", "plotly.graph_objects", "plotly.io", "pyarrow.pandas_compat", "PIL.Image")
"""Those that the pages load when they first need them."""


class LongCollections:
    """Hides what has survived a full collection that took too long: it is here to stay, such as a library loaded late.

    Hidden objects are still freed when nobody refers to them; only circles of them are not. That is why it is done a
    limited number of times, and only right after a collection, when no dead circle is left.
    """

    TOO_LONG_S = 0.01
    TIMES = 20

    def __init__(self) -> None:
        self._began = 0.0
        self.hidden = 0
        """How often it has been done."""

    def __call__(self, phase: str, info: Mapping[str, int]) -> None:
        """For `gc.callbacks`."""
        if info["generation"] < 2:
            return
        if phase == "start":
            self._began = perf_counter()
        elif perf_counter() - self._began > self.TOO_LONG_S and self.hidden < self.TIMES:
            gc.freeze()
            self.hidden += 1


def warm_up() -> None:
    """Loads what the pages need, and sees to short collections from then on."""
    for name in LIBRARIES:
        importlib.import_module(name)
    for module in pkgutil.iter_modules(app.widgets.__path__, "app.widgets."):
        importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
    gc.callbacks.append(LongCollections())
