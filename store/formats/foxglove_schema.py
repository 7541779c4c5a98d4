"""JSON Schemas as Foxglove understands them: objects whose fields have one plain type each.

It refuses a whole channel for a field that it does not know, so such fields are left out: they are shown all the same.
See `parseJsonSchema` in Foxglove Studio, packages/mcap-support.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

SchemaOf = Callable[[str], Mapping[str, Any] | None]
"""The JSON Schema of a topic's payloads, with its `title`; None if nobody knows one."""

_PLAIN: Final = ("boolean", "string", "number")
_DEEPEST: Final = 20


def foxglove_schema(schema: Mapping[str, Any], depth: int = 0) -> dict[str, Any] | None:
    """The part of a JSON Schema of an object that Foxglove reads; None for a schema of anything else."""
    if schema.get("type") != "object" or depth > _DEEPEST:
        return None
    found: Any = schema.get("properties")
    fields = found if isinstance(found, Mapping) else {}
    kept = {str(name): field for name, one in fields.items() if (field := _field(one, depth)) is not None}
    return {"type": "object", "properties": kept}


def _field(schema: Any, depth: int) -> dict[str, Any] | None:
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    if kind in _PLAIN:
        return {"type": kind}
    if kind == "integer":
        return {"type": "number"}  # Foxglove takes integers for 32 bits without a sign
    if kind == "object":
        return foxglove_schema(schema, depth + 1)
    if kind == "array":
        items = _field(schema.get("items"), depth + 1)
        return None if items is None or items["type"] == "array" else {"type": "array", "items": items}
    return None
