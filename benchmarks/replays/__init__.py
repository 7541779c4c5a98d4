"""Replaying: ours and its peers, on one broker, seen by an independent subscriber."""
