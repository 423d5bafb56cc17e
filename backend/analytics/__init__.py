"""What the desks show of everybody's trade. It listens to the event log, and nothing below knows of it."""
