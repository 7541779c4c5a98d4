"""A connection test says in one plain sentence why there is no connection."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from mqtt import connection_test
from mqtt.connect import Protocol, build
from mqtt.connection_test import ConnectionResult
from mqtt.environments import Environment
from mqtt.problems import Problem, from_code
from tests.brokers import PrivateBroker, make_certificate, make_password_file
from tests.mqtt.silent_server import answering_server, silent_server

PATIENCE = 30.0
Brokers = Callable[..., PrivateBroker]


def result_of(url: str, timeout: float = PATIENCE, **settings: object) -> ConnectionResult:
    environment = Environment("any", url, may_publish=False, **settings)  # type: ignore[arg-type]  # keywords
    return connection_test.test_connection(environment, timeout)


def assert_problem(found: ConnectionResult, problem: Problem, *words: str) -> None:
    assert (found.ok, found.problem, found.protocol) == (False, problem, "")
    assert all(word in found.reason for word in words), found.reason
    assert found.reason.endswith(".")
    assert "\n" not in found.reason


def test_a_broker_answers(broker: str):
    found = result_of(broker)
    assert (found.ok, found.protocol, found.problem) == (True, "MQTT 5", None)
    assert found.milliseconds > 0
    assert "MQTT 5" in found.reason


def test_nothing_listens():
    assert_problem(result_of("mqtt://localhost:1"), Problem.REFUSED, "Nothing listens on localhost:1")


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", f"{'x' * 70}.invalid"])
def test_an_unknown_host(host: str):
    assert_problem(result_of(f"mqtt://{host}"), Problem.UNKNOWN_HOST, host, "unknown")


@pytest.mark.parametrize("user", ["", "anna:wrong@", "nobody:s3cret@"])
def test_bad_credentials(private_broker: Brokers, tmp_path: Path, user: str):
    passwords = make_password_file(tmp_path, "anna", "s3cret")
    broker = private_broker(extra=f"allow_anonymous false\npassword_file {passwords}")
    found = result_of(f"mqtt://{user}localhost:{broker.port}")
    assert_problem(found, Problem.CREDENTIALS, "check user and password")
    assert "wrong" not in found.reason
    assert "s3cret" not in found.reason
    assert result_of(f"mqtt://anna:s3cret@localhost:{broker.port}").ok


def test_bad_credentials_with_mqtt_311():
    """The broker refuses MQTT 5 first, then the password."""
    with answering_server(b"\x20\x02\x00\x05") as port:
        assert_problem(result_of(f"mqtt://anna:wrong@localhost:{port}"), Problem.CREDENTIALS, "'anna'")


def test_a_certificate_that_is_not_trusted(private_broker: Brokers, tmp_path: Path):
    certificate, key = make_certificate(tmp_path)
    broker = private_broker(certificate=(certificate, key))
    found = result_of(broker.tls_url)
    assert_problem(found, Problem.TLS, "not trusted", "CA file")
    assert result_of(broker.tls_url, ca_file=certificate).ok
    assert result_of(broker.tls_url, verify_tls=False).ok


def test_a_certificate_of_another_host(private_broker: Brokers, tmp_path: Path):
    certificate, key = make_certificate(tmp_path, host="broker.example")
    broker = private_broker(certificate=(certificate, key))
    assert_problem(result_of(broker.tls_url, ca_file=certificate), Problem.TLS, "not trusted", "localhost")


def test_tls_where_none_is_spoken(broker: str):
    port = broker.rpartition(":")[2]
    assert_problem(result_of(f"mqtts://localhost:{port}"), Problem.TLS, "does not speak TLS")


def test_no_tls_where_it_is_spoken(private_broker: Brokers, tmp_path: Path):
    broker = private_broker(certificate=make_certificate(tmp_path))
    found = result_of(broker.tls_url.replace("mqtts", "mqtt"))
    assert_problem(found, Problem.NOT_MQTT, "TLS")


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_cannot_be_used(tmp_path: Path, content: str | None):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert_problem(result_of("mqtts://localhost:1", ca_file=path), Problem.TLS, str(path), "cannot be used")


@pytest.mark.parametrize("scheme", ["mqtt", "mqtts", "ws"])
def test_a_server_that_never_answers(scheme: str):
    with silent_server() as port:
        assert_problem(result_of(f"{scheme}://localhost:{port}", 0.5), Problem.TIMEOUT, "did not answer in time")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n", b"\x30\x00", b""])
def test_another_kind_of_server(answer: bytes):
    with answering_server(answer) as port:
        assert_problem(result_of(f"mqtt://localhost:{port}"), Problem.NOT_MQTT, f"localhost:{port}")


def test_a_web_server_without_mqtt():
    with answering_server(b"HTTP/1.1 404 Not Found\r\n\r\n") as port:
        assert_problem(result_of(f"ws://localhost:{port}/mqtt"), Problem.NOT_MQTT, "WebSockets at /mqtt")


def test_a_client_id_in_use_is_explained():
    problem = from_code(0x8E, "Session taken over", Environment("any", "mqtt://localhost", may_publish=False))
    assert "same client id" in str(problem)


def test_the_network_holds_no_small_packet_back(broker: str):
    environment = Environment("any", broker, may_publish=False)
    client = build(environment, Protocol.V5, "nodelay", PATIENCE)
    client.connect(environment.host, environment.port)
    try:
        connection = client.socket()
        assert isinstance(connection, socket.socket)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    finally:
        client.close()
