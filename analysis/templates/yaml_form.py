"""Templates as YAML, for people and for the message generator."""

from __future__ import annotations

from typing import Any, Final

from analysis.templates.checking import is_number
from analysis.templates.model import Field, JsonType, Kind, Template, TemplateSet
from analysis.templates.parsing import Place, parsed
from analysis.templates.topic_pattern import TopicPattern
from analysis.templates.yaml_text import dumped, loaded
from core.errors import UsageError
from core.payload import PayloadKind

VERSION: Final = 1
"""Of the form; a newer one is refused."""
ISO_8601: Final = "iso-8601"


def to_yaml(templates: TemplateSet) -> str:
    """A document that `from_yaml` reads back; what is as usual is left out."""
    document: dict[str, Any] = {"version": VERSION}
    if templates.name:
        document["name"] = templates.name
    if templates.description:
        document["description"] = templates.description
    if templates.learned_from:
        document["learned_from"] = list(templates.learned_from)
    if templates.left_out:
        document["left_out"] = templates.left_out
    document["templates"] = [_template(template) for template in templates.templates]
    return dumped(document)


def _template(template: Template) -> dict[str, Any]:
    written: dict[str, Any] = {"topic": str(template.topic)}
    if template.description:
        written["description"] = template.description
    written["messages"] = template.messages
    written["payloads"] = [kind.value for kind in template.payloads]
    if template.parts:
        written["parts"] = {name: list(examples) for name, examples in template.parts}
    written["payload"] = field_to_dict(template.payload)
    return written


def field_to_dict(field: Field) -> dict[str, Any]:
    """One field, with only what is not as usual."""
    parts: dict[str, Any] = {
        "fields": {name: field_to_dict(member) for name, member in field.members},
        "others": field.others and field_to_dict(field.others),
        "items": field.items and field_to_dict(field.items),
    }
    own: dict[str, Any] = {
        "type": field.types[0].value if len(field.types) == 1 else [kind.value for kind in field.types],
        "required": field.required,
        "description": field.description,
        "format": ISO_8601 if field.iso_time else "",
        "minimum": field.minimum,
        "maximum": field.maximum,
        "values": list(field.values),
        "seen": list(field.seen or ()),
        "examples": list(field.examples),
        "samples": field.samples or None,
    }
    written = {name: value for name, value in {**own, **parts}.items() if value or is_number(value)}
    return {"kind": field.kind.value, **written}


def from_yaml(text: str) -> TemplateSet:
    """Raises UsageError, with the place and what to write there, for what are no templates."""
    root = Place(loaded(text), "templates")
    root.only("version", "name", "description", "learned_from", "left_out", "templates")
    version = root.whole("version", VERSION)
    if version > VERSION:
        raise UsageError(f"The templates have version {version}; this program reads up to {VERSION}. Update it.")
    try:
        templates = tuple(_read_template(place) for place in root.places("templates"))
    except RecursionError as error:
        raise UsageError("The templates are nested too deeply to be read. Learn them again.") from error
    topics = [template.topic for template in templates]
    twice = (
        next((topic for topic in topics if topics.count(topic) > 1), None) if len(set(topics)) < len(topics) else None
    )
    if twice is not None:
        raise UsageError(f"There are two templates for '{twice}'. Leave one of them out.")
    return TemplateSet(
        templates=tuple(sorted(templates, key=lambda template: str(template.topic))),
        name=root.text("name"),
        description=root.text("description"),
        learned_from=root.texts("learned_from"),
        left_out=root.whole("left_out", 0),
    )


def _read_template(place: Place) -> Template:
    place.only("topic", "description", "messages", "payloads", "parts", "payload")
    topic = parsed(TopicPattern.parse, place.text("topic", needed=True), place)
    return Template(
        topic=topic,
        payloads=place.choices("payloads", PayloadKind) or (PayloadKind.JSON,),
        payload=_read_field(place.member("payload")),
        description=place.text("description"),
        messages=place.whole("messages", 0),
        parts=tuple((name, place.member("parts").texts(name)) for name in place.member("parts").names()),
    )


def _read_field(place: Place) -> Field:
    place.only("kind", "type", "required", "description", "format", "minimum", "maximum", "values", "seen", "examples",
               "samples", "fields", "others", "items")  # fmt: skip
    kinds = place.choices("kind", Kind)
    fields = place.member("fields")
    seen = place.numbers("seen")
    return Field(
        kind=kinds[0] if kinds else Kind.UNKNOWN,
        types=place.choices("type", JsonType),
        required=place.flag("required"),
        description=place.text("description"),
        iso_time=place.text("format") == ISO_8601,
        minimum=place.number("minimum"),
        maximum=place.number("maximum"),
        values=place.scalars("values"),
        seen=(seen[0], seen[1]) if len(seen) == 2 else None,
        examples=place.scalars("examples"),
        samples=place.whole("samples", 0),
        members=tuple((name, _read_field(fields.member(name))) for name in sorted(fields.names())),
        others=_read_field(place.member("others")) if place.has("others") else None,
        items=_read_field(place.member("items")) if place.has("items") else None,
    )
