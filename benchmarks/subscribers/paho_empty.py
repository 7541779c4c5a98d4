"""paho-mqtt as it is, with a callback that does nothing but count. Called with port and QoS; prints the count."""

from __future__ import annotations

import sys
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from benchmarks import wire


def main() -> None:
    """Subscribes to everything and counts until SIGINT."""
    port, qos = int(sys.argv[1]), int(sys.argv[2])
    messages = 0

    def on_connect(client: Client, _: Any, __: ConnectFlags, ___: ReasonCode, ____: Properties | None) -> None:
        client.subscribe("#", qos)

    def on_message(_: Client, __: Any, ___: MQTTMessage) -> None:
        nonlocal messages
        messages += 1

    client = Client(CallbackAPIVersion.VERSION2)
    client.on_connect, client.on_message = on_connect, on_message
    client.connect(wire.HOST, port)
    try:
        client.loop_forever()
    except KeyboardInterrupt:
        print(messages)


if __name__ == "__main__":
    main()
