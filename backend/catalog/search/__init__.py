"""Finding what is for sale: a port, and the PostgreSQL engine behind it. Its index says what everybody may see."""
