"""Random numbers by address: what is drawn for one thing never depends on what was drawn before."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

# Part of every address: raising it makes a new market out of every seed.
RECIPE = 1


def generator(seed: int, name: str, purpose: str, number: int = 0) -> np.random.Generator:
    """Return the generator that belongs to one purpose of one name on one numbered day.

    Equal addresses give equal numbers in every process and on every machine; different ones are independent. An
    address that is drawn from further gives the same numbers first, so that a longer time-line keeps its past.

    Raises
    ------
    ValueError
        If `number` is negative.
    """
    address = blake2b(f"{RECIPE}|{seed}|{name}|{purpose}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64([int.from_bytes(address, "big"), number]))
