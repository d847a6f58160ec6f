"""Option numbers: pricing, Greeks, gamma exposure, and profiles of a symbol kept for others to read."""
