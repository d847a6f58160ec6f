"""Positions over HTTP."""
