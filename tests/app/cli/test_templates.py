"""templates and validate: what is learned from one session is asked of another."""

from __future__ import annotations

import json
from pathlib import Path

from core.message import Message
from tests.app.cli.program import Program
from tests.app.cli.sessions import message, write_session

TOPIC = "plant/dev{}/state"


def states(count: int, device: int = 1, **fields: object) -> list[Message]:
    """Messages of one device, one each millisecond."""
    return [
        message(
            number,
            TOPIC.format(device),
            payload=json.dumps({"device": f"dev{device}", "level": number / 2, **fields}).encode(),
        )
        for number in range(count)
    ]


def test_what_is_learned_accepts_another_device_and_says_what_is_wrong(program: Program, tmp_path: Path) -> None:
    write_session(program.sessions, "Learned", states(5))
    write_session(program.sessions, "Good", [*states(4, device=2), message(9, "other/topic")])
    write_session(program.sessions, "Bad", [*states(3, level="high"), *states(1)])
    folder = tmp_path / "out"
    wrote = program.run("templates", "Learned", "-o", str(folder))
    assert wrote.code == 0, wrote
    assert sorted(path.name for path in folder.iterdir()) == ["plant-device-state.schema.json", "templates.yaml"]
    good = program.run("validate", "Good", "--templates", str(folder), "--json")
    assert good.code == 0
    expected = {"checked": 4, "accepted": 4, "rejected": 0, "unknown_topics": 1, "violations": []}
    assert {name: good.json[name] for name in expected} == expected
    bad = program.run("validate", "Bad", "--templates", str(folder), "--json")
    assert bad.code == 3
    assert (bad.json["accepted"], bad.json["rejected"]) == (1, 3)
    assert bad.json["violations"] == [
        {"topic": "plant/dev1/state", "path": "$.level", "reason": "is string, not number", "count": 3, "first_id": 1}
    ]
    assert "$.level" in program.run("validate", "Bad", "--templates", str(folder)).out


def test_json_has_the_pattern_the_fields_and_the_schema(program: Program) -> None:
    write_session(program.sessions, "First", states(3))
    write_session(program.sessions, "Second", states(3, device=2))
    (template,) = program.run("templates", "First", "Second", "--json").json
    assert (template["topic"], template["filter"]) == ("plant/{device}/state", "plant/+/state")
    assert template["parts"] == {"device": ["dev1", "dev2"]}
    level = next(field for field in template["fields"] if field["path"] == "$.level")
    assert (level["kind"], level["types"], level["required"]) == ("measurement", ["number"], True)
    assert level["seen"] == [0.0, 1.0]
    assert template["schema"]["required"] == ["device", "level"]


def test_templates_that_are_not_there_or_broken_are_one_sentence(program: Program, tmp_path: Path) -> None:
    write_session(program.sessions, "One", states(1))
    broken = tmp_path / "broken.yaml"
    broken.write_text("templates: [{topic: a/#}]")
    for place, words in (
        (tmp_path / "absent", "no templates at"),
        (broken, "broken.yaml"),
        (tmp_path / "sessions", ""),
    ):
        result = program.run("validate", "One", "--templates", str(place))
        assert result.code == 2
        assert words in result.error_line
