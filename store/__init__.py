"""Sessions on disk: one SQLite file and one JSON-lines log with the same stem."""
