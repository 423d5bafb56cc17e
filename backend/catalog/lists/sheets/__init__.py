"""The lines of a price list as a table that was sent: read, compared with what stands there, and written."""
