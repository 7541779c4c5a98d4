"""What is said over one client's connections: what it subscribes, what comes, and what it publishes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from core.errors import BrokerError
from core.message import Message
from mqtt.acknowledgements import Acknowledgements
from mqtt.announcing import Announcing
from mqtt.arrivals import Arrivals
from mqtt.batching import PublishBatch
from mqtt.connection import Connection, Terms
from mqtt.delivery import Outbox
from mqtt.dump import Dump
from mqtt.fanout import FanOut
from mqtt.link import Link
from mqtt.problems import LinkProblem, Problem
from mqtt.reading_time import ReadingTime
from mqtt.session_state import SessionState
from mqtt.subscriptions import Subscriptions
from mqtt.twins import Twins


class Conversation:
    """A link's handler. Everything in the network thread, but for `subscriptions`, `terms` and `stop`."""

    def __init__(
        self,
        connection: Connection,
        state: SessionState,
        fanout: FanOut,
        outbox: Outbox,
        carries: Callable[[Link], bool],
        fetch_stored: Callable[[Sequence[str], float], list[Message]],
        no_bridge: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        """`no_bridge`: called before LinkProblem is raised because bridge mode does not do; `wake`: the link's."""
        self._state = state
        self._outbox = outbox
        self._carries = carries
        self._no_bridge = no_bridge
        self._reading_time = ReadingTime()
        acknowledgements = Acknowledgements()
        twins = Twins(self._reading_time.now, acknowledgements)
        self.subscriptions = Subscriptions(twins, wake)
        self._dump = Dump(fetch_stored, self.subscriptions.as_published, wake)
        self._announcing = Announcing(connection, self.subscriptions, state, self._dump)
        self._arrivals = Arrivals(twins, fanout, acknowledgements, self._dump.is_stored)
        self._link: Link | None = None
        self._publishes = False
        """Whether what is in the outbox leaves over the present connection."""

    def attach(self, link: Link, *, session_present: bool) -> None:
        """A connection is open. Raises LinkProblem where bridge mode does not do; then, too, `detach` ends it."""
        self._link = link
        self._reading_time.attach(link)
        self._arrivals.attach(link, self._state.number)
        self._dump.attach()
        self.subscriptions.attach(link, session_present=session_present, doubtful=self._state.doubtful)
        self._go_on(self._announcing.begin, link)
        self._publishes = self._carries(link)
        if self._publishes:  # now, so that what is subscribed anew hears it
            self._outbox.attach(link, session_present=session_present)

    def detach(self) -> None:
        """The connection is gone, or will be at once."""
        self.subscriptions.detach()
        self._arrivals.detach()
        self._reading_time.detach()
        if self._publishes:
            self._outbox.detach()
            self._publishes = False
        self._link = None

    def terms(self) -> Terms:
        """What the broker holds at this moment."""
        return self._announcing.terms()

    def stop(self, timeout: float) -> None:
        """Ends what it does besides the connection, in at most so many seconds."""
        self._dump.stop(timeout)

    def on_messages(self, batch: PublishBatch) -> None:
        """See LinkHandler."""
        self._arrivals.take(batch)

    def on_subscribed(self, mid: int, granted: Sequence[int | None]) -> None:
        """See LinkHandler."""
        self.subscriptions.on_subscribed(mid, granted)
        self._announcing.answered = True

    def on_unsubscribed(self, mid: int) -> None:
        """See LinkHandler."""
        self.subscriptions.on_unsubscribed(mid)
        self._announcing.answered = True

    def on_confirmed(self, packet_ids: Sequence[int], refusals: Mapping[int, str]) -> None:
        """See LinkHandler."""
        self._outbox.on_confirmed(packet_ids, refusals)

    def on_turn(self) -> None:
        """See LinkHandler. Raises LinkProblem where bridge mode does not do."""
        if self._publishes:
            self._outbox.turn()
        self.subscriptions.turn()
        if self._link is not None:
            self._go_on(self._announcing.turn, self._link)

    def _go_on(self, tell: Callable[[Link], None], link: Link) -> None:
        try:
            tell(link)
        except BrokerError as problem:
            self._no_bridge()
            raise LinkProblem(Problem.OTHER, str(problem)) from None
