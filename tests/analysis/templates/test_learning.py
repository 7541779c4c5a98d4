"""Learning: the rules of evidence, on data of plants that have nothing to do with each other."""

from __future__ import annotations

import json
from collections.abc import Iterable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.progress import Cancelled
from analysis.templates import learning
from analysis.templates.checking import violations
from analysis.templates.fields import fields_of, written
from analysis.templates.learning import Learner, learn
from analysis.templates.model import Field, JsonType, Kind, TemplateSet
from analysis.templates.validating import Validator
from analysis.templates.yaml_form import from_yaml, to_yaml
from core.message import LIVE_RETAINED, NS_PER_SECOND, Message
from core.payload import PayloadKind
from tests.analysis.sessions import START_NS, message, message_lists, session
from tests.analysis.templates.strategies import VALUES


def learned(*messages: tuple[str, Any]) -> TemplateSet:
    """From topics and JSON values, a second apart."""
    learner = Learner()
    learner.begin_session("one")
    for number, (topic, value) in enumerate(messages):
        payload = value if isinstance(value, bytes) else json.dumps(value).encode()
        learner.add(Message(topic, payload, 0, 0, START_NS + number * NS_PER_SECOND))
    return learner.templates()


def fields(templates: TemplateSet, topic: str) -> dict[str, Field]:
    """Of one template, by their paths."""
    (template,) = [one for one in templates.templates if str(one.topic) == topic]
    return {written(path): field for path, field in fields_of(template.payload)}


def of_values(values: Iterable[Any], name: str = "x") -> Field:
    """A field that has had these values, one after the other."""
    numbered = ({"n": number, name: value} for number, value in enumerate(values))
    return fields(learned(*(("a/b", value) for value in numbered)), "a/b")[f"$.{name}"]


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("x", ["v"] * 3, Kind.CONSTANT),
        ("x", ["v"] * 2, Kind.TEXT),
        ("x", ["red", "green", "blue"] * 5, Kind.ENUMERATION),
        ("x", ["red", "green", "blue"] * 4, Kind.TEXT),
        ("x", ["on", "off"] * 49, Kind.TEXT),
        ("x", ["on", "off"] * 50, Kind.ENUMERATION),
        ("x", ["red"] * 20 + ["green"] * 20 + ["blue"] * 20, Kind.TEXT),
        ("x", ["red", "green"] + ["blue"] * 101, Kind.ENUMERATION),
        ("x", ["RED", "GREEN", "BLUE", "lightUp", "fadeOut", "blinkTwice"] * 15, Kind.ENUMERATION),
        ("x", ["RED", "GREEN", "BLUE", "lightUp"] * 100, Kind.TEXT),
        ("x", ["RED", "lightUp"] * 100, Kind.TEXT),
        ("x", [""] * 200, Kind.CONSTANT),
        ("x", ["red"] + ["blue"] * 101, Kind.TEXT),
        ("x", [*["red", "green"] * 15, "blue"], Kind.ENUMERATION),
        ("x", [*["red", "green"] * 5, "blue"], Kind.TEXT),
        ("x", [True, False], Kind.ENUMERATION),
        ("x", [f"dev{number}a" for number in range(9)], Kind.IDENTIFIER),
        ("x", ["192.168.0.1", "192.168.0.2", "10.0.0.1"], Kind.IDENTIFIER),
        ("x", ["1.2.0", "1.3.0", "2.0.0"] * 40, Kind.TEXT),
        ("orderId", ["one", "two"], Kind.IDENTIFIER),
        ("paid", ["one", "two"], Kind.TEXT),
        ("x", ["2026-08-07T09:11:27.5Z", "2026-08-07 09:11:28"], Kind.TIMESTAMP),
        ("x", [START_NS // 1_000_000, START_NS // 1_000_000 + 5, 0], Kind.TIMESTAMP),
        ("x", [1_000_000_000_000, 1_000_000_000_001], Kind.MEASUREMENT),
        ("x", [1, 2.5], Kind.MEASUREMENT),
        ("x", [f"{number} words and more" for number in range(50)], Kind.TEXT),
        ("x", [None, None, None], Kind.UNKNOWN),
        ("x", [[], []], Kind.STRUCTURE),
    ],
)
def test_the_kind_of_a_field(name: str, values: list[Any], kind: Kind) -> None:
    assert of_values(values, name).kind is kind


