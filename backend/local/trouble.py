"""What is wrong with this machine or this checkout, said so that a newcomer can mend it."""


class Trouble(Exception):
    """Something outside the program is in the way; its text names the thing and says what to do."""
