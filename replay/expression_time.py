"""Whether a regular expression finds an end: tried in a process of its own, for in this one nothing can interrupt it.

`^(a+)+$` takes a minute for thirty letters and a slash, and twice as long for each letter more. Meanwhile no other
thread of the program runs, not even the one that records.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from replay.remap import pattern_of

LIMIT_S: Final = 0.5
"""Processor time for all topics together: a hundred thousand times what an expression needs for one."""
PER_TOPIC_S: Final = 50e-6
"""And so much more for each of them, so that a session of a million topics has its time."""
SHOWN: Final = 60
"""Characters of a topic in a sentence."""

TRIAL: Final = """
import json, re, signal, sys

def over(*_):
    raise TimeoutError

pattern, topics, limit_s = json.load(sys.stdin)
expression, topic = re.compile(pattern), None
signal.signal(signal.SIGVTALRM, over)
signal.setitimer(signal.ITIMER_VIRTUAL, limit_s)
try:
    for topic in topics:
        expression.subn("", topic)
except TimeoutError:
    json.dump(topic, sys.stdout)
"""
"""Time of the processor, not of the clock: a busy machine is no reason to refuse an expression."""


@lru_cache(maxsize=2)
def why_slow(rules: Sequence[str], topics: Sequence[str]) -> str | None:
    """Which of these topic rules takes too long for one of these topics, as a sentence; None if none does.

    Both are tuples. The rules have to be valid.
    """
    patterns = [(rule, pattern) for rule in rules if (pattern := pattern_of(rule)) is not None]
    for rule, pattern in patterns:
        if topic := _hard_topic(pattern, topics):
            shown = topic if len(topic) <= SHOWN else f"{topic[:SHOWN]}…"
            return (
                f"The topic rule '{rule}' takes too long for the topic '{shown}', and everything else would wait for "
                "it. Let only one repetition stand for the same characters: 're:^a+$' instead of 're:^(a+)+$', "
                "'[^/]*' instead of '.*'."
            )
    return None


def _hard_topic(pattern: str, topics: Sequence[str]) -> str:
    """The first one for which the time was not enough; empty if it was enough for all."""
    asked = json.dumps((pattern, topics, LIMIT_S + PER_TOPIC_S * len(topics)))
    command = [sys.executable, "-I", "-S", "-c", TRIAL]
    done = subprocess.run(command, input=asked, stdout=subprocess.PIPE, text=True, check=True)
    return str(json.loads(done.stdout)) if done.stdout else ""