def test_a_repeated_message_is_no_evidence() -> None:
    once = learned(("a/b", {"x": "v"}), ("a/b", {"x": "v"}), ("a/b", {"x": "v"}), ("a/b", {"x": "v"}))
    assert not fields(once, "a/b")["$.x"].required
    assert once.templates[0].messages == 4


def test_a_field_is_required_when_three_messages_have_it_and_all_do() -> None:
    found = fields(learned(("a", {"n": 1, "x": 0}), ("a", {"n": 2, "x": 0}), ("a", {"n": 3})), "a")
    assert (found["$.n"].required, found["$.x"].required) == (True, False)
    assert not fields(learned(("a", {"n": 1}), ("a", {"n": 2})), "a")["$.n"].required


@pytest.mark.parametrize(("sorts", "required"), [(1, False), (2, False), (3, True)])
def test_what_commands_have_with_them_is_required_once_three_sorts_of_them_had_it(sorts: int, required: bool) -> None:
    """Parameters of the one or two commands that a session shows say nothing about those of a third."""
    sent = [{"command": f"do{'abc'[n % sorts]}", "with": {"speed": n}, "n": n} for n in range(400)]
    found = fields(learned(*(("a/b", one) for one in sent)), "a/b")
    assert (found["$.with"].required, found["$.with.speed"].required) == (required, required)
    assert (found["$.command"].required, found["$.n"].required) == (True, True)
    assert (JsonType.NULL in found["$.with"].types) is not required


def test_the_same_thing_in_a_list_again_and_again_is_one_thing() -> None:
    """So nothing is known about when it was set up, but its state is always there."""

    def found(devices: int) -> dict[str, Field]:
        values = (
            [{"id": f"d{one}", "since": "2026-01-02T03:04:05Z", "load": number} for one in range(devices)]
            for number in range(20)
        )
        return fields(learned(*(("a", value) for value in values)), "a")

    one, five = found(1), found(5)
    assert [one[f"$[*].{name}"].required for name in ("load", "since", "id")] == [True, False, False]
    assert [five[f"$[*].{name}"].required for name in ("load", "since", "id")] == [True, True, True]


def test_fields_of_one_name_share_their_words() -> None:
    """What is seen in one place may occur in another: a topic with few messages learns from those with many."""
    many = [("a/order", {"n": number, "colour": ["red", "green", "blue", "white"][number % 4]}) for number in range(40)]
    few = [("b/stock", {"n": number, "colour": ["red", "green", "blue"][number]}) for number in range(3)]
    found = fields(learned(*many, *few), "b/stock")["$.colour"]
    assert found.kind is Kind.ENUMERATION
    assert found.values == ("blue", "green", "red", "white")


@pytest.mark.parametrize(
    ("topics", "patterns"),
    [
        (["z2m/0x00158d0001", "z2m/0x00158d0002", "z2m/bridge"], ["z2m/bridge", "z2m/{id}"]),
        (["site1/dev7/t", "site1/dev8/t", "site2/dev7/t"], ["{id}/{id2}/t"]),
        (["plants/p1/t"], ["plants/p1/t"]),
        (
            [f"rooms/{name}/t" for name in ("hall", "bath", "attic")],
            [f"rooms/{n}/t" for n in ("attic", "bath", "hall")],
        ),
        ([f"rooms/{name}/t" for name in "abcdefgh"], ["rooms/{room}/t"]),
        (["a/{x}", "a/b/"], ["a/b/", "a/{{x}"]),
    ],
)
def test_levels_that_name_one_of_many_become_parts(topics: list[str], patterns: list[str]) -> None:
    templates = learned(*((topic, {"t": number}) for topic in topics for number in range(2)))
    assert [str(template.topic) for template in templates.templates] == patterns


def test_a_level_that_a_field_repeats_is_called_after_it() -> None:
    templates = learned(*(("m/v1/SN4711/state", {"serial": "SN4711", "n": number}) for number in range(3)))
    assert [str(template.topic) for template in templates.templates] == ["m/v1/{serial}/state"]
    assert templates.templates[0].parts == (("serial", ("SN4711",)),)
    assert templates.templates[0].topic.filter == "m/v1/+/state"


