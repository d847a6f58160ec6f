"""What every endpoint shares: errors, their bodies, limits, parsing and the base views."""
