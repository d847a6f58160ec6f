"""What the detectors compute, over arrays and frozen values: no database, no clock."""
