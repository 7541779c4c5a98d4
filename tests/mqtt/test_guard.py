"""Who is killed takes the broker that it started along; who ends in order has ended it before."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from mqtt.connection_test import test_connection as check_connection
from mqtt.environments import environment_for_url
from mqtt.guard import Guard
from mqtt.problems import Problem
from tests.brokers import ROOT

PATIENCE = 30.0
STARTS_A_BROKER = """
import sys, threading
from mqtt.local_broker import start_private
print(start_private().url, flush=True)
threading.Event().wait()
"""


def until(condition: Callable[[], bool]) -> None:
    never = threading.Event()
    for _ in range(int(PATIENCE * 20)):
        if condition():
            return
        never.wait(0.05)
    raise AssertionError("it did not come to pass")


def test_a_killed_program_leaves_neither_its_broker_nor_a_file_behind(tmp_path: Path):
    command, surroundings = [sys.executable, "-c", STARTS_A_BROKER], {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        broker = environment_for_url(program.stdout.readline().strip())
        assert check_connection(broker, PATIENCE).ok
        assert list(tmp_path.iterdir()) != []
        program.kill()
    until(lambda: check_connection(broker, PATIENCE).problem is Problem.REFUSED)
    until(lambda: list(tmp_path.iterdir()) == [])


def test_a_dismissed_guard_leaves_process_and_folder_alone(tmp_path: Path):
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as process:
        guard = Guard(process.pid, str(tmp_path))
        guard.dismiss()
        guard.dismiss()
        assert process.poll() is None
        assert tmp_path.is_dir()
    assert process.returncode == 0
