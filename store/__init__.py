"""The adapters to the disk: sessions as SQLite and JSON lines."""
