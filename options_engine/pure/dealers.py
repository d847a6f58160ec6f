"""Who holds the other side: ways to guess whether dealers are long or short of what customers have open.

Open interest says how many contracts there are, not who is long of them. Each model is a guess with a name, and none is
right of every underlying and every day. Papers tell who is long on the whole; that dealers are so of every single
contract is a convention of the field, which none of them says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from market.pure.bars import Floats
from options_engine.pure.contracts import Bools


@dataclass(frozen=True, slots=True)
class Model:
    """A guess at what dealers hold.

    Attributes
    ----------
    name : str
    calls, puts : float
        1 where dealers are long of them, -1 where they are short.
    assumption : str
        In words, for whoever bets on it.
    source : str
        Who says so.
    """

    name: str
    calls: float
    puts: float
    assumption: str
    source: str

    def sides(self, is_call: Bools) -> Floats:
        """Return the sign of what dealers hold of each contract. Shape of `is_call`."""
        return np.where(is_call, self.calls, self.puts)


USUAL: Final = Model(
    "calls_long_puts_short",
    calls=1.0,
    puts=-1.0,
    assumption=(
        "Customers sell calls against what they own and buy puts to protect it, so dealers are long every call and "
        "short every put. The usual convention, meant for indexes and the funds on them."
    ),
    source=(
        "A convention of the field; known from SqueezeMetrics, Gamma Exposure (GEX): Quantifying hedge rebalancing in "
        "SPX options (white paper)"
    ),
)
SHORT_BOTH: Final = Model(
    "short_both",
    calls=-1.0,
    puts=-1.0,
    assumption=(
        "Customers have bought whatever is open, so dealers are short every call and every put. The worst case: their "
        "hedging amplifies moves everywhere. Nearest to index options on days when customers buy both sides."
    ),
    source=(
        "Gârleanu, Pedersen and Poteshman, Demand-Based Option Pricing, Review of Financial Studies (2009): end "
        "users are on the whole long of index options, above all of puts out of the money"
    ),
)
LONG_BOTH: Final = Model(
    "long_both",
    calls=1.0,
    puts=1.0,
    assumption=(
        "Customers have written whatever is open, for income, so dealers are long every call and every put. The best "
        "case: their hedging dampens moves everywhere. Nearest to options on single shares."
    ),
    source=(
        "Lakonishok, Lee, Pearson and Poteshman, Option Market Activity, Review of Financial Studies 20 (2007): from "
        "1990 to 2001 others than market makers were short of more calls and of more puts on shares than long"
    ),
)
MODELS: Final = (USUAL, SHORT_BOTH, LONG_BOTH)
