"""Pictures and documents of products."""
