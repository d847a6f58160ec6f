"""Strikes by expiry dates: which contracts a matrix shows, and what each of its cells says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.pure.bars import Floats, Ints
from options_engine.pure import gex
from options_engine.pure.contracts import Bools, Days
from options_engine.pure.reading import Reading

NOBODY = -1  # the place of a side that is not listed


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """One cell a pair of strike and expiry date that has a contract, by strike, then date; arrays of shape (k,).

    Sums are over the sides of which the number is known, NaN where it is known of neither.

    Attributes
    ----------
    strike : float64
        [USD, or index points]
    expiry : datetime64[D]
    call, put : int64
        Places in the reading, `NOBODY` where the side is not listed.
    volume, open_interest : float64
        Calls and puts together. [contracts]
    sigma : float64
        Implied volatility of the side out of the money on the expiry's forward, the call's at it; NaN where that side
        is not listed or has none. [1/sqrt(year)]
    gex, call_gex, put_gex : float64
        Dollars of delta per 1 % move, puts with a minus in the sum. [USD]
    vanna : float64
        Dollars of delta per volatility point, calls less puts. [USD]
    charm : float64
        Dollars of delta per calendar day, calls less puts. [USD]
    """

    strike: Floats
    expiry: Days
    call: Ints
    put: Ints
    volume: Floats
    open_interest: Floats
    sigma: Floats
    gex: Floats
    call_gex: Floats
    put_gex: Floats
    vanna: Floats
    charm: Floats

    def __len__(self) -> int:
        return len(self.strike)


def chosen(reading: Reading, each_side: int) -> Bools:
    """Say which contracts a matrix shows, shape (n,).

    Of each date one root: one that settles at the close before one that settles at the open, then the one with the most
    contracts. Of that root's strikes the one nearest to the spot, the lower of two, and so many on each side. Adjusted
    contracts are left out: they deliver something else than a hundred shares.
    """
    chain = reading.chain
    found = np.zeros(len(reading), dtype=bool)
    usual = chain.shares_per_contract == gex.SHARES
    for day in np.unique(chain.expiry[usual]):
        on_day = usual & (chain.expiry == day)
        if (on_day & ~reading.at_open).any():
            on_day &= ~reading.at_open
        roots, contracts = np.unique(chain.root[on_day], return_counts=True)
        on_day &= chain.root == roots[np.argmax(contracts)]
        strikes = np.unique(chain.strike[on_day])
        nearest = int(np.argmin(np.abs(strikes - reading.spot)))
        found |= on_day & np.isin(chain.strike, strikes[max(0, nearest - each_side) : nearest + each_side + 1])
    return found


def cells(reading: Reading) -> Cells:
    """Return the cells of a reading that has at most one call and one put of each strike and date."""
    chain = reading.chain
    keys = np.stack([chain.strike, chain.expiry.astype(np.int64).astype(np.float64)])
    pairs, first, which = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    count, which = pairs.shape[1], which.ravel()
    call, put = _places(which, chain.is_call, count), _places(which, ~chain.is_call, count)

    def both(numbers: Floats) -> Floats:
        return _sum(_at(numbers, call), _at(numbers, put))

    held = chain.open_interest * chain.shares_per_contract
    exposure = gex.exposure(
        reading.greeks.gamma, chain.open_interest, reading.spot, multiplier=chain.shares_per_contract
    )
    exposure = _known(exposure, held, reading.greeks.gamma)
    vanna = _known(held * reading.higher.vanna * reading.spot, held, reading.higher.vanna)
    charm = _known(held * reading.higher.charm * reading.spot, held, reading.higher.charm)
    call_out = chain.strike[first] >= reading.forward[first]
    return Cells(
        strike=chain.strike[first],
        expiry=chain.expiry[first],
        call=call,
        put=put,
        volume=both(chain.volume),
        open_interest=both(chain.open_interest),
        sigma=np.where(call_out, _at(reading.sigma, call), _at(reading.sigma, put)),
        gex=_sum(_at(exposure, call), -_at(exposure, put)),
        call_gex=_at(exposure, call),
        put_gex=_at(exposure, put),
        vanna=_sum(_at(vanna, call), -_at(vanna, put)),
        charm=_sum(_at(charm, call), -_at(charm, put)),
    )


def _places(which: Ints, side: Bools, count: int) -> Ints:
    found = np.full(count, NOBODY, dtype=np.int64)
    found[which[side]] = np.flatnonzero(side)
    return found


def _at(numbers: Floats, places: Ints) -> Floats:
    """Return the numbers at these places, NaN where nobody is."""
    return np.append(numbers, np.nan)[places]  # NOBODY is the last place


def _sum(one: Floats, other: Floats) -> Floats:
    unknown = np.isnan(one) & np.isnan(other)
    return np.where(unknown, np.nan, np.nan_to_num(one) + np.nan_to_num(other))


def _known(exposures: Floats, held: Floats, greek: Floats) -> Floats:
    """Return the exposures, NaN where shares held or Greek are unknown; what nobody holds exposes nobody."""
    return np.where(held == 0, 0.0, np.where(np.isfinite(held) & np.isfinite(greek), exposures, np.nan))
