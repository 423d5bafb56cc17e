"""What a seller writes down: price lists with their entries and audiences, groups, assortments, territories."""
