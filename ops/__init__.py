"""Talks to the operator: the schedule at work, job health, health checks."""
