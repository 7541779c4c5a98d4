"""What is suspicious in a session, each finding with the messages behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from analysis.cut import PROVENANCE
from analysis.progress import Progress
from analysis.quality_report import QualityReport, quality_report
from analysis.sender_clocks import MIN_MESSAGES, SenderClock
from app import format as fmt
from app.losses import CUT
from app.state import Key, zone
from app.widgets.analyse_view import View
from app.widgets.findings import findings, linked_rows
from app.widgets.long_work import computed
from app.widgets.metrics import metrics
from app.widgets.problems import hint
from aps.participants import sender_of
from core.message import NS_PER_SECOND
from store.reading import Reader

MOST_ROWS: Final = 1_000
HALF_HOUR_MS: Final = 1_800_000.0
NEAR_ZONE_MS: Final = 60_000.0
"""A clock that is wrong by whole half hours, give or take this, is rather in another time zone."""
EXPLAINED: Final = {
    "Missing": "Numbers that fields which count messages have left out",
    "Silences": "Stretches without any message, five times as long as usual at least, and 5 s",
    "Came twice": "Messages with the content of an earlier one, on topics whose messages otherwise differ",
    "Wrong time": "Messages whose own time is further from their arrival than is usual on their topic",
    "Drifting clocks": "Senders whose clock goes too fast or too slow, with evidence enough",
}
NO_TIMES: Final = f"No topic has {MIN_MESSAGES} messages with a time of their own: there is nothing to judge."
TOPIC: Final = st.column_config.TextColumn("Topic", width=300)


def quality_tab(view: View) -> None:
    """Draws it."""

    def look(reader: Reader, progress: Progress) -> QualityReport:
        return quality_report(reader, view.query, sender_of, progress)

    found = computed("quality", view.entry, look, view.query, doing="Checking the messages…")
    if found is None:
        return
    if not found.messages:
        if view.is_whole:
            st.caption("No message has been recorded in this session.")
        else:
            st.caption("No message of the chosen topics lies in this stretch. Choose others, or a longer stretch.")
        return
    if view.entry.metadata is not None and PROVENANCE in view.entry.metadata.extra:
        hint(CUT)
    metrics(_figures(found), EXPLAINED)
    if view.include or view.exclude:
        st.caption(":material/info: Of the chosen topics only: numbers that several topics share are not looked at.")
    _silences(view, found)
    _jumps(view, found)
    _repeats(view, found)
    _disagreeing(view, found)
    _clocks(view, found)


def _figures(found: QualityReport) -> dict[str, str]:
    return {
        "Messages": fmt.number(found.messages),
        "Gaps": fmt.number(len(found.gaps)),
        "Silences": fmt.number(len(found.silences)),
        "Missing": fmt.number(found.missing) if found.sequences else fmt.NOTHING,
        "Came twice": fmt.number(found.repeats),
        "Wrong time": fmt.number(found.disagreeing) if found.timed else fmt.NOTHING,
        "Drifting clocks": fmt.number(len(found.drifting)) if found.timed else fmt.NOTHING,
    }


def _section(title: str, nothing: str, rows: Sequence[object]) -> bool:
    """The heading; what to say instead of a table, if there is nothing to show."""
    st.subheader(title, anchor=False)
    if not rows:
        st.caption(f":material/check: {nothing}")
    elif len(rows) > MOST_ROWS:
        st.caption(f":material/info: The first {MOST_ROWS:,} of {fmt.number(len(rows))}.")
    return bool(rows)


def _key(view: View, name: str) -> str:
    return f"{Key.QUALITY_TABLE}-{name}-{view.entry.id}-{hash(view.query)}"


def _silences(view: View, found: QualityReport) -> None:
    rows: list[tuple[float, float, str, int | None]] = [
        (gap.span.start_s, gap.span.duration_s, f"no connection: {gap.span.text}".rstrip(": "), gap.after_id)
        for gap in found.gaps
    ]
    rows += ((one.start_s, one.seconds, "silence", one.after_id) for one in found.silences)
    rows.sort(key=lambda row: row[0])
    if not _section("Gaps and silences", "No loss of the connection was noted, no silence is unusual.", rows):
        return
    rows = rows[:MOST_ROWS]
    table = pd.DataFrame(
        {
            "From": [fmt.offset(start_s) for start_s, *_ in rows],
            f"Time ({zone().key})": [_moment(view, start_s) for start_s, *_ in rows],
            "Seconds": [round(seconds, 1) for _, seconds, *_ in rows],
            "What": [what for _, _, what, _ in rows],
            "First message after": [after_id for *_, after_id in rows],
        }
    )
    links = [None if after_id is None else (view.entry, after_id) for *_, after_id in rows]
    linked_rows(_key(view, "silences"), table, links)


def _moment(view: View, offset_s: float) -> str:
    return fmt.moment(view.origin_ns + round(offset_s * NS_PER_SECOND), zone(), fraction=True)


def _jumps(view: View, found: QualityReport) -> None:
    nothing = "No number is left out." if found.sequences else "No field of these messages counts them."
    jumps = sorted(((one, jump) for one in found.sequences for jump in one.jumps), key=lambda pair: pair[1].at_ns)
    if not _section("Numbers that jump", nothing, jumps):
        return
    st.caption(
        f"{fmt.counted(len(found.sequences), 'field')} of these messages count them. A message that comes late fills "
        "its hole; of several counters on a topic the one that misses most counts."
    )
    rows = jumps[:MOST_ROWS]
    table = pd.DataFrame(
        {
            f"Time ({zone().key})": [fmt.moment(jump.at_ns, zone(), fraction=True) for _, jump in rows],
            "Topic": [one.topic for one, _ in rows],
            "Field": [one.field for one, _ in rows],
            "From": [str(jump.before) for _, jump in rows],
            "To": [str(jump.after) for _, jump in rows],
            "Left out": [jump.missing for _, jump in rows],
        }
    )
    findings(view, _key(view, "jumps"), table, [jump.message_id for _, jump in rows], {"Topic": TOPIC})


def _repeats(view: View, found: QualityReport) -> None:
    repeats = [(topic, repeat) for topic in found.repeating for repeat in topic.named]
    if not _section("Messages that came twice", "No message is known to have come twice.", repeats):
        return
    rows = repeats[:MOST_ROWS]
    table = pd.DataFrame(
        {
            f"Time ({zone().key})": [fmt.moment(one.at_ns, zone(), fraction=True) for _, one in rows],
            "Topic": [topic.topic for topic, _ in rows],
            "After the first (ms)": [round(one.after_ms, 1) for _, one in rows],
            "First message": [one.first_id for _, one in rows],
            "Again": [one.message_id for _, one in rows],
            "On this topic": [f"{topic.repeats:,} of {topic.messages:,}" for topic, _ in rows],
        }
    )
    findings(view, _key(view, "repeats"), table, [one.message_id for _, one in rows], {"Topic": TOPIC})


def _disagreeing(view: View, found: QualityReport) -> None:
    wrong = [(clock, one) for clock in found.clocks for one in clock.examples]
    nothing = "The times in the messages fit their arrival." if found.timed else NO_TIMES
    if not _section("Times that do not fit the arrival", nothing, wrong):
        return
    st.caption("The worst of each topic: by how much a message's own time differs from what is usual on its topic.")
    rows = wrong[:MOST_ROWS]
    table = pd.DataFrame(
        {
            f"Arrival ({zone().key})": [fmt.moment(one.at_ns, zone(), fraction=True) for _, one in rows],
            "Topic": [clock.topic for clock, _ in rows],
            "Field": [clock.field for clock, _ in rows],
            "Deviation": [apart(one.deviation_ms) for _, one in rows],
            "Message": [one.message_id for _, one in rows],
            "On this topic": [f"{clock.disagreeing:,} of {clock.messages:,}" for clock, _ in rows],
        }
    )
    findings(view, _key(view, "times"), table, [one.message_id for _, one in rows], {"Topic": TOPIC})


def _clocks(view: View, found: QualityReport) -> None:
    if not _section("Clocks of the senders", NO_TIMES, found.clocks):
        return
    _tell_clocks(found)
    off = found.recorder_off_ms
    said = {one: _words(one, off or 0.0) for one in found.clocks}
    rows = sorted(found.clocks, key=lambda one: (one.frozen, not said[one]))[:MOST_ROWS]
    table = pd.DataFrame(
        {
            "Sender": [one.sender for one in rows],
            "Topic": [one.topic for one in rows],
            "Field": [one.field for one in rows],
            "Messages": [one.messages for one in rows],
            "Ahead of the arrival": [apart(one.ahead_ms) for one in rows],
            "Drift (ms/h)": [_drift(one) for one in rows],
            "What is to be said": [said[one] for one in rows],
        }
    )
    findings(view, _key(view, "clocks"), table, [one.last_id for one in rows], {"Topic": TOPIC})
    st.caption(
        "A message is usually some milliseconds behind: it takes its time. A drift is said only with evidence enough: "
        "at least 30 messages over a minute, zero not among what is possible, and more than delays explain."
    )


def _tell_clocks(found: QualityReport) -> None:
    if found.recorder_off_ms is not None:
        hint(
            f"The times in the messages of most senders are {apart(found.recorder_off_ms)} off their arrival, and "
            "agree with each other: either the clock that they are set by was wrong, or the recorder's, or the "
            "recording was imported with another time zone."
        )
    for clock in found.drifting:
        line = clock.drift
        assert line is not None, "only a clock with a line drifts"
        hint(
            f"The clock of {clock.sender} goes {'fast' if line.ms_per_h > 0 else 'slow'} by "
            f"{abs(line.ms_per_h):,.0f} ms per hour (with 95 % certainty between {line.low:+,.0f} and "
            f"{line.high:+,.0f}), as {fmt.counted(line.points, 'message')} on {clock.topic} show."
        )


def _drift(clock: SenderClock) -> str:
    line = clock.drift
    if line is None:
        return fmt.NOTHING
    return f"{line.ms_per_h:+,.0f}  ({line.low:+,.0f} … {line.high:+,.0f})"


def _words(clock: SenderClock, off_ms: float) -> str:
    if clock.frozen:
        return "stands still: not the time of the message"
    own_ms = clock.ahead_ms - off_ms
    said = []
    if abs(own_ms) > NEAR_ZONE_MS:
        halves = own_ms / HALF_HOUR_MS
        zoned = abs(own_ms - round(halves) * HALF_HOUR_MS) < NEAR_ZONE_MS and abs(halves) < 30
        said.append("another time zone?" if zoned else "differs from most" if off_ms else "set wrong")
    if clock.drift is not None and clock.drift.sure:
        said.append("drifts")
    return ", ".join(said)


def apart(milliseconds: float) -> str:
    """`+12 ms`, `-1 h 00 min`."""
    if abs(milliseconds) < 10_000:
        return f"{milliseconds:+,.0f} ms"
    return f"{'-' if milliseconds < 0 else '+'}{fmt.duration(abs(milliseconds) / 1_000)}"
