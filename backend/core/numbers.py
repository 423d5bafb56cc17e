"""Numbers that people read to each other. They count nothing: nobody learns from theirs how much somebody trades."""

import secrets

# Without I, L, O and U: nobody mistakes them on the telephone.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def drawn_number() -> str:
    """Eight letters and digits, by chance."""
    return "".join(secrets.choice(LETTERS) for _ in range(8))
