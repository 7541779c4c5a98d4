"""How soon the pages stand in a real browser: from the address until they are painted, in a new browser each time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.analysis.rows import AnalysisRow, Took
from benchmarks.broker import BenchmarkBroker
from benchmarks.plan import HEADLINE
from benchmarks.wire import HOST
from core.errors import SessionManagerError
from mqtt.local_broker import free_port

if TYPE_CHECKING:
    from playwright.sync_api import BrowserType, Page

ROUNDS: Final = 3
LONGEST_MS: Final = 60_000
PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS: Final = ("--disable-gpu", "--no-sandbox", "--no-first-run", "--disable-background-networking")

FIGURES: Final = "in a browser: Timeline, its figures"
PICTURE: Final = "in a browser: Timeline, its picture"
ZOOM: Final = "in a browser: a zoom step, from the click until it is painted"
_PLOT: Final = "document.querySelectorAll('.js-plotly-plot')"
_FIGURES_DRAWN: Final = (
    f"{_PLOT}.length > 1 && {_PLOT}[0].querySelector('.barlayer .point') "
    f"&& {_PLOT}[1].querySelector('.heatmaplayer image, .scatterlayer .point')"
)
FIRST: Final = {
    "in a browser: Overview": ("Overview", "document.querySelector('.activity .bars')"),
    PICTURE: ("Timeline", "document.querySelector('.first .lanes')?.complete"),
    FIGURES: ("Timeline", _FIGURES_DRAWN),
    "in a browser: Messages": ("Messages", "document.querySelector('[data-testid=stDataFrame] canvas')"),
}
"""What is measured: the tab, and how it is seen that it is there."""
STEPS: Final = (*FIRST, ZOOM)

# Painted is what was there in a frame, and the frame is done when a message that was sent in it arrives.
_PAINTED: Final = """
window.painted = 0;
window.awaitPainted = (there) => {
  const look = () => {
    if (!there()) return requestAnimationFrame(look);
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { window.painted = performance.now(); };
      channel.port2.postMessage(0);
    });
  };
  requestAnimationFrame(look);
};"""
_ZOOM_IN: Final = f"""() => {{
  const range = () => String({_PLOT}[1]?._fullLayout?.xaxis?.range);
  const before = range();
  document.querySelector('[class*="timeline_zoom-zoom_in"] button').addEventListener('click', () => {{
    window.clicked = performance.now();
    window.painted = 0;
    window.awaitPainted(() => range() !== before && {_FIGURES_DRAWN});
  }}, {{capture: true, once: true}});
}}"""

Say = Callable[[str], None]


def measure(rows: Sequence[AnalysisRow], folder: Path, say: Say, rounds: int = ROUNDS) -> None:
    """Adds STEPS to each row, whose session lies in `folder`; says so and adds none where there is no browser."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        say("pages in a browser: left out, for there is no Chromium, or no Playwright to drive it")
        return
    with sync_playwright() as playwright, _app(folder) as (url, process):
        for row in rows:
            for number in range(rounds):
                say(f"round {number + 1}: pages of {row.messages:,} messages in a browser")
                for name in STEPS:
                    opened = _opened(playwright.chromium, program, f"{url}/analyse?session=analysis_{row.messages}")
                    with opened as open_tab:
                        row.steps.setdefault(name, []).append(_took(open_tab, name, process.pid))


def _took(open_tab: Callable[[str, str], Page], name: str, pid: int) -> Took:
    """One of STEPS, and the CPU seconds that the app needed for it."""
    tab, there = FIRST[FIGURES if name == ZOOM else name]
    before = _cpu_s(pid)
    page = open_tab(tab, there)
    if name != ZOOM:
        return Took(page.evaluate("painted") / 1_000, _cpu_s(pid) - before)
    page.wait_for_load_state("networkidle")
    page.evaluate(_ZOOM_IN)
    before = _cpu_s(pid)
    page.get_by_test_id("stButton").locator("button:has-text('zoom_in')").first.click()
    page.wait_for_function("window.clicked && painted > clicked")
    return Took(page.evaluate("painted - clicked") / 1_000, _cpu_s(pid) - before)


@contextmanager
def _opened(kind: BrowserType, program: str, address: str) -> Iterator[Callable[[str, str], Page]]:
    """A browser that knows nothing yet; called with a tab it opens that, and waits until `there` is painted."""
    browser = kind.launch(executable_path=program, args=list(ARGUMENTS))

    def open_tab(tab: str, there: str) -> Page:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(LONGEST_MS)
        page.add_init_script(f"{_PAINTED} awaitPainted(() => {there});")
        page.goto(f"{address}&tab={tab}", wait_until="commit")
        page.wait_for_function("painted > 0")
        return page

    try:
        yield open_tab
    finally:
        browser.close()


@contextmanager
def _app(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The app as users start it, on the sessions in `folder`: its address, and its process."""
    with BenchmarkBroker(folder, HEADLINE.window, HEADLINE.queue) as broker:
        port, program = free_port(), Path(sys.executable).with_name("session-manager")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SESSION_MANAGER_")}
        environment |= {
            "SESSION_MANAGER_SESSIONS_FOLDER": str(folder),
            "SESSION_MANAGER_ENVIRONMENTS__REPLAY__URL": f"mqtt://{HOST}:{broker.port}",
        }
        process = subprocess.Popen([str(program), "up", "--port", str(port)], env=environment, cwd=folder,
                                   stdout=subprocess.DEVNULL)  # fmt: skip
        try:
            _await(f"http://{HOST}:{port}/api/health", process)
            yield f"http://{HOST}:{port}", process
        finally:
            process.terminate()
            process.wait()


def _await(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + LONGEST_MS / 1_000
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310  ours, on the loopback
                return
        except OSError:
            time.sleep(0.1)
    raise SessionManagerError("The app did not start: its pages cannot be measured.")


def _cpu_s(pid: int) -> float:
    """Of a process so far, as the operating system counts it (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
