"""What every task stands on: the base class, its lease, and the run its log lines belong to."""
