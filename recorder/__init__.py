"""Recording: from a message source into a session."""
