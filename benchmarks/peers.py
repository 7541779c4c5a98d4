"""The recorders from PyPI that ours is compared with, in a virtual environment of their own that is kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / ".venv"
PACKAGES: Final = ("mqtt-recorder==1.3.0", "mqtt-logger==0.3.6")
"""Their newest releases. Both need paho-mqtt 1.6, so they cannot live in the project's own environment."""
PATIENCE_S: Final = 300.0


def install() -> str:
    """Makes the environment unless it is there. Returns why that failed, empty if it did not."""
    stamp = FOLDER / "installed"
    wanted = "\n".join(PACKAGES)
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return ""
    pip = [str(program("python")), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *PACKAGES]
    for command in ([sys.executable, "-m", "venv", "--clear", str(FOLDER)], pip):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        except subprocess.TimeoutExpired:
            return f"could not be installed within {PATIENCE_S:g} s"
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            return f"could not be installed: {said[-1] if said else 'pip failed without a word'}"
    stamp.write_text(wanted, encoding="utf-8")
    return ""


def program(name: str) -> Path:
    """A program of that environment."""
    return FOLDER / "bin" / name
