"""How our templates print numbers and names."""
