"""The session state that a broker holds for a client: under which name, and whether it is still the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from mqtt.connect import Protocol

EXPIRY_S: Final = 3_600
"""For how long after a cut an MQTT 5 broker is asked to hold it: long enough for a machine that starts anew."""
SHORT: Final = 23
"""Bytes of a client id that every broker of MQTT 3.1.1 takes, if they are digits and letters (section 3.1.3.1)."""
MAX_MISTAKES: Final = 3
"""After so many connections in a row that ended by a mistake of ours, what the broker holds is evidently the reason."""


@dataclass(frozen=True, slots=True)
class Resumption:
    """What an earlier run of the program left at the broker when it died."""

    held: tuple[str, ...]
    """`ConnectionStatus.held`, as it was told last."""


class SessionState:
    """What the client knows about it. Used by the network thread; `client_id` and `number` are read by all."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id
        self.number = 0
        """See core.ports.Arrival.broker_session."""
        self.clean_start = True
        """Whether the next connection begins without the state of the one before."""
        self.spoken: Protocol | None = None
        """Which version of MQTT the broker spoke; None when it could not be reached since."""
        self.doubtful = False
        """Whether the present connection has a state of which nobody knows if it is the one before: see `tried`."""
        self._begun = self._perhaps_begun = False
        self._told = True
        """Whether the present connection lasted until `doubtful` was told."""
        self._mistakes = 0

    def resume(self) -> None:
        """The first connection takes up what an earlier run left."""
        self.clean_start = False

    def begin_anew(self) -> None:
        """The next connection gives up what the broker holds."""
        self.clean_start = True

    def tried(self, *, present: bool | None) -> None:
        """The broker was asked for the state, and had it or began one; None: no answer has come, so it may have.

        Not every such connection becomes the one that is used. What is begun on the way is there the next time, but
        nothing is subscribed in it.
        """
        self._begun = self._begun or present is False
        self._perhaps_begun = self._perhaps_begun or present is None

    def opened(self, protocol: Protocol, *, present: bool) -> bool:
        """There is a connection, with the state of the one before or without. Returns whether it is the same."""
        self.spoken = protocol
        present = present and not self.clean_start and not self._begun
        self.doubtful = present and (self._perhaps_begun or (self.doubtful and not self._told))
        self._begun = self._perhaps_begun = self._told = False
        self.number += not present
        self.clean_start = False
        return present

    def told(self) -> None:
        """Everything is subscribed, and everybody knows how certain it is what the broker has kept."""
        self._told = True

    def held_well(self) -> None:
        """The connection ended for a reason that lies outside."""
        self._mistakes = 0

    def mistaken(self) -> None:
        """It ended by a mistake of ours. If that goes on, the messages that the broker sends again are given up."""
        self._mistakes += 1
        self.clean_start = self.clean_start or self._mistakes >= MAX_MISTAKES

    def shorten(self) -> bool:
        """The broker does not take the name. Whether there is another one, which is now to be tried."""
        short = short_client_id(self.client_id)
        changed, self.client_id = short != self.client_id, short
        return changed


def short_client_id(client_id: str) -> str:
    """A name that every broker takes, and always the same for the same client id."""
    if len(client_id) <= SHORT and client_id.isascii() and client_id.isalnum():
        return client_id
    return hashlib.sha256(client_id.encode("utf-8")).hexdigest()[:SHORT]
