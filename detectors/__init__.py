"""Watches price: finds setups as they form, plans them, and follows each to its end."""
