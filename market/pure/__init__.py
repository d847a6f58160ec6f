"""Market arithmetic over arrays and frozen values: no database, no clock, no network."""
