"""A standing order whose day has come: begun, placed through the action that places every cart, and ended."""
