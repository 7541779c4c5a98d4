"""What is wrong with a message by hand: the templates of commands, and those that somebody has saved."""

from __future__ import annotations

from itertools import islice

from analysis.templates.checking import Violation, violations
from analysis.templates.model import TemplateSet
from analysis.templates.topic_pattern import PatternIndex
from aps.command_check import MOST, check_command, is_command
from core.topics import why_invalid_topic


def wrong_with(topic: str, payload: bytes, saved: TemplateSet | None, *, retain: bool) -> tuple[Violation, ...] | None:
    """At most MOST things; nothing if the message is as its templates expect. None: no template is about this topic.

    `saved` counts beside the templates of commands. An empty retained message deletes what the broker stores: it is
    none that anybody reads.
    """
    if why_invalid_topic(topic) or (retain and not payload):
        return None
    template = PatternIndex((one.topic, one) for one in saved.templates).find(topic) if saved is not None else None
    if template is None and not is_command(topic):
        return None
    found = check_command(topic, payload) if is_command(topic) else ()
    if template is not None:
        found += tuple(one for one in islice(violations(template, payload), MOST) if one not in found)
    return found[:MOST]
