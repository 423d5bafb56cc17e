"""What is for sale: categories, products, SKUs and their tier prices."""
