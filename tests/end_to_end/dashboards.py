"""The dashboard of examples/ as a process of its own, and a player that is its factory."""

from __future__ import annotations

import os
import re
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from app.demo import Dashboard, sample_session
from core.clock import SystemClock
from core.message import Message
from mqtt.client import SharedClient
from mqtt.environments import Environment
from replay.player import Player
from replay.status import ReplayRequest
from store.parts import open_session
from store.query import MessageQuery
from tests.ports import free_port

SAMPLE = sample_session()
STORAGE_ORDER = "2cb59e5f"
"""Of the sample: from second 1.2 to second 60.2."""
PATIENCE = 30.0
"""Seconds after which something is broken rather than slow."""
LOOK_S = 0.02
"""How often it is looked whether a condition is met."""


@dataclass
class Stand:
    """A factory that is a replay, and a dashboard that does not know it."""

    broker: Environment
    dashboard: Dashboard
    player: Player
    client: SharedClient

    @property
    def url(self) -> str:
        return f"http://localhost:{self.dashboard.port}"

    def play(self, request: ReplayRequest) -> None:
        """Starts a replay."""
        self.player.start(request, self.client, source=self.client)

    def pause_at(self, position_s: float) -> None:
        """Pauses when the replay has come so far."""
        await_that(lambda: self.player.status().position_s >= position_s)
        self.player.pause()

    def await_end(self) -> None:
        """Until the replay has ended; it must have been faithful but for its timing."""
        assert self.player.wait(PATIENCE), self.player.status()
        report = self.player.report()
        assert report is not None
        assert (report.failed, report.confirmed) == (0, report.planned)

    def kill_dashboard(self) -> None:
        """Without a chance to say good-bye."""
        assert self.dashboard.pid is not None
        os.kill(self.dashboard.pid, signal.SIGKILL)
        self.dashboard.stop()

    def restart_dashboard(self) -> None:
        """On the same port, so that the open page finds it again."""
        self.dashboard.start()
        self.dashboard.await_answer()

    def clear(self) -> None:
        """Deletes what the broker stores, and with it all that the dashboard knows."""
        if self.player.status().active:
            self.player.stop(PATIENCE)
        with open_session(SAMPLE) as reader:
            topics = sorted({message.topic for message in reader.stream(MessageQuery())})
        now = SystemClock().now_ns()
        self.client.publish_batch([Message(topic, b"", 1, 1, now) for topic in topics]).wait(PATIENCE)


def await_that(met: Callable[[], bool]) -> None:
    """Until the condition is met; fails after PATIENCE."""
    never = threading.Event()
    for _ in range(int(PATIENCE / LOOK_S)):
        if met():
            return
        never.wait(LOOK_S)
    raise AssertionError(f"still not met after {PATIENCE:g} s")


@contextmanager
def stand(broker_url: str) -> Iterator[Stand]:
    """Dashboard and player on a broker, both connected."""
    environment = Environment("replay", broker_url, may_publish=True)
    clock = SystemClock()
    client = SharedClient(environment, clock, f"test-dashboard-{os.getpid()}")
    with tempfile.TemporaryFile() as output:
        dashboard = Dashboard(environment, free_port(), output)
        try:
            dashboard.start()
            client.start()
            dashboard.await_answer()
            assert client.await_connected(PATIENCE), client.connection()
            yield Stand(environment, dashboard, Player(clock), client)
        finally:
            client.stop(PATIENCE)
            dashboard.stop()


def active(page: Page) -> Locator:
    """The storage order of the sample while it is being carried out."""
    return page.locator(f'article.order[data-order^="{STORAGE_ORDER}"][data-state="IN_PROGRESS"]')


def finished(page: Page) -> Locator:
    """The same order when it is done."""
    return page.locator(f'.done article[data-order^="{STORAGE_ORDER}"][data-state="FINISHED"]')


def shown(page: Page) -> list[str]:
    """What the page shows of the factory, without what depends on when one looks: how long ago something was heard.

    Without blanks, too: whether two parts of a text stand in one line is told by a style that may come a moment later.
    """
    expect(page.locator(".card")).to_have_count(7)
    for part in page.locator(".part").all():  # the code that draws them is loaded when they are first drawn
        expect(part).to_be_visible()
    texts = page.locator(".card, .place, .vehicle, .shelf, .order, .done").all_inner_texts()
    when = re.compile(r"(\d+ (s|min) ago|just now|not heard yet)$")
    return ["".join(when.sub("", " ".join(text.split())).split()) for text in texts]
