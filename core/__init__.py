"""Values and ports of the session manager: standard library only, no input or output."""
