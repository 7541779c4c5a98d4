"""How long it takes to look at sessions of different lengths."""
