"""Implied variance of the made-up options: a smile for every expiry, free of static arbitrage by construction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from market.pure.bars import Floats
from simulation.pure.listings import INDEX, Listing

# Options cost more than the moves that follow them: implied over usual daily sigma.
PREMIUM: Final = 1.1
# Today's fear fades with this many sessions, so that far expiries know it less.
FADES_AFTER: Final = 20.0
# How far today's level may stand from the usual one.
CALMEST, WILDEST = 0.6, 2.5


@dataclass(frozen=True, slots=True)
class Smile:
    """Shape of a smile.

    Attributes
    ----------
    lean : float
        Below 0: puts cost more than calls. Inside (-1, 1). [1]
    bend : float
        How fast it rises to both sides; bend * (1 + |lean|) at most 2. [1]
    """

    lean: float
    bend: float


# An index, and a fund on one, is crash-prone; a share jumps to both sides.
INDEX_SMILE: Final = Smile(lean=-0.65, bend=0.60)
SHARE_SMILE: Final = Smile(lean=-0.25, bend=0.60)


def smile_of(listing: Listing) -> Smile:
    """Return the smile of a listing's options."""
    return INDEX_SMILE if listing.type == INDEX or listing.follows != listing.symbol else SHARE_SMILE


def at_the_money(days: Floats, *, sigma: float, level: float) -> Floats:
    """Return the total variance of options at the money.

    Parameters
    ----------
    days : float64, shape (e,)
        Time to expiry on the clock of variance. [usual days]
    sigma : float
        Usual daily sigma of the underlying. [1]
    level : float
        Implied volatility of now over the usual one. [1]

    Returns
    -------
    float64, shape (e,)
        Grows with `days`: what each further day adds is above 0 whatever the level. [1]
    """
    usual = (PREMIUM * sigma) ** 2
    now = usual * np.clip(level, CALMEST, WILDEST) ** 2
    faded = FADES_AFTER * -np.expm1(-days / FADES_AFTER)
    return np.asarray(usual * days + (now - usual) * faded)


def total_variance(moneyness: Floats, at_money: Floats, smile: Smile) -> Floats:
    """Return sigma^2 * T at some strikes.

    Parameters
    ----------
    moneyness : float64
        ln(strike / forward). [1]
    at_money : float64, broadcast with `moneyness`
        Total variance at the money, above 0. [1]
    smile : Smile

    Returns
    -------
    float64
        [1]

    Notes
    -----
    With bend * (1 + |lean|) <= 2 no butterfly has a negative price, and with `at_money` growing in time no calendar
    spread has one either. Source: Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces" (2014), section 4,
    with the power law of exponent 1/2.
    """
    steepness = smile.bend / np.sqrt(at_money * (1.0 + at_money))
    along = steepness * moneyness
    side = np.sqrt((along + smile.lean) ** 2 + 1.0 - smile.lean**2)
    return np.asarray(0.5 * at_money * (1.0 + smile.lean * along + side))
