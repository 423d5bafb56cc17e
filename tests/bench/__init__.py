"""Benches: `./dev bench NAME` runs `python -m tests.bench.NAME`."""
