"""Watches holdings: positions made of legs made of fills, their value, and advice when to act."""
