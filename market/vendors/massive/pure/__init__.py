"""Massive's messages as our values: no network, no clock, no settings."""
