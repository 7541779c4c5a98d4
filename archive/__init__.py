"""Recordings in an object store, and their links to runs of other systems: not there yet."""
