"""What the benches measure: the limit, the alternatives, and the publishers that feed them."""
