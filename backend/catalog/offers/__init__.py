"""What one seller offers, and on which terms he sells."""
