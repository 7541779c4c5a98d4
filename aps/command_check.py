"""Whether the factory takes a command: what is checked before it is sent."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, Final

from analysis.templates.checking import Violation, violations
from analysis.templates.model import Template, TemplateSet
from analysis.templates.topic_pattern import PatternIndex
from analysis.templates.yaml_form import from_yaml
from core.topics import why_invalid_topic

MOST: Final = 20
"""Violations that are told; a payload of another kind altogether has thousands."""

NOT_EMPTY: Final = ("orderId", "serialNumber", "actions", "nodes")


@cache
def command_templates() -> TemplateSet:
    """What commands are like: shipped with the program, from the factory's protocol."""
    return from_yaml(files("aps").joinpath("command_templates.yaml").read_text("utf-8"))


@cache
def _index() -> PatternIndex[Template]:
    return PatternIndex((one.topic, one) for one in command_templates().templates)


def is_command(topic: str) -> bool:
    """Whether somebody in the factory listens to a topic."""
    return why_invalid_topic(topic) is None and _index().find(topic) is not None


def check_command(topic: str, payload: bytes) -> tuple[Violation, ...]:
    """What is wrong with a command, at most MOST things; nothing if it can be sent."""
    if reason := why_invalid_topic(topic):
        return (Violation("topic", reason),)
    template = _index().find(topic)
    if template is None:
        return (Violation("topic", f"nobody in the factory listens to '{topic}'"),)
    found = tuple(islice(violations(template, payload), MOST))
    return found or tuple(_disagreements(topic, json.loads(payload)))


def _disagreements(topic: str, value: Any) -> list[Violation]:
    """What no template can say: fields that must fit one another, and the topic. `value` fits its template."""
    found = []
    own = topic.split("/")[3] if topic.startswith(("module/", "fts/")) else None
    if own is not None and value.get("serialNumber", own) != own:
        found.append(Violation("$.serialNumber", f"'{value['serialNumber']}' is not that of the topic, '{own}'"))
    if topic == "ccu/order/request" and value["orderType"] == "STORAGE" and not value.get("workpieceId"):
        found.append(Violation("$.workpieceId", "is missing: a storage order names its workpiece"))
    names = value if isinstance(value, dict) else {}
    return found + [Violation(f"$.{name}", "is empty") for name in NOT_EMPTY if names.get(name) in ("", [])]
