"""The options of `session-manager cut`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from app import format as fmt
from app.cli.options import JsonOption, OutputOption, TopicOption, checked_filters
from core.errors import UsageError
from core.message import NS_PER_SECOND

if TYPE_CHECKING:
    from analysis.cut_selection import CutRequest
    from analysis.progress import Progress
    from store.reading import Reader


@dataclass(frozen=True, slots=True)
class CutOptions:
    """As typed; `request` checks them."""

    order: Annotated[
        str | None, typer.Option("--order", metavar="ID", help="An order of the factory; a part of its id is enough.")
    ] = None
    id: Annotated[
        list[str] | None,
        typer.Option("--id", metavar="ID", help="An id in the payloads, of an order, a workpiece, ...; repeatable."),
    ] = None
    start: Annotated[
        str | None,
        typer.Option("--start", metavar="S|MARK", help="From this second (or m:ss) of the session on, or from a mark."),
    ] = None
    end: Annotated[
        str | None, typer.Option("--end", metavar="S|MARK", help="Up to this second, exclusive, or up to a mark.")
    ] = None
    topic: TopicOption = None
    follow: Annotated[
        int | None,
        typer.Option(
            "--follow",
            metavar="N",
            help="How often ids are followed; 1: only the id itself. Without: as long as new ones are found.",
        ),
    ] = None
    no_state: Annotated[
        bool, typer.Option("--no-state", help="Leave out the last message of every topic before the first one.")
    ] = False
    output_file: OutputOption = None
    json: JsonOption = False

    def request(self, reader: Reader, progress: Progress) -> tuple[CutRequest, str]:
        """What is asked for, and what it is called. Raises UsageError, and what `progress` raises."""
        from analysis.cut_selection import CutRequest
        from app.ranges import range_of

        if self.order is not None and self.id:
            raise UsageError("Give --order or --id, not both: an order is an id, too.")
        begin, end = range_of(reader, self.start, self.end)
        origin_ns = reader.metadata.started_ns
        start_ns, end_ns = (
            None if second is None else origin_ns + round(second * NS_PER_SECOND) for second in (begin, end)
        )
        asked = CutRequest(
            tuple(self.id or ()),
            start_ns,
            end_ns,
            checked_filters(self.topic),
            rounds=self.follow,
            state=not self.no_state,
        )
        if self.order is not None:
            return _of_order(reader, self.order, asked, progress)
        if asked.ids:
            return asked, f"id {asked.ids[0]}"
        return asked, f"{fmt.offset(begin or 0.0)} to {'the end' if end is None else fmt.offset(end)}"


def _of_order(reader: Reader, order: str, asked: CutRequest, progress: Progress) -> tuple[CutRequest, str]:
    from app.cutting import pictures_of
    from aps.order_lookup import order_named
    from aps.order_trace import order_trace

    found = order_named(order_trace(reader, progress), order)
    return replace(asked, ids=(found.id,), messages=pictures_of(found)), f"order {found.id[:8]}"
