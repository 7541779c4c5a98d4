"""mqtt-logger's own example, until SIGINT. Called with port and file, in the peers' environment."""

from __future__ import annotations

import signal
import sys

import mqtt_logger


def main() -> None:
    """Records every topic; mqtt-logger subscribes at QoS 0 and has no setting for it."""
    recorder = mqtt_logger.Recorder(
        sqlite_database_path=sys.argv[2], topics=["#"], broker_address="127.0.0.1", port=int(sys.argv[1])
    )
    recorder.start()
    try:
        signal.pause()
    except KeyboardInterrupt:
        recorder.stop()


if __name__ == "__main__":
    main()
