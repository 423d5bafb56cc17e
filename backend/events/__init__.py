"""The spine: one row per change, in the transaction of the change; everything else reads these rows."""
