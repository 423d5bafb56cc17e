"""The scarce thing: warehouses, stock levels, append-only moves, and what of it a seller discloses."""
