"""Addresses of the room: thin views over the checks and the workers' report."""
