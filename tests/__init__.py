"""Tests look at what is really in the tables: only what they call is fenced."""

from pathlib import Path

from backend.core.fences import trust

trust(Path(__file__).parent)
