"""What is run, in which order, and how long: all contenders in turn, round after round, within a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.broker import BenchmarkBroker
from benchmarks.contenders import CONTENDERS, RECORDER, Contender
from benchmarks.generator import BLOCK
from benchmarks.load import REAL, SIZES, real_recordings
from benchmarks.measuring import MeasurementError
from benchmarks.results import Case, LongRun, Report, Row, Way
from benchmarks.run import Laboratory, Order

HEADLINE: Final = Case("200", 1)
"""The case that the bars speak of."""
FLOWING: Final = replace(HEADLINE, way=Way.FLOW)
MOST: Final = HEADLINE.queue
"""As many messages as mosquitto.conf lets wait: no contender is sent more, however slow, so none need be dropped."""
SHARE: Final = {"4000": 0.25, REAL: 0.5}
"""Of the number of messages, where they are large."""
LONG_PACE: Final = 0.7
"""Of the rate that the recorder was measured with: a recording that lasts, not one that falls behind."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is run."""

    cases: tuple[Case, ...]
    rounds: int
    within_s: float
    """A round is not begun that would end later. The first one is run in any case."""
    seconds: float
    """About how long each contender is kept busy with small messages."""
    long_messages: int


STANDARD_CASES: Final = (
    HEADLINE,
    Case("200", 0),
    FLOWING,
    Case("200", 0, Way.FLOW),
    replace(HEADLINE, window=20),
    replace(FLOWING, window=20, queue=1_000),
    *(Case(load, qos) for load in (SIZES[0], SIZES[2], REAL) for qos in (1, 0)),
)
STANDARD: Final = Plan(STANDARD_CASES, rounds=2, within_s=480.0, seconds=1.5, long_messages=1_500_000)
QUICK: Final = Plan((HEADLINE, FLOWING), rounds=1, within_s=60.0, seconds=0.7, long_messages=200_000)


def measure(report: Report, plan: Plan, folder: Path, say: Say, names: Sequence[str] = ()) -> None:
    """Fills the report; `names`: only these contenders. Raises BrokerError if there is no Mosquitto."""
    contenders = [one for one in CONTENDERS if not names or one.name in names]
    cases = [case for case in plan.cases if case.load != REAL or real_recordings() is not None]
    if len(cases) < len(plan.cases):
        report.notes.append(
            "Left out: the real mix, because there are no recordings (SESSION_MANAGER_REAL_RECORDINGS)."
        )
    report.capture = [Row(case, one.name, one.keeps) for case in cases for one in contenders]
    with ExitStack() as stack:
        laboratories = {
            limits: Laboratory(stack.enter_context(BenchmarkBroker(folder, *limits)), folder)
            for limits in dict.fromkeys(_limits(case) for case in (HEADLINE, *cases))
        }
        _rounds(report, plan, laboratories, say)
        if plan.long_messages and RECORDER in [one.name for one in contenders]:
            report.long_run = _long_run(report, plan, laboratories[_limits(HEADLINE)], say)


def _rounds(report: Report, plan: Plan, laboratories: dict[tuple[int, int], Laboratory], say: Say) -> None:
    by_name = {one.name: one for one in CONTENDERS}
    started, longest = time.monotonic(), 0.0
    for number in range(plan.rounds):
        begun = time.monotonic()
        if number and begun - started + longest > plan.within_s:
            report.notes.append(f"{number} of {plan.rounds} rounds were run: the time was over.")
            return
        for row in report.capture:
            say(f"round {number + 1}: {title(row.case)}: {row.contender}")
            _measure(row, by_name[row.contender], plan, laboratories[_limits(row.case)])
            if row.problem and row.runs:  # without any the table says it
                report.notes.append(f"{row.contender} ({title(row.case)}) failed in round {number + 1}: {row.problem}.")
        longest = max(longest, time.monotonic() - begun)


def _measure(row: Row, contender: Contender, plan: Plan, laboratory: Laboratory) -> None:
    row.problem = contender.why_not(row.case.qos)
    if row.problem:
        return
    try:
        row.runs.append(laboratory.run(contender, Order(row.case, messages_for(contender, row.case, plan)))[0])
    except MeasurementError as error:
        row.problem = str(error)


def _long_run(report: Report, plan: Plan, laboratory: Laboratory, say: Say) -> LongRun | None:
    measured = report.row(FLOWING, RECORDER)
    if measured is None:
        return None
    rate = LONG_PACE * measured.median(lambda run: run.rate)
    say(f"a long recording: {plan.long_messages:,} messages, {rate:,.0f}/s")
    recorder = next(one for one in CONTENDERS if one.name == RECORDER)
    order = Order(FLOWING, plan.long_messages, rate, 3 * plan.long_messages / rate + 60)
    try:
        run, memory = laboratory.run(recorder, order)
    except MeasurementError as error:
        report.notes.append(f"The long recording failed: {error}.")
        return None
    return LongRun(rate, run, tuple(memory))


def messages_for(contender: Contender, case: Case, plan: Plan) -> int:
    """How many messages a contender is sent: whole blocks, enough to be busy for a while, never more than wait at the
    broker.
    """
    wanted = min(MOST, contender.pace * plan.seconds) * SHARE.get(case.load, 1.0)
    return max(1, int(wanted) // BLOCK) * BLOCK


def title(case: Case) -> str:
    """A case for people."""
    what = "real mix" if case.load == REAL else f"{case.load} B"
    limits = "" if case.window == HEADLINE.window else f", only {case.window} messages in flight"
    if case.queue != HEADLINE.queue:
        limits += f" and {case.queue:,} waiting"
    return f"{what}, QoS {case.qos}, {case.way}{limits}"


def _limits(case: Case) -> tuple[int, int]:
    """Cases with the same ones share a broker."""
    return case.window, case.queue
