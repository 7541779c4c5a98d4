"""The ring in the settings file."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import load_settings
from core.errors import SettingsError
from recorder.ring_rules import Operator


def written(folder: Path, text: str) -> Path:
    file = folder / "session-manager.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_rules_and_times_come_from_the_file(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        '[ring]\nkeep_s = 60\nbefore_s = 20\n[[ring.rules]]\nname = "f"\ntopic = "a/#"\ntest = "above"\nvalue = "3"\n',
    )
    request = load_settings(file).ring.request()
    assert (request.keep_s, request.before_s, request.after_s) == (60.0, 20.0, 30.0)
    assert [(rule.name, rule.operator, rule.value) for rule in request.rules] == [("f", Operator.ABOVE, "3")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[ring]\nkeep_s = 10\n", "'ring'.*what is saved can begin 0 to 10 s before"),
        ("[ring]\nkeep = 10\n", "'ring.keep' is not a setting"),
        (
            '[[ring.rules]]\nname = "f"\ntopic = "a/#/b"\ntest = "above"\nvalue = "3"\n',
            "The rule 'f' cannot be used",
        ),
        ('[[ring.rules]]\nname = "f"\ntopic = "a"\ntest = "bigger"\nvalue = "3"\n', "ring.rules.0.test"),
        ('[ring]\nexclude = ["a/#/b"]\n', "The ring cannot keep this"),
    ],
)
def test_what_makes_no_sense_is_said_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings(written(tmp_path, text))
