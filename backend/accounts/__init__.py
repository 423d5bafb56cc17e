"""People, companies, memberships and roles; Actor is who acts, for which company, and what they may do there."""
