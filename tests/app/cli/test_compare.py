"""compare: whether a session is a faithful copy of another, and what differs, for people and for programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.catalog import Catalog
from tests.app.cli.program import Program
from tests.app.cli.sessions import message, write_session

SHAPE = {"same", "missing", "extra", "changed", "out_of_order", "timing_error_ms", "faithful"}


def test_a_copy_ends_with_0_and_what_is_none_with_3(program: Program) -> None:
    messages = [message(number, payload=b"%d" % number) for number in range(20)]
    write_session(program.sessions, "Original", messages)
    write_session(program.sessions, "Copy", messages)
    edited = [*messages[:3], *messages[4:8], messages[8]._replace(payload=b"other"), *messages[9:]]
    late = edited[-1]._replace(at_ns=edited[-1].at_ns + 300_000_000)
    write_session(program.sessions, "Edited", [*edited[:-1], late])
    faithful = program.run("compare", "Original", "Copy", "--json")
    assert faithful.code == 0, faithful.err
    assert faithful.json.keys() >= SHAPE
    assert (faithful.json["faithful"], faithful.json["same"]) == (True, 20)
    found = program.run("compare", "Original", "Edited", "--json", "--timing-tolerance", "250")
    assert found.code == 3
    counts = {name: found.json[name] for name in SHAPE - {"timing_error_ms"}}
    expected = {"same": 18, "missing": 1, "extra": 0, "changed": 1, "out_of_order": 0, "faithful": False}
    assert counts == expected
    assert found.json["timing_error_ms"] == {"p50": 0.0, "p99": pytest.approx(300, rel=0.01), "max": 300.0}
    assert [one["kind"] for one in found.json["differences"]] == ["missing", "changed"]
    for_people = program.run("compare", "Original", "Edited", "--topic", "#", "--strict")
    assert for_people.code == 3
    assert "18 same, 1 missing, 0 extra, 1 changed, 0 out of order" in for_people.out
    assert "B is no faithful copy of A. 1 message is only in A." in for_people.out
    assert "Course" not in for_people.out


def test_only_some_topics_are_compared_and_wrong_usage_is_said(program: Program) -> None:
    write_session(program.sessions, "One", [message(1, "a/x"), message(2, "b/x")])
    write_session(program.sessions, "Two", [message(1, "a/x"), message(2, "c/x")])
    assert program.run("compare", "One", "Two", "--topic", "a/#", "--exclude", "c/#").code == 0
    nothing = program.run("compare", "One", "Two", "--strict", "--topic", "typo/#")
    assert nothing.code == 2, "no copy is faithful because nothing was compared"
    assert "Neither session has a message on these topics" in nothing.error_line
    result = program.run("compare", "One", "Two", "--timing-tolerance", "nan")
    assert result.code == 2
    assert result.error_line.startswith("Error: --timing-tolerance takes 0 or more milliseconds")


@pytest.mark.real_data
def test_two_runs_of_the_factory_side_by_side(program: Program, real_recordings: Path) -> None:
    names = ("white-storage-production_20260807_111716.log", "red-storage-production-nok_20260807_113739.log")
    for name in names:
        Catalog(program.sessions).import_file(real_recordings / name)
    found = program.run("compare", "white-storage", "red-storage", "--json").json
    assert found["same"] + found["missing"] + found["changed"] == 1483
    assert found["same"] + found["extra"] + found["changed"] == 1227
    changes = {pair["topic"]: pair["change"] for pair in found["topics"]}
    assert changes["module/v1/ff/SVR4H76449/order"] == "vanished"  # white is drilled, red is milled
    assert changes["module/v1/ff/SVR3QA2098/order"] == "appeared"
    first = found["course"]["first_difference"]
    assert first == {"a": first["a"], "b": None}
    assert first["a"]["label"] == "Order STORAGE WHITE requested"
    assert [(pair["a"]["state"], pair["b"]["state"]) for pair in found["orders"]] == [
        ("FINISHED", "FINISHED"),
        ("FINISHED", "ERROR"),
    ]
