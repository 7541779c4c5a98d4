"""What a session shows: figures and tables, computed without a user interface."""
