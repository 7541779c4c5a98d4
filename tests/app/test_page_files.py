"""A page names the files that its browser will need; nothing else is told anything."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import streamlit
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Message

from app.page_files import PageFiles

STATIC = Path(streamlit.__file__).with_name("static")
LINK = re.compile(r"</static/js/([\w.-]+\.js)>; rel=modulepreload; crossorigin; fetchpriority=low")


def link_of(address: str, answer: Response) -> str:
    """The header of the answer at an address; empty without one."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    path, _, query = address.partition("?")
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}
    asyncio.run(PageFiles(answer)(scope, receive, send))
    found: bytes = dict(sent[0]["headers"]).get(b"link", b"")
    return found.decode()


def named(address: str) -> list[str]:
    found = link_of(address, HTMLResponse("<html></html>")).split(", ")
    return [match[1] if (match := LINK.fullmatch(one)) else one for one in found]


def test_the_files_that_are_named_are_there_and_not_those_that_the_page_names_itself() -> None:
    files = named("/analyse?session=x&tab=Messages")
    page = (STATIC / "index.html").read_text("utf-8")
    assert [name for name in files if not (STATIC / "static" / "js" / name).is_file() or name in page] == []
    assert len(files) == len(set(files))
    assert {"Html", "Selectbox", "NumberInput", "DataFrame"} <= {name.partition(".")[0] for name in files}


def test_what_a_file_needs_is_named_with_it() -> None:
    files = named("/analyse?tab=Messages")
    page = (STATIC / "index.html").read_text("utf-8")
    for name in files:
        text = (STATIC / "static" / "js" / name).read_text("utf-8")
        needed = re.findall(r"(?:from|import)\"\./([\w.-]+\.js)\"", text)
        assert [one for one in needed if one not in files and one not in page] == [], name


def test_other_pages_and_tabs_name_less_and_data_names_nothing() -> None:
    home, overview = named("/home"), named("/analyse")
    assert 0 < len(home) < len(overview) < len(named("/analyse?tab=Messages"))
    assert link_of("/analyse", JSONResponse({})) == ""
