"""Programs that are measured beside the recorder. Each runs as a process of its own, until SIGINT."""
