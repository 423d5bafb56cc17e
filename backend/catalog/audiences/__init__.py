"""Who may see or buy what: a seller's groups of customers, assortments, territories, and prices behind the login."""
