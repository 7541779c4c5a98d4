"""Why a connection to a broker failed, as one plain sentence."""

from __future__ import annotations

import socket
import ssl
from enum import StrEnum
from typing import TYPE_CHECKING

from paho.mqtt.client import WebsocketConnectionError

from core.errors import BrokerError

if TYPE_CHECKING:
    from mqtt.environment import Environment


class Problem(StrEnum):
    """What kind of problem a connection has."""

    REFUSED = "refused"
    UNKNOWN_HOST = "unknown host"
    CREDENTIALS = "credentials"
    TLS = "TLS"
    TIMEOUT = "timeout"
    NOT_MQTT = "not MQTT"
    PROTOCOL_VERSION = "protocol version"
    CLIENT_ID = "client id"
    LOST = "lost"
    TAKEN_OVER = "taken over"
    INTERRUPTED = "interrupted"
    OTHER = "other"


class LinkProblem(BrokerError):
    """A connection could not be made, or ended."""

    def __init__(self, problem: Problem, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = problem


class NoAnswer(LinkProblem):
    """The connection was closed in silence, by a broker that does not know this version of MQTT or by a proxy."""


CREDENTIAL_CODES = frozenset({0x86, 0x87})
"""Bad user name or password, not authorized (MQTT 5.0, section 3.2.2.2); 3.1.1's codes 4 and 5 are mapped to them."""
VERSION_CODE = 0x84
CLIENT_ID_CODE = 0x85
TAKEN_OVER_CODE = 0x8E


def where(environment: Environment) -> str:
    """Host and port, as people type them."""
    host = f"[{environment.host}]" if ":" in environment.host else environment.host
    return f"{host}:{environment.port}"


def from_exception(problem: Exception, environment: Environment) -> LinkProblem:
    """What an exception while connecting means. More special kinds of OSError come first."""
    at = where(environment)
    if isinstance(problem, ssl.SSLCertVerificationError):
        detail = problem.verify_message or str(problem)
        return LinkProblem(
            Problem.TLS,
            f"The certificate of {at} is not trusted ({detail}): set the CA file that signed it, or correct the host.",
        )
    if isinstance(problem, WebsocketConnectionError):
        return LinkProblem(
            Problem.NOT_MQTT,
            f"{at} does not speak MQTT over WebSockets at {environment.path}: check the port and the path.",
        )
    if isinstance(problem, socket.gaierror | UnicodeError):
        return LinkProblem(
            Problem.UNKNOWN_HOST, f"The host '{environment.host}' is unknown: check the name and the network."
        )
    if isinstance(problem, ConnectionRefusedError):
        return LinkProblem(Problem.REFUSED, f"Nothing listens on {at}: start a broker there, or correct the port.")
    if isinstance(problem, TimeoutError):
        return timed_out(environment)
    if isinstance(problem, ssl.SSLError) or (environment.tls and isinstance(problem, ConnectionError)):
        return no_tls(environment)
    if isinstance(problem, OSError):
        return LinkProblem(Problem.OTHER, f"{at} cannot be reached: {problem.strerror or problem}.")
    return LinkProblem(Problem.OTHER, f"{at} cannot be reached: {problem}.")


def no_tls(environment: Environment) -> LinkProblem:
    """The other side does not take part in a TLS handshake."""
    return LinkProblem(
        Problem.TLS, f"{where(environment)} does not speak TLS: use mqtt:// or ws://, or the broker's TLS port."
    )


def timed_out(environment: Environment) -> LinkProblem:
    """Nobody answered in time."""
    return LinkProblem(
        Problem.TIMEOUT, f"{where(environment)} did not answer in time: check the address and any firewall between."
    )


def no_answer(environment: Environment) -> LinkProblem:
    """The connection was closed before an answer to CONNECT came."""
    return NoAnswer(
        Problem.NOT_MQTT,
        f"{where(environment)} closed the connection without an MQTT answer: check that a broker listens there"
        " and whether it expects TLS.",
    )


def not_mqtt(environment: Environment) -> LinkProblem:
    """The answer to CONNECT was something else."""
    return LinkProblem(
        Problem.NOT_MQTT, f"{where(environment)} answers, but not in MQTT: it is another kind of server."
    )


def other_version(environment: Environment) -> LinkProblem:
    """The answer to CONNECT was in another version of MQTT, or said that this one is not spoken."""
    return LinkProblem(Problem.PROTOCOL_VERSION, f"{where(environment)} does not speak this version of MQTT.")


def from_code(code: int, name: str, environment: Environment) -> LinkProblem:
    """What a reason code of CONNACK or DISCONNECT means."""
    at = where(environment)
    if code in CREDENTIAL_CODES:
        user = (
            f"the user '{environment.username}' with this password" if environment.username else "a login without user"
        )
        return LinkProblem(Problem.CREDENTIALS, f"{at} refused {user}: check user and password.")
    if code == VERSION_CODE:
        return other_version(environment)
    if code == TAKEN_OVER_CODE:
        return LinkProblem(
            Problem.TAKEN_OVER, f"Another program connected to {at} with the same client id: stop one of the two."
        )
    if code == CLIENT_ID_CODE:
        return LinkProblem(Problem.CLIENT_ID, f"{at} does not take the client id: allow it there.")
    return LinkProblem(Problem.OTHER, f"{at} refused the connection: {name.lower()}.")


def ended_by_broker(code: int, name: str, environment: Environment) -> LinkProblem:
    """What the reason code of a broker's DISCONNECT means."""
    if code == TAKEN_OVER_CODE or code in CREDENTIAL_CODES:
        return from_code(code, name, environment)
    return LinkProblem(Problem.LOST, f"{where(environment)} ended the connection: {name.lower()}.")


def unexpected(environment: Environment) -> LinkProblem:
    """A mistake of ours, not of the broker's."""
    return LinkProblem(
        Problem.OTHER,
        f"The connection to {where(environment)} ended because of an error in the program itself, and is tried again:"
        " report what the program printed.",
    )


def interrupted(environment: Environment) -> LinkProblem:
    """It was ended on purpose, for a while."""
    return LinkProblem(
        Problem.INTERRUPTED, f"The connection to {where(environment)} is interrupted on purpose and comes back."
    )


def lost(environment: Environment) -> LinkProblem:
    """An established connection ended."""
    return LinkProblem(Problem.LOST, f"The connection to {where(environment)} was lost.")