def test_devices_whose_messages_differ_have_templates_of_their_own() -> None:
    templates = learned(("v/s1/state", {"a": 1, "b": 2, "c": 3}), ("v/s2/state", {"a": 1, "d": 2, "e": 3}))
    assert [str(template.topic) for template in templates.templates] == ["v/s1/state", "v/s2/state"]


def test_an_object_whose_names_are_data_has_one_field_for_all() -> None:
    values = ({f"dev{one}x": {"t": number} for one in range(6)} for number in range(3))
    found = fields(learned(*(("a", value) for value in values)), "a")
    assert list(found) == ["$", "$.*", "$.*.t"]


def test_payloads_that_are_no_json_are_text_or_binary() -> None:
    texts = learned(*(("a", text.encode()) for text in ["OPEN", "CLOSED", "STUCK"] * 5), ("b", b"\xff\xfe"))
    assert [template.payloads for template in texts.templates] == [(PayloadKind.TEXT,), (PayloadKind.BINARY,)]
    assert texts.templates[0].payload.values == ("CLOSED", "OPEN", "STUCK")
    assert [one.reason for one in violations(texts.templates[0], b"HALF")] == ["'HALF' is none of CLOSED, OPEN, STUCK"]
    assert [one.reason for one in violations(texts.templates[1], b"text")] == ["the payload is text, not binary"]


def test_what_a_broker_stores_may_be_deleted() -> None:
    with session([message("a", number, b"%d" % number, retain=LIVE_RETAINED) for number in range(3)]) as reader:
        (template,) = learn([reader]).templates
    assert not list(violations(template, b""))
    assert template.payload.types == (JsonType.NUMBER,)


@given(st.lists(VALUES, max_size=8))
def test_a_template_accepts_what_it_was_learned_from(values: list[Any]) -> None:
    for template in learned(*(("a", value) for value in values)).templates:
        for value in values:
            assert not list(violations(template, json.dumps(value).encode()))


@given(message_lists())
def test_any_messages_can_be_learned_and_all_are_accepted(messages: list[Message]) -> None:
    learner = Learner()
    for one in messages:
        learner.add(one)
    templates = learner.templates()
    assert sum(template.messages for template in templates.templates) == len(messages)
    validator = Validator(templates)
    for number, one in enumerate(messages):
        validator.add(number, one.topic, one.payload)
    assert (validator.report().accepted, validator.report().checked) == (len(messages), len(messages))


ODD = st.sampled_from(["dev1", "x{1}", "{1}", "{{", "", "ä1", "0x00158d00", "a b1", "1+", "#2"])


@given(st.lists(st.tuples(ODD, ODD, st.dictionaries(ODD, ODD, max_size=3)), max_size=6))
def test_what_is_learned_from_odd_names_can_be_saved(sent: list[tuple[str, str, dict[str, str]]]) -> None:
    templates = learned(*((f"{first}/{second}", value) for first, second, value in sent))
    assert from_yaml(to_yaml(templates)) == templates


def test_memory_does_not_grow_with_what_strangers_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """Topics and fields beyond the limits are taken together or counted."""
    monkeypatch.setattr(learning, "MOST_TOPICS", 20)
    monkeypatch.setattr(learning, "MOST_FIELDS", 500)
    random = Random(1)
    topics = [f"t/{random.choice('abcdefgh')}{random.choice('xyz')}{number}/{number}" for number in range(200)]
    words = ["".join(random.choices("abcdefgh", k=8)) for _ in range(200)]
    learner = Learner()
    for topic in [*topics, *words]:
        learner.add(Message(topic, json.dumps({str(random.random()): [{}, "x"]}).encode(), 0, 0, 0))
    templates = learner.templates()
    assert len(templates.templates) <= 40
    assert templates.left_out == 400 - sum(template.messages for template in templates.templates) > 0
    assert sum(1 for template in templates.templates for _ in fields_of(template.payload)) <= 500 + 40


def test_learning_says_how_far_it_is_and_can_be_cancelled() -> None:
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        if done > 1_500:
            raise Cancelled

    many = [message("a", number / 1_000, b"%d" % number) for number in range(1_200)]
    with session(many) as first, session(many) as second, pytest.raises(Cancelled):
        learn([first, second], progress=progress)
    assert told == [(0, 2_400), (1_000, 2_400), (1_200, 2_400), (1_200, 2_400), (2_200, 2_400)]
