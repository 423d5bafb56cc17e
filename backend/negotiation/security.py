"""Whose rows of a negotiation are, as PostgreSQL keeps it."""

from backend.core.row_security import RowSecurity

OF_ITS_ROOM = RowSecurity(company="seller_id", partner="buyer_id", follow=("room_id", "negotiation_room"))
"""Both companies that negotiate read and write it, and nobody else."""
