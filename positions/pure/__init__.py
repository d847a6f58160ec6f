"""Numbers of positions: arrays and frozen values in, the same out; no Django, no clock."""
