"""The JSON shapes of sessions and topics that other programs rely on."""

from __future__ import annotations

from app.cli.output import iso
from store.catalog import SessionEntry
from store.results import TopicSummary


def info_json(entry: SessionEntry) -> dict[str, object]:
    """One session, as `list` and `edit` print it; what cannot be read is null, with `problem` saying why."""
    metadata, summary = entry.metadata, entry.summary
    return {
        "id": entry.id,
        "name": entry.name,
        "status": metadata.status.value if metadata else "unreadable",
        "interrupted": entry.interrupted,
        "source": metadata.source if metadata else None,
        "started_at": iso(metadata.started_ns) if metadata else None,
        "ended_at": iso(metadata.ended_ns) if metadata else None,
        "duration_seconds": summary.duration_s if summary else None,
        "messages": summary.messages if summary else None,
        "bytes": summary.bytes if summary else None,
        "topics": summary.topics if summary else None,
        "gaps": summary.gaps if summary else None,
        "broker": metadata.broker if metadata else None,
        "environment": metadata.environment if metadata else None,
        "filters": list(metadata.filters) if metadata else None,
        "exclude": list(metadata.exclude) if metadata else None,
        "ended_reason": metadata.ended_reason if metadata else None,
        "note": metadata.note if metadata else None,
        "tags": list(metadata.tags) if metadata else None,
        "outcome": metadata.outcome.value if metadata else None,
        "imported_from": metadata.imported_from if metadata else None,
        "assumptions": list(metadata.assumptions) if metadata else None,
        "path": str(entry.path),
        "size_bytes": entry.size_bytes,
        "parts": entry.parts,
        "problem": entry.problem,
    }


def topic_json(topic: TopicSummary, duration_s: float) -> dict[str, object]:
    """One topic of a session. The rate is over the whole session, so that topics can be compared."""
    return {
        "topic": topic.topic,
        "messages": topic.messages,
        "bytes": topic.bytes,
        "rate_per_second": rate(topic.messages, duration_s),
        "first_at": iso(topic.first_ns),
        "last_at": iso(topic.last_ns),
    }


def rate(messages: int, duration_s: float) -> float:
    """Messages per second; 0 for a session without duration."""
    return round(messages / duration_s, 6) if duration_s > 0 else 0.0
