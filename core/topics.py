"""Topic filters: validation, matching, and covering sets without overlaps (MQTT 5.0, section 4.7)."""

from __future__ import annotations

from collections.abc import Iterable

MAX_BYTES = 65_535
"""The longest UTF-8 string of MQTT (MQTT 5.0, section 1.5.4)."""


def why_invalid_topic(topic: str) -> str | None:
    """The reason why a message cannot be published to this topic name, or None if it can."""
    if "+" in topic or "#" in topic:
        return f"'{topic}' is not a topic name: '+' and '#' are allowed in filters only"
    return _why_invalid_string(topic, "a topic name")


def why_invalid_filter(topic_filter: str) -> str | None:
    """The reason why this topic filter cannot be subscribed to, or None if it can.

    Shared subscriptions (`$share/...`) are refused: the broker would split the messages between clients.
    """
    reason = _why_invalid_string(topic_filter, "a topic filter")
    if reason:
        return reason
    levels = topic_filter.split("/")
    if levels[0] == "$share":
        return f"'{topic_filter}' is a shared subscription, which delivers only a part of the messages"
    for position, level in enumerate(levels):
        if "#" in level and (level != "#" or position != len(levels) - 1):
            return f"'{topic_filter}' is not a topic filter: '#' must be the whole last level"
        if "+" in level and level != "+":
            return f"'{topic_filter}' is not a topic filter: '+' must be a whole level"
    return None


def _why_invalid_string(text: str, what: str) -> str | None:
    if not text:
        return f"{what} must not be empty"
    if "\0" in text:
        return f"{what} must not contain the null character"
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        return f"{what} must be valid Unicode"
    return f"{what} must not be longer than {MAX_BYTES} bytes, this one has {size}" if size > MAX_BYTES else None


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a message on `topic` is delivered for `topic_filter`; both must be valid.

    A wildcard in the first level does not match a topic that begins with `$` (MQTT 5.0, section 4.7.2).
    """
    return covers(topic_filter, topic)


def covers(wide: str, narrow: str) -> bool:
    """Whether every topic that the filter `narrow` matches is matched by the filter `wide` too."""
    wide_levels, narrow_levels = wide.split("/"), narrow.split("/")
    if _wild_against_dollar(wide_levels[0], narrow_levels[0]):
        return False
    if narrow == "#":  # a topic has at least one level, so '+/#' is as wide as '#'
        return wide in ("#", "+/#")
    for position, level in enumerate(wide_levels):
        if level == "#":
            return True
        if position >= len(narrow_levels):
            return False
        other = narrow_levels[position]
        if other == "#" or (level not in ("+", other)):
            return False
    return len(wide_levels) == len(narrow_levels)


def overlap(first: str, second: str) -> bool:
    """Whether some topic is matched by both filters."""
    ours, theirs = first.split("/"), second.split("/")
    if _wild_against_dollar(ours[0], theirs[0]) or _wild_against_dollar(theirs[0], ours[0]):
        return False
    for a, b in zip(ours, theirs, strict=False):
        if a == "#" or b == "#":
            return True
        if a != b and "+" not in (a, b):
            return False
    if len(ours) == len(theirs):
        return True
    longer, shorter = (ours, theirs) if len(ours) > len(theirs) else (theirs, ours)
    # 'a/#' also matches its parent 'a'; the parent of '/#' would be the empty topic, which is none
    return longer[len(shorter) :] == ["#"] and longer != ["", "#"]


def _wild_against_dollar(wild: str, literal: str) -> bool:
    return wild in ("+", "#") and literal.startswith("$")


def covering_set(filters: Iterable[str]) -> frozenset[str]:
    """A set of filters that matches at least what `filters` match, in which no two overlap.

    Two filters of which one covers the other become the wider one; two that merely cross (`a/+` and `+/b`) become the
    narrowest single filter that covers both. So a broker that sends one copy for each matching subscription sends
    each message exactly once; what is too wide is sorted out when the message is handed on.
    """
    result: list[str] = []
    waiting = sorted(set(filters), reverse=True)
    while waiting:
        candidate = waiting.pop()
        crossing = next((other for other in result if overlap(other, candidate)), None)
        if crossing is None:
            result.append(candidate)
        else:
            result.remove(crossing)
            waiting.append(_generalise(crossing, candidate))
    return frozenset(result)


def _generalise(first: str, second: str) -> str:
    """The narrowest filter that covers two overlapping ones."""
    ours, theirs = first.split("/"), second.split("/")
    levels: list[str] = []
    for a, b in zip(ours, theirs, strict=False):
        if "#" in (a, b):
            return "/".join([*levels, "#"])
        levels.append(a if a == b else "+")
    if len(ours) != len(theirs):
        levels.append("#")
    return "/".join(levels)
