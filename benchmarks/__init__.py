"""Benchmarks: the recorder and its peers side by side, on one broker, in one run."""
