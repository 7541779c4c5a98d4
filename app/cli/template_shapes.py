"""The JSON shapes of templates and of their validation that other programs rely on."""

from __future__ import annotations

from analysis.templates.fields import fields_of, written
from analysis.templates.json_schema import schema_of
from analysis.templates.model import Field, Template
from analysis.templates.validating import ValidationReport


def template_json(template: Template) -> dict[str, object]:
    """One template: its topic, its fields as a flat list, and its JSON Schema."""
    return {
        "topic": str(template.topic),
        "filter": template.topic.filter,
        "parts": {name: list(examples) for name, examples in template.parts},
        "messages": template.messages,
        "payloads": [kind.value for kind in template.payloads],
        "description": template.description,
        "fields": [{"path": written(path), **_field_json(field)} for path, field in fields_of(template.payload)],
        "schema": schema_of(template),
    }


def _field_json(field: Field) -> dict[str, object]:
    return {
        "kind": field.kind.value,
        "types": [kind.value for kind in field.types],
        "required": field.required,
        "values": list(field.values),
        "minimum": field.minimum,
        "maximum": field.maximum,
        "seen": None if field.seen is None else list(field.seen),
        "examples": list(field.examples),
        "samples": field.samples,
    }


def report_json(report: ValidationReport) -> dict[str, object]:
    """What a validation found. `unknown_topics` counts topics, all else messages."""
    return {
        "checked": report.checked,
        "accepted": report.accepted,
        "rejected": report.rejected,
        "unknown_topics": len(report.unknown_topics),
        "unknown_messages": report.unknown,
        "unknown": [{"topic": topic, "messages": count} for topic, count in report.unknown_topics],
        "violations": [
            {"topic": one.topic, "path": one.path, "reason": one.reason, "count": one.count, "first_id": one.first_id}
            for one in report.violations
        ],
        "more": report.more,
    }
