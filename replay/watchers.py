"""Who watches a replay from outside: for other publishers always, and for every message when a proof is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.clock import Clock
from core.ports import MessageSource, Publisher
from replay.foreign import ForeignWatch
from replay.proof import ForeignTopic, Proof
from replay.witness import Witness

SUBSCRIBED_S: Final = 10.0
"""How long the broker may take to grant what the witness listens to."""
OF_THE_BROKER: Final = "$SYS/"
"""Brokers tell about themselves on these topics, and take nothing there: that is no other publisher."""


class Watchers:
    """Opened and closed by the player's thread; `foreign` may be asked for by any other."""

    def __init__(
        self,
        publisher: Publisher,
        source: MessageSource | None,
        witness: MessageSource | None,
        clock: Clock,
        run_id: str,
    ) -> None:
        """Without `witness` there is no proof; without both nobody watches."""
        self._publisher = publisher
        self._source = source
        self._clock = clock
        self._run_id = run_id
        self._seen_by = witness
        self._witness: Witness | None = None
        self._watch: ForeignWatch | None = None
        self.proof: Proof | None = None
        """There is one after `close`, if one was wanted."""

    @property
    def observers(self) -> Sequence[Witness | ForeignWatch]:
        """Who has to be told what is published."""
        return [one for one in (self._witness, self._watch) if one is not None]

    def open(self, topics: Sequence[str]) -> None:
        """Begins to listen, when the publisher is connected: `topics` are those that it publishes to."""
        topics = [topic for topic in topics if not topic.startswith(OF_THE_BROKER)]
        if self._seen_by is not None:
            self._witness = Witness(self._seen_by, self._run_id, topics, self._clock, self._publisher)
            self._witness.start(SUBSCRIBED_S)
        elif self._source is not None:
            self._watch = ForeignWatch(self._source, self._run_id, topics, self._publisher)
            self._watch.start()
            self._source.await_subscribed(SUBSCRIBED_S)  # if not in time, what others send in that time goes unseen

    def foreign(self) -> tuple[ForeignTopic, ...]:
        """On which topics others have published so far; most messages first."""
        watching = self._witness or self._watch
        return () if watching is None else watching.foreign()

    def close(self, withdrawn: int) -> None:
        """Waits for what is under way to the witness, and ends listening. `withdrawn`: as for Witness.finish."""
        if self._watch is not None:
            self._watch.stop()
        if self._seen_by is not None:
            witness = self._witness or Witness(self._seen_by, self._run_id, (), self._clock)
            self.proof = witness.finish(withdrawn=withdrawn)
