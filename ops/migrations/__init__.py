"""Migrations of job runs and heartbeats."""
