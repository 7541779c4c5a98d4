"""What the tests of the screens share: services on a folder of their own, sessions in it, and the app itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.services import Services, use_services
from app.settings import BrokersSettings, LiveBroker, ReplayBroker, Settings
from app.widgets import long_work, messages_tab
from core.message import NS_PER_SECOND, Message
from store.metadata import Status, new_metadata
from store.writer import SessionWriter
from tests.ports import free_port

MAIN = Path(__file__).parents[3] / "app" / "main.py"
START_NS = 1_795_245_303_000_000_000  # 2026-11-21 07:15:03 UTC
TIMEOUT = 60
"""Seconds for one run of a page on a slow machine."""

Show = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def no_progress_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is computed in the background is there in the first run of a page, however slow the machine is."""
    monkeypatch.setattr(long_work, "FIRST_WAIT_S", TIMEOUT)
    monkeypatch.setattr(messages_tab, "WAIT_S", TIMEOUT)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """The process's services for one test. No broker listens at `live` and `replay`."""
    st.cache_data.clear()
    st.cache_resource.clear()
    nowhere = f"mqtt://127.0.0.1:{free_port()}"
    settings = Settings(
        sessions_folder=tmp_path / "sessions",
        environments=BrokersSettings(live=LiveBroker(url=nowhere), replay=ReplayBroker(url=nowhere)),
    )
    found = Services(settings)
    before = use_services(found)
    yield found
    found.close()
    use_services(before)


@pytest.fixture
def show(services: Services) -> Show:
    """Opens a page of the app: `show("record")`, or with a session in the address `show("analyse", session=...)`."""

    def open_page(page: str = "home", **query: str) -> AppTest:
        app = AppTest.from_file(MAIN, default_timeout=TIMEOUT)
        for name, value in query.items():
            app.query_params[name] = value
        return app.switch_page(f"screens/{page}.py").run()

    return open_page


def message(number: int, topic: str = "ccu/order/active", payload: bytes | None = None, at_s: float = 0.0) -> Message:
    body = b'{"orderId": "%d", "state": "RUNNING"}' % number if payload is None else payload
    return Message(topic, body, 1, 0, START_NS + round(at_s * NS_PER_SECOND))


def write_session(
    folder: Path, name: str, messages: list[Message], end_s: float | None = None, **metadata: object
) -> str:
    """A finished session as a recording would have left it; `end_s` None: it ends with its last message. Its id."""
    begun = new_metadata(name, START_NS, status=Status.IN_PROGRESS, **metadata)
    writer = SessionWriter.create(folder, begun)
    writer.write(messages)
    end = messages[-1].at_ns if messages else START_NS
    if end_s is not None:
        end = START_NS + round(end_s * NS_PER_SECOND)
    writer.close(begun.with_changes(status=Status.COMPLETED, ended_ns=end, ended_reason="Stopped."))
    return begun.id


@pytest.fixture
def recording(services: Services) -> Iterator[SessionWriter]:
    """The writer of a session that is being recorded, with one message so far."""
    writer = SessionWriter.create(services.folder, new_metadata("Running", START_NS, status=Status.IN_PROGRESS))
    writer.write([message(1)])
    yield writer
    writer.close(writer.metadata.with_changes(status=Status.COMPLETED, ended_ns=START_NS))


@pytest.fixture
def session(services: Services) -> str:
    """A session of 60 messages in a minute, on three topics."""
    topics = ("ccu/order/active", "module/v1/ff/SVR3QA0022/state", "osf/arduino/gas/mq2-1/state")
    messages = [message(n, topics[n % 3], at_s=float(n)) for n in range(60)]
    return write_session(services.folder, "Order of a red one", messages, source="APS line 1", tags=("red", "good"))


HOSTILE = (
    "<b>x</b>",
    "**x**",
    ":red[x]",
    "`x`",
    "$x$",
    "[x](http://x.example)",
    ":material/home:",
    "<script>x</script>",
)


@pytest.fixture
def hostile_session(services: Services) -> str:
    """Markup wherever a stranger can put it: name, source, tags, note, topics, payloads."""
    messages = [message(n, f"a/{text}", text.encode(), at_s=float(n)) for n, text in enumerate(HOSTILE)]
    return write_session(
        services.folder,
        "<b>x</b> **x** :red[x]",
        messages,
        source=":red[x]",
        note="<script>x</script>",
        tags=("**x**",),
    )


def markdown(app: AppTest) -> str:
    """All that Streamlit reads as markdown."""
    values = [str(element.value) for kind in _MARKDOWN for element in getattr(app, kind)]
    values += [f"{metric.label} {metric.value}" for metric in app.metric]
    values += [button.label for button in app.button] + [expander.label for expander in app.expander]
    return "\n".join(values).replace("\u00a0", " ")  # which only keep the parts of a line together


_MARKDOWN = ("markdown", "caption", "error", "warning", "success", "info", "title", "subheader")


def texts(app: AppTest) -> str:
    """All that a visitor reads outside of tables, markdown still in it."""
    return "\n".join([markdown(app), *(str(element.value) for element in app.text)])


def seen(app: AppTest) -> str:
    """Like `texts`, as it looks once the markdown's escapes are gone."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", texts(app)).replace("\u2060", "")


def figures(app: AppTest) -> dict[str, str]:
    """All of the page, by their labels."""
    return {metric.label: metric.value for metric in app.metric}


def keys(app: AppTest) -> set[str | None]:
    """Of all buttons of the page."""
    return {button.key for button in app.main.button}


def works(app: AppTest) -> AppTest:
    """No page may end in an uncaught exception."""
    assert not app.exception, [element.value for element in app.exception]
    return app
