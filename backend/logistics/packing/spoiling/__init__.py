"""Packed goods that pass their day."""
