"""The HTML report of a session: the parts of the analysis, and the factory's orders."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from analysis.html_report import html_report
from analysis.overview import overview
from analysis.progress import Progress
from analysis.quality_report import quality_report
from analysis.report_sections import overview_section, quality_section, timeline_section, topics_section
from analysis.summary import summary
from analysis.unusual import unusual
from app import format as fmt
from aps.order_section import order_section
from aps.order_trace import order_trace
from aps.participants import sender_of
from aps.summary import factory_summary
from aps.topics import COLOURS, LABELS, category
from store.query import EVERYTHING
from store.reading import Reader

_PASSES: Final = 4
"""How often the session is read: for what is unusual, its orders, its quality, and the summary in words."""
_COLOUR_OF: Final = {LABELS[one]: COLOURS[one] for one in COLOURS}


def report(reader: Reader, zone: str, progress: Progress) -> tuple[str, int]:
    """The page, and how many messages it is about; times are in `zone`, an IANA name. Raises what `progress` raises."""
    whole = overview(reader)
    parts = [_part(progress, number, whole.messages) for number in range(_PASSES)]
    findings = unusual(reader, EVERYTHING, parts[0])
    trace = order_trace(reader, parts[1])
    quality = quality_report(reader, EVERYTHING, sender_of, parts[2])
    words = [*summary(reader), *factory_summary(reader, parts[3])]
    sections = [
        overview_section(whole, words, findings, zone),
        timeline_section(reader, whole, lambda topic: LABELS[category(topic)], lambda name: _COLOUR_OF[name], zone),
        topics_section(reader, zone),
        order_section(trace, zone),
        quality_section(quality, whole.origin_ns, zone),
    ]
    return html_report(whole.name, _about(reader, zone), sections), whole.messages


def _part(progress: Progress, number: int, messages: int) -> Progress:
    """One of the passes as a part of the whole: each counts as much, however many messages it looks at."""

    def report_part(done: int, total: int) -> None:
        progress(number * messages + (messages * done // total if total else 0), _PASSES * messages)

    return report_part


def _about(reader: Reader, zone: str) -> list[str]:
    metadata, where = reader.metadata, ZoneInfo(zone)
    lines = [
        f"{fmt.moment(metadata.started_ns, where)} to {fmt.moment(metadata.ended_ns, where)}, recorded at "
        f"{metadata.source}",
        " · ".join(filter(None, (metadata.broker, ", ".join(metadata.tags), f"outcome {metadata.outcome.value}"))),
        metadata.note,
        f"Session {reader.path.stem}",
    ]
    return [line for line in lines if line]
