"""The demo market: a real wholesaler's catalogue and half a year of its trade, loaded and replayed.

Imported by nobody, and off in production. What is in `data/` was made by `manage.py derive_market`
out of a public data set by the rules in `derive/`; `data/SOURCE.md` says what and from where.
"""
