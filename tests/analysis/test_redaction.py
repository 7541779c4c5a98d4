"""What is to be hidden occurs nowhere in a redacted copy, and everything else is as it was."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.pictures import pictures
from analysis.redaction import PICTURE, Redacted
from analysis.redaction_rules import RedactionRules, read_rules
from core.errors import UsageError
from core.message import Message, Properties
from store.copying import copy_as
from store.events import Event, EventKind
from store.parts import open_session
from store.verify import verify
from tests.analysis.sessions import START_NS, message, session, write_session

SECRET = "Müller & Söhne-4711"
BITS = st.text(min_size=4, max_size=12)


def redacted(messages: list[Message], rules: RedactionRules) -> list[Message]:
    with session(messages) as reader:
        return [item for item in Redacted(reader, rules).items() if isinstance(item, Message)]


def payload_of(payload: bytes, **rules: Any) -> bytes:
    return redacted([message(payload=payload)], RedactionRules(**rules))[0].payload


def everywhere(folder: Path, secret: str) -> Path:
    """A session with a secret in every place where a text can be."""
    properties = Properties(
        content_type=secret,
        response_topic=f"r/{secret}",
        correlation_data=secret.encode(),
        user_properties=((secret, secret),),
    )
    payloads = [
        json.dumps({"who": secret}).encode(),
        json.dumps({"a": [{secret: f"by {secret}!"}], "inner": json.dumps({"x": secret})}, ensure_ascii=False).encode(),
        f"plain {secret}".encode(),
        b"\xff\x00" + secret.encode() + b"\xfe",
        secret.encode(),
    ]
    messages = [Message(f"a/{secret}/b", one, 1, 0, START_NS + at, properties) for at, one in enumerate(payloads)]
    return write_session(folder, messages, [Event(START_NS, EventKind.MARK, secret, {"by": secret})])


@settings(max_examples=settings().max_examples // 2)  # each writes a session, and copies it
@given(BITS.filter(lambda text: text.isprintable() and not set(text) & set("/+#\0")))
def test_a_secret_never_occurs_in_the_copy(tmp_path_factory: pytest.TempPathFactory, bits: str) -> None:
    """Not in a payload, topic, property, mark or name, nor anywhere else in both files."""
    folder = tmp_path_factory.mktemp("secret")
    secret = f"Ω{bits}4711"
    with open_session(everywhere(folder, secret)) as reader:
        copy_as(Redacted(reader, RedactionRules(fields=("who",))), folder / "copy.db")
    forms = {
        form.encode()
        for form in (secret, secret.upper(), json.dumps(secret)[1:-1], json.dumps(json.dumps(secret))[2:-2])
    }
    for suffix in (".db", ".log"):
        data = (folder / f"copy{suffix}").read_bytes()
        assert [form for form in forms if form in data] == []
    assert verify(folder / "copy.db").problems == []


def test_metadata_is_redacted_too(tmp_path: Path) -> None:
    db = write_session(tmp_path, [message(payload=b'{"who":"Line 1"}')])
    with open_session(db) as reader:
        done = Redacted(reader, RedactionRules(fields=("who",), texts=("A session",))).metadata(None, None)
    assert (done.name, done.source) == ("text-1 (redacted)", "who-1")


def test_the_same_secret_has_the_same_placeholder_and_types_stay() -> None:
    payload = b'{"id": "x-1", "n": 5, "of": {"id": ["x-2", "x-1", null, true, 1.50]}, "id": "x-2", "t": 1.50}'
    found = payload_of(payload, fields=("id",))
    assert found == b'{"id": "id-1", "n": 5, "of": {"id": ["id-2", "id-1", null, true, 1]}, "id": "id-2", "t": 1.50}'


def test_a_secret_is_hidden_under_other_names_and_in_topics() -> None:
    messages = [
        message("m/SVR-1/state", payload=b'{"serial":"SVR-1"}'),
        message("x", 1, b'["svr-1", "SVR-1-a", "SVR-12"]'),
    ]
    first, second = redacted(messages, RedactionRules(fields=("serial",)))
    assert (first.topic, first.payload) == ("m/serial-1/state", b'{"serial":"serial-1"}')
    assert second.payload == b'["serial-1", "serial-1-a", "serial-12"]'


def nested(value: object, levels: int) -> object:
    return value if levels == 0 else json.dumps({"in": nested(value, levels - 1)})


DEEP = b'{"a":' * 5_000 + b'{"who":"SVR-4711"}' + b"}" * 5_000


@pytest.mark.parametrize(
    "payload",
    [
        *(json.dumps([nested({"who": "SVR-4711"}, levels)]).encode() for levels in (1, 2, 4)),
        b'{"who": "SVR-4711"}\n{"who": "SVR-4712"}',
        '\ufeff{"who":"SVR-4711"}'.encode(),
        b'{"n": 1, "who": "SVR-4711',
        '{"half":"\\ud800 ü","who":"SVR-4711"}'.encode(),
        DEEP,
        b'{"a":' * 600 + b'{"who":"SVR-4711"}' + b"}" * 600,
        b'log of {\\"who\\": \\"SVR-4711\\"}',
    ],
)
def test_a_field_is_found_in_json_inside_of_text_and_in_what_is_no_json(payload: bytes) -> None:
    messages = [message(payload=payload), message("SVR-4711/x", 1, b'"\\u0053VR-4711"')]
    first, second = redacted(messages, RedactionRules(fields=("who",)))
    assert b"4711" not in first.payload
    assert b"4712" not in first.payload
    assert (second.topic, second.payload) == ("who-1/x", b'"who-1"')


def test_a_text_is_hidden_in_numbers_too() -> None:
    assert payload_of(b'{"a":47114711,"b":[147114711.5,4711]}', texts=("47114711",)) == b'{"a":1,"b":[2,4711]}'


def test_a_log_that_grows_is_hidden() -> None:
    lines = ["x" * count for count in range(4, 500)]
    found = payload_of(json.dumps({"who": lines, "of": lines[-1]}).encode(), fields=("who",))
    assert b"xxxx" not in found


def test_hidden_fields_are_looked_for_in_properties_and_marks_too() -> None:
    said = Message("a", b"SVR-2 SVR-3", 0, 0, START_NS, Properties(user_properties=(("who", "SVR-2"),)))
    with session([said], [Event(START_NS, EventKind.MARK, "by SVR-3", {"who": "SVR-3"})]) as reader:
        text = repr(list(Redacted(reader, RedactionRules(fields=("who",))).items()))
    assert "SVR" not in text


def test_short_secrets_are_replaced_where_they_are_the_whole_value() -> None:
    assert payload_of(b'{"a":"x1","b":"x1","c":"ax1b"}', fields=("a",)) == b'{"a":"a-1","b":"a-1","c":"ax1b"}'


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("192.168.0.80:1883", "192.0.2.1:1883"),
        ("from 10.0.0.1 to 10.0.0.2, 10.0.0.1", "from 192.0.2.1 to 192.0.2.2, 192.0.2.1"),
        ("fe80::1ff:fe23:4567:890a", "2001:db8::1"),
        ("b8:27:eb:12:34:56", "00-00-5E-00-53-01"),
        ("b8:27:eb:12:34:56: lost client-b8:27:eb:12:34:56", "00-00-5E-00-53-01: lost client-00-00-5E-00-53-01"),
        ("It is 192.168.0.80.", "It is 192.0.2.1."),
        ("version 1.2.3.4.5", "version 1.2.3.4.5"),
        ("Erika.Muster@example.com", "person-1@example.org"),
        ("at 12:30:45", "at 12:30:45"),
        ("2026-08-07T09:11:27.123Z", "2026-08-07T09:11:27.123Z"),
        ("version 1.3.0", "version 1.3.0"),
    ],
)
def test_addresses_become_addresses_that_are_meant_for_examples(text: str, clean: str) -> None:
    assert json.loads(payload_of(json.dumps([text]).encode())) == [clean]
    assert payload_of(json.dumps([text]).encode(), addresses=False) == json.dumps([text]).encode()


def test_pictures_become_a_picture() -> None:
    png = PICTURE + b"more"
    data = b64encode(png).decode()
    payload = json.dumps({"image": f"data:image/png;base64,{data}", "raw": data, "n": 1}).encode()
    found = json.loads(payload_of(payload))
    assert found["image"] == f"data:image/png;base64,{b64encode(PICTURE).decode()}"
    assert found["raw"] == b64encode(PICTURE).decode()
    assert payload_of(png) == PICTURE
    assert payload_of(payload, pictures=False) == payload
    inside = json.dumps({"in": payload.decode(), "html": f'<img src="data:image/png;base64,{data}">'}).encode()
    assert data.encode() not in payload_of(inside)
    assert [(one.width, one.height) for one in pictures(PICTURE)] == [(1, 1)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=40)  # each writes a session
@given(JSON, st.booleans(), st.sampled_from([(",", ":"), (", ", ": ")]))
def test_what_hides_nothing_changes_nothing(value: Any, ascii_only: bool, separators: tuple[str, str]) -> None:
    payload = json.dumps(value, ensure_ascii=ascii_only, separators=separators).encode("utf-8", "surrogatepass")
    assert payload_of(payload, addresses=False, pictures=False, fields=("no such field",)) == payload


@settings(max_examples=40)
@given(JSON)
def test_the_structure_is_kept(value: Any) -> None:
    def shape(node: Any) -> Any:
        if isinstance(node, dict):
            return [shape(inner) for inner in node.values()]
        if isinstance(node, list):
            return [shape(inner) for inner in node]
        return "text" if isinstance(node, str) else "number" if type(node) in (int, float) else node

    document = {"hidden": value, "n": 1}
    found = json.loads(payload_of(json.dumps(document).encode(), addresses=False, fields=("hidden",)))
    assert list(found) == ["hidden", "n"]
    assert shape(found) == shape(document)


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 100_000,
        b'{"a":NaN,"a":1e999}',
        b"\xff\xfe",
        b"",
        b"123456789012345678901234567890",
        b"x" * 2_000_000,
        b'"' + b"\\" * 1_000_000,
    ],
    ids=range(7),
)
def test_hostile_payloads_are_copied(payload: bytes) -> None:
    assert payload_of(payload, fields=("x",)) == payload


def test_rules_are_read_and_mistakes_are_named(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('fields = ["serialNumber"]\ntexts = ["Hall 9"]\npictures = false\n')
    assert read_rules(rules) == RedactionRules(("serialNumber",), ("Hall 9",), pictures=False)
    for text, reason in (
        ("field = []", "'field' is not known"),
        ("fields = 1", "'fields' has to be a list of texts"),
        ('fields = [""]', "none of them empty"),
        ("fields = [", "not valid TOML"),
        ("addresses = 1", "has to be true or false"),
    ):
        rules.write_text(text)
        with pytest.raises(UsageError, match=reason):
            read_rules(rules)
    with pytest.raises(UsageError, match="cannot be read"):
        read_rules(tmp_path / "none.toml")


@pytest.mark.parametrize("fields", [(), ("id",)])
def test_it_says_once_from_nothing_to_everything_how_far_it_is(fields: tuple[str, ...]) -> None:
    """However often the messages are read for it."""
    seen: list[tuple[int, int]] = []
    with session([message(at_s=number / 1_000) for number in range(2_500)]) as reader:
        list(Redacted(reader, RedactionRules(fields), lambda done, total: seen.append((done, total))).items())
    assert {total for _, total in seen} == {2_500}
    assert (seen[0][0], seen[-1][0]) == (0, 2_500)
    assert seen == sorted(seen)
    assert sum(done == 2_500 for done, _ in seen) == 1
