"""Environments: URLs, what may be done where, and one client for each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.clock import SystemClock
from core.errors import UsageError
from core.ports import ConnectionState
from mqtt.environments import Environment, Environments, environment_for_url

NOBODY = "mqtt://localhost:1"


@pytest.mark.parametrize(
    ("url", "host", "port", "websockets", "tls", "path"),
    [
        ("mqtt://localhost", "localhost", 1883, False, False, "/mqtt"),
        ("mqtts://broker.example:8884", "broker.example", 8884, False, True, "/mqtt"),
        ("ws://192.168.0.100:9001/", "192.168.0.100", 9001, True, False, "/mqtt"),
        ("wss://broker.example/ws", "broker.example", 443, True, True, "/ws"),
        ("mqtt://[::1]:1884", "::1", 1884, False, False, "/mqtt"),
    ],
)
def test_a_url_says_how_to_connect(url: str, host: str, port: int, websockets: bool, tls: bool, path: str):
    environment = Environment("any", url, may_publish=False)
    assert (environment.host, environment.port, environment.path) == (host, port, path)
    assert (environment.websockets, environment.tls) == (websockets, tls)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://localhost", "must begin with mqtt://"),
        ("localhost:1883", "must begin with mqtt://"),
        ("", "must begin with mqtt://"),
        ("mqtt://", "names no host"),
        ("mqtt://localhost:99999", "99999|out of range"),
        ("mqtt://localhost:0", "names no port"),
        ("mqtt://localhost:mqtt", "not a broker's URL"),
        ("mqtt://[::1", "not a broker's URL"),
    ],
)
def test_a_bad_url_is_named_with_the_reason(url: str, reason: str):
    with pytest.raises(UsageError, match=reason):
        Environment("any", url, may_publish=False)


def test_user_and_password_leave_the_url():
    """They are decoded, and neither the URL that is shown nor the repr has the password."""
    environment = Environment("any", "mqtt://me:p%40ss@localhost:1884", may_publish=False)
    assert (environment.username, environment.password) == ("me", "p@ss")
    assert environment.display_url == environment.url == "mqtt://localhost:1884"
    assert "p@ss" not in repr(environment)


def test_a_bad_url_does_not_give_away_its_password():
    with pytest.raises(UsageError) as caught:
        Environment("any", "http://me:secret@localhost", may_publish=False)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "name", "may_publish"),
    [
        ("mqtt://localhost", "replay", True),
        ("mqtt://LOCALHOST:1884", "replay", True),
        ("mqtt://127.0.0.2", "replay", True),
        ("ws://[::1]:9001", "replay", True),
        ("mqtt://192.168.0.100:1883", "live", False),
        ("mqtt://localhost.example.com", "live", False),
        ("mqtt://0.0.0.0", "live", False),
    ],
)
def test_a_url_by_hand_is_for_publishing_on_loopback_only(url: str, name: str, may_publish: bool):
    environment = environment_for_url(url)
    assert (environment.name, environment.may_publish) == (name, may_publish)


@pytest.fixture
def environments() -> Iterator[Environments]:
    found = Environments(
        [Environment("live", NOBODY, may_publish=False), Environment("replay", NOBODY, may_publish=True)],
        SystemClock(),
        "tests",
    )
    yield found
    found.close()


def test_an_unknown_environment_is_named_with_those_that_exist(environments: Environments):
    with pytest.raises(UsageError, match=r"no environment 'factory'\. Known are: live, replay"):
        environments.client("factory")


def test_everybody_gets_the_same_client_which_is_opened_once(environments: Environments):
    assert environments.opened() == {}
    with ThreadPoolExecutor(8) as pool:
        clients = set(pool.map(lambda _: environments.client("replay"), range(50)))
    assert clients == set(environments.opened().values())
    assert [thread.name for thread in threading.enumerate()].count("mqtt-replay") == 1


def test_replacing_an_environment_closes_its_client_and_leaves_the_others(environments: Environments):
    live, replay = environments.client("live"), environments.client("replay")
    environments.replace(Environment("replay", "mqtt://localhost:2", may_publish=True))
    assert replay.connection().state is ConnectionState.CLOSED
    assert live.connection().state is not ConnectionState.CLOSED
    assert environments.client("replay").environment.port == 2
    assert environments.names() == ("live", "replay")


def test_replacing_an_environment_with_an_equal_one_disturbs_nobody(environments: Environments):
    replay = environments.client("replay")
    environments.replace(Environment("replay", NOBODY, may_publish=True))
    assert environments.client("replay") is replay


def test_an_address_copied_from_a_page_is_understood() -> None:
    """Pages break addresses with an invisible character, so that browsers make no links of them."""
    copied = Environment("x", "mqtt\u2060://localhost:1884", may_publish=True)
    assert (copied.host, copied.port, copied.tls) == ("localhost", 1884, False)
