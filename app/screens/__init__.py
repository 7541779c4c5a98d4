"""One file per page; no domain logic."""
