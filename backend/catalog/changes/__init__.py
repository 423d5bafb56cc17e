"""Changes to what is published: proposed by one person, decided by another."""
