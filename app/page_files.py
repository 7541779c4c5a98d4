"""Names with each page the program files that it will need, so that a browser loads them while it starts.

Streamlit's own page names what it needs to start. What draws the elements of a page it loads when the first of each
kind arrives, and what that needs after that: at the first visit something is waited for five times, one after the
other, from a process that draws the page meanwhile. Browsers take files that an answer names in its `Link` (RFC 8288,
HTML Standard 4.6.7) and keep them; of low priority, so that what the page starts with comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOLDER: Final = "static/js"
HOW: Final = "rel=modulepreload; crossorigin; fetchpriority=low"
EVERYWHERE: Final = ("Html", "ButtonGroup", "Selectbox")
"""Streamlit's names of what draws elements, here of those on every page."""
PAGES: Final = {"/analyse": ("NumberInput", "Multiselect", "PageLink")}
TABLE: Final = ("TextInput", "DataFrame")
TABS: Final = {"Topics": TABLE, "Messages": TABLE}
"""Of the page Analyse."""
_IMPORTED: Final = re.compile(r"(?:from|import)\s*[\"'`]\./([\w.-]+\.js)[\"'`]")
"""What a file cannot begin without; what it loads later has a parenthesis after `import`."""


class PageFiles:
    """In front of the application that answers with the pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds to the head of an answer that is a page."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message["headers"]):
                needed = _needed(scope["path"], scope.get("query_string", b""))
                message["headers"] = [*message["headers"], (b"link", links(needed))]
            await send(message)

        await self._app(scope, receive, sent)


def _is_page(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"content-type" and value.startswith(b"text/html") for name, value in headers)


def _needed(path: str, query: bytes) -> tuple[str, ...]:
    tab = parse_qs(query.decode("latin-1")).get("tab", [""])[0] if path == "/analyse" else ""
    return (*EVERYWHERE, *PAGES.get(path, ()), *TABS.get(tab, ()))


@cache
def links(needed: tuple[str, ...]) -> bytes:
    """The header's value: the files of these elements and all that they need, but for what the page itself names.

    Another version of Streamlit may have no such files: then they are left out.
    """
    folder = _static() / "js"
    known = set(re.findall(r"static/js/([\w.-]+\.js)", (_static().parent / "index.html").read_text("utf-8")))
    waiting, found = [file.name for one in needed for file in sorted(folder.glob(f"{one}.*.js"))], list[str]()
    while waiting:
        name = waiting.pop(0)
        if name not in known and (folder / name).is_file():
            known.add(name)
            found.append(name)
            waiting += _IMPORTED.findall((folder / name).read_text("utf-8"))
    return ", ".join(f"</{FOLDER}/{name}>; {HOW}" for name in found).encode()


def _static() -> Path:
    import streamlit  # only here: it reads its options when it is first imported

    return Path(streamlit.__file__).with_name("static") / "static"
