"""`python -m benchmarks`: measures, prints the tables, keeps the figures as JSON."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.analysis import browser
from benchmarks.analysis import run as analysis
from benchmarks.broker import BenchmarkBroker
from benchmarks.contenders import CONTENDERS
from benchmarks.load import ROOT
from benchmarks.machine import describe
from benchmarks.plan import HEADLINE, QUICK, STANDARD, measure
from benchmarks.replays import plan as replays
from benchmarks.results import Report, read, save
from benchmarks.table import as_markdown, as_text
from core.errors import SessionManagerError

KEPT: Final = ROOT / "artefacts" / "benchmarks"
PAGE: Final = ROOT / "docs" / "performance.md"
BEGIN: Final = "<!-- figures: written by `python -m benchmarks --document` -->"
END: Final = "<!-- end of figures -->"
FIGURES: Final = {
    "record": ("capture", "notes", "long_run"),
    "replay": ("replay_timing", "replay_rates", "replay_memory"),
    "analysis": ("analysis",),
}
"""What of a report each part measures."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    options = _options(arguments)
    if options.markdown or options.document:
        if not options.json.is_file():
            print(f"There are no figures in {options.json} yet: run `make bench` first.", file=sys.stderr)
            return 1
        markdown = as_markdown(read(options.json))
        if options.document:
            _put_into(PAGE, markdown)
        else:
            print(markdown)
        return 0
    try:
        report = _measured(options)
    except KeyboardInterrupt:
        print("\nStopped; everything that was started has been ended.", file=sys.stderr)
        return 130
    except SessionManagerError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    report = _with_the_other_parts(report, options)
    save(report, options.json)
    print(as_text(report))
    print(f"\nThe figures are in {options.json}.")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="The recorder, the player and their peers, side by side, and the analysis.",
    )
    parser.add_argument("--quick", action="store_true", help="only 200 B, one short round: about two minutes")
    parser.add_argument("--rounds", type=int, help="how often everything is run, however long it takes")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", choices=[one.name for one in CONTENDERS])
    parser.add_argument(
        "--part", choices=("record", "replay", "analysis"), help="only this part; the others keep their last figures"
    )
    parser.add_argument("--huge", action="store_true", help="analyse 10,000,000 messages, too: 40 more minutes, 6 GB")
    parser.add_argument("--long", type=int, metavar="N", help="messages of the long recording; 0: none")
    parser.add_argument(
        "--json", type=Path, default=KEPT / "latest.json", metavar="FILE", help="where figures are kept"
    )
    parser.add_argument("--markdown", action="store_true", help="measure nothing; print the kept figures as Markdown")
    parser.add_argument("--document", action="store_true", help="measure nothing; put them into docs/performance.md")
    return parser.parse_args(arguments)


def _measured(options: argparse.Namespace) -> Report:
    if not Path("/proc/self/schedstat").exists():
        raise SessionManagerError("The benchmarks read CPU time and memory from Linux's /proc, and there is none here.")
    # Not ignored, whatever started us: children inherit that, and Ctrl-C is how they are ended. SIGTERM tidies up, too.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    plan = QUICK if options.quick else STANDARD
    if options.rounds is not None:
        plan = replace(plan, rounds=options.rounds, within_s=float("inf"))
    if options.long is not None:
        plan = replace(plan, long_messages=options.long)
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="running-", dir=KEPT) as folder:
        report = Report(describe(Path(folder)))
        if options.part in (None, "record"):
            measure(report, plan, Path(folder), _say, options.only)
        if options.part in (None, "replay") and not options.only:
            _replayed(report, options, Path(folder))
        if options.part in (None, "analysis") and not options.only:
            lengths = (*analysis.LENGTHS, analysis.HUGE) if options.huge else analysis.LENGTHS
            report.analysis = analysis.measure(lengths[:2] if options.quick else lengths, Path(folder), _say)
            if not options.quick:
                browser.measure(report.analysis, Path(folder), _say)
    return report


def _replayed(report: Report, options: argparse.Namespace, folder: Path) -> None:
    plan = replays.QUICK if options.quick else replays.STANDARD
    if options.rounds is not None:
        plan = replace(plan, rounds=options.rounds)
    with BenchmarkBroker(folder, HEADLINE.window, HEADLINE.queue) as broker:
        report.replay_timing, report.replay_rates = replays.measure(plan, broker, folder, _say)
        report.replay_memory = replays.measure_lengths(plan, broker, folder, _say)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _with_the_other_parts(report: Report, options: argparse.Namespace) -> Report:
    """What was not measured this time is kept from the last time."""
    if options.part is None or not options.json.is_file():
        return report
    last = read(options.json)
    measured = {name: getattr(report, name) for name in FIGURES[options.part]}
    return replace(last, machine=report.machine, **measured)


def _put_into(page: Path, markdown: str) -> None:
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    page.write_text(f"{before}{BEGIN}\n\n{markdown}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
