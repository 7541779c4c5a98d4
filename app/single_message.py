"""Single messages that somebody sends by hand: see mqtt.gateway."""

from mqtt.gateway import CONFIRMED_WITHIN_S, send_one

__all__ = ["CONFIRMED_WITHIN_S", "send_one"]
