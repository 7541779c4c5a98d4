"""Replay: from a session to a publisher, with the original timing."""
