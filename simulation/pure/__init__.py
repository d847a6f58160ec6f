"""The arithmetic of the made-up market: numbers from a seed, no clock, no settings, no stores."""
