"""Colours that charts need and the theme's file cannot give them."""

from __future__ import annotations

ACCENT = "#1590ac"
"""Between the accents of the light and the dark theme, so that it can be seen on both."""
