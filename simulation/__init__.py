"""A made-up market, the same for ever from its seed: the default vendor when there is no key."""
