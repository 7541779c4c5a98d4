"""What a crash left behind: one recording goes on by itself, the others get their end in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.clock import Clock
from core.errors import SessionManagerError
from core.message import NS_PER_SECOND
from mqtt.client import SharedClient
from mqtt.environments import Environments, Resumption
from mqtt.session_state import EXPIRY_S, short_client_id
from recorder.machine import WAITING
from recorder.recorders import Recorders
from store.catalog import Catalog, RecoveryWatch, SessionEntry
from store.interrupted import Interrupted, interrupted, interrupted_sessions

COMMAND_LINE: Final = "msm"
"""How the client id of a recording of the command line begins: `record --resume` may want to go on with it."""


@dataclass(frozen=True, slots=True)
class Continued:
    """A recording that the program has gone on with by itself."""

    name: str
    path: Path
    after_s: float
    """How long nobody recorded."""


class StartUp:
    """Looks after the sessions of a folder that have no end. Thread-safe."""

    def __init__(self, catalog: Catalog, environments: Environments, recorders: Recorders, clock: Clock) -> None:
        self._catalog = catalog
        self._environments = environments
        self._recorders = recorders
        self._clock = clock
        self._watch = _Watch(self._is_left_alone)
        self._thread: threading.Thread | None = None
        self._continued: frozenset[Path] = frozenset()

    @property
    def repairing(self) -> str:
        """The name of the session that gets its end at this moment; empty if none."""
        return self._watch.repairing

    @property
    def recovered(self) -> list[SessionEntry]:
        """Those that have got their end so far, or have a problem."""
        return self._watch.done

    def go_on(self, installation: str) -> tuple[Continued, ...]:
        """Goes on with this installation's latest recording on each environment whose broker can still hold messages.

        For one that had not begun nothing has to be held: it waits again, however long it was.
        They are attached before their clients connect, so nobody may have asked for those clients yet.
        """
        found = [one for one in interrupted_sessions(self._catalog.folder) if self._can_go_on(one, installation)]
        latest = {one.metadata.environment: one for one in sorted(found, key=lambda one: one.last_sign_ns)}
        continued = [one for one in latest.values() if self._goes_on(one)]
        self._continued = frozenset(one.path for one in continued)
        return tuple(Continued(one.metadata.name, one.path, self._age_s(one.last_sign_ns)) for one in continued)

    def _goes_on(self, one: Interrupted) -> bool:
        environment = one.metadata.environment

        def attach(client: SharedClient) -> None:
            self._recorders.of(environment).continue_session(one.path, client, environment)

        try:
            self._environments.client(
                environment,
                client_id=str(one.metadata.extra["client_id"]),
                resume=Resumption(tuple(one.metadata.extra.get("held_filters", ()))),
                attach=attach,
            )
        except SessionManagerError:  # somebody else is faster, or it is damaged: then it gets its end like others
            return False
        return True

    def start(self) -> None:
        """Begins to look after the others, in the background: a long session takes a minute."""
        self._thread = threading.Thread(target=self._recover, name="app-recovery", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Begins with no further one, and waits for the present one; what is unfinished then the next start does."""
        self._watch.stop.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def await_end(self, timeout: float) -> bool:
        """Blocks until all are looked after; False when `timeout` (seconds) is over first."""
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    def _recover(self) -> None:
        try:
            self._catalog.recover(self._watch)
        except SessionManagerError:  # the folder itself is gone: each page says so
            return

    def _can_go_on(self, one: Interrupted, installation: str) -> bool:
        name = one.metadata.environment
        own = f"{installation}-{name}"
        return (
            one.metadata.extra.get("client_id") in (own, short_client_id(own))
            and (one.metadata.status in WAITING or self._age_s(one.last_sign_ns) < EXPIRY_S)
            and name in self._environments.names()
            and self._environments.get(name).display_url == one.metadata.broker
        )

    def _is_left_alone(self, entry: SessionEntry) -> bool:
        """Whether it goes on, or somebody may want to go on with it on the command line."""
        if entry.path in self._continued:  # before its recorder has locked it
            return True
        client_id = "" if entry.metadata is None else str(entry.metadata.extra.get("client_id", ""))
        found = interrupted(entry.path) if client_id.startswith(COMMAND_LINE) and entry.interrupted else None
        return found is not None and self._age_s(found.last_sign_ns) < EXPIRY_S

    def _age_s(self, at_ns: int) -> float:
        return max(0.0, (self._clock.now_ns() - at_ns) / NS_PER_SECOND)


class _Watch(RecoveryWatch):
    """What can be seen of the recovery."""

    def __init__(self, is_left_alone: Callable[[SessionEntry], bool]) -> None:
        super().__init__()
        self._is_left_alone = is_left_alone
        self.repairing = ""
        self.done: list[SessionEntry] = []

    def wants(self, entry: SessionEntry) -> bool:
        return not self._is_left_alone(entry)

    def begins(self, entry: SessionEntry) -> None:
        self.repairing = entry.name

    def recovered(self, entry: SessionEntry) -> None:
        self.done.append(entry)
        self.repairing = ""
