"""What each held contract is worth: its quote, else a fresh trade, else our model, else nothing that anybody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any, Final, Self

import numpy as np

from market.pure.bars import Floats
from market.pure.contract_names import names
from market.pure.staleness import DELAY_S
from options_engine.pure.contracts import Bools
from options_engine.pure.quotes import MOST_AGE_S, Verdict
from options_engine.pure.reading import Reading
from positions.pure.facts import NAN, MarkSource

FRESH_TRADE_S: Final = 900.0
PLACES: Final = 4  # of a price, as the database keeps it
_SOURCES: Final = (MarkSource.QUOTE, MarkSource.LAST, MarkSource.MODEL, MarkSource.NONE)
_QUOTE, _LAST, _MODEL, _NONE = range(len(_SOURCES))


@dataclass(frozen=True, slots=True)
class LegMark:
    """What one share of a contract is worth at a moment; what nobody knows is NaN. `facts.LegFacts` says more of each.

    Attributes
    ----------
    mark
        At four places. [USD a share]
    forward
        Of its expiry, NaN for stock. [USD, or index points]
    at_ts
        When the price was made. [Unix seconds]
    old
        It is older than it should be while the market is open.
    """

    mark: float = NAN
    bid: float = NAN
    ask: float = NAN
    source: MarkSource = MarkSource.NONE
    sigma: float = NAN
    delta: float = NAN
    gamma: float = NAN
    theta: float = NAN
    vega: float = NAN
    rho: float = NAN
    extrinsic: float = NAN
    forward: float = NAN
    at_ts: float = NAN
    old: bool = False

    @classmethod
    def of_stock(cls, price: float, *, at_ts: float, old: bool) -> Self:
        """Return the mark of shares at their latest price."""
        flat = dict.fromkeys(("gamma", "theta", "vega", "rho"), 0.0)
        known = isfinite(price) and price > 0
        source, mark = (MarkSource.LAST, round(price, PLACES)) if known else (MarkSource.NONE, NAN)
        return cls(mark=mark, source=source, delta=1.0, at_ts=at_ts, old=old, **flat)

    def as_json(self) -> dict[str, Any]:
        """Return it as the database keeps it: what nobody knows is left out."""
        kept = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in kept.items() if not isinstance(value, float) or isfinite(value)}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Self:
        """Return what `as_json` kept; members of another release are passed over."""
        known = {each.name: kept[each.name] for each in fields(cls) if each.name in kept}
        return cls(**{**known, "source": MarkSource(known.get("source", MarkSource.NONE))})


NOTHING: Final = LegMark()


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What the vendor tells of contracts, in the order of the chain that is made of it; every array of shape (n,).

    Attributes
    ----------
    bid, ask, last : float64
        [USD a share]
    quoted_ts, last_ts : float64
        When the quote and the last trade were made, NaN where nobody says. [Unix seconds]
    delayed : bool
        The plan is without real time: that much later is on time.
    """

    bid: Floats
    ask: Floats
    last: Floats
    quoted_ts: Floats
    last_ts: Floats
    delayed: Bools

    def late_s(self, made_ts: Floats, now_ts: float) -> Floats:
        """Return how much later than the plan allows something is; 0 where nobody says when it was made. [seconds]."""
        late = now_ts - made_ts - np.where(self.delayed, DELAY_S, 0.0)
        return np.maximum(np.nan_to_num(late), 0.0)

    def is_old(self, now_ts: float, *, in_session: bool) -> Bools:
        """Say which quotes are too old to be believed; while the market is closed those of its close are the newest."""
        return np.asarray(in_session & (self.late_s(self.quoted_ts, now_ts) > MOST_AGE_S))


def of_reading(reading: Reading, told: Told, *, now_ts: float, in_session: bool) -> dict[str, LegMark]:
    """Return the mark of every contract of a reading, by its name.

    Parameters
    ----------
    reading : Reading
        Of a chain in which quotes that are old have been left out.
    told : Told
        What the vendor tells, old quotes included.

    Notes
    -----
    The middle of a quote that may be believed; a trade of the last quarter of an hour; our model's price, within the
    quote where there is one; and where nothing else is known the middle of a quote that is wide, or old. What has
    expired is worth what its settlement says, so that nobody knows it here.
    """
    price, source, at_ts = _hierarchy(reading, told, now_ts=now_ts, in_session=in_session)
    chain, greeks = reading.chain, reading.greeks
    exercised = np.maximum(np.where(chain.is_call, 1.0, -1.0) * (reading.spot - chain.strike), 0.0)
    price = np.round(price, PLACES)
    columns = {
        "mark": price,
        "bid": told.bid,
        "ask": told.ask,
        "sigma": reading.sigma,
        **{name: getattr(greeks, name) for name in ("delta", "gamma", "theta", "vega", "rho")},
        "extrinsic": np.maximum(price - exercised, 0.0),
        "forward": reading.forward,
        "at_ts": at_ts,
        "old": (source == _QUOTE) & told.is_old(now_ts, in_session=in_session),
    }
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    listed = names(chain.root, chain.expiry, chain.is_call, chain.strike)
    return {
        name: LegMark(source=_SOURCES[code], **dict(zip(columns, row, strict=True)))
        for name, code, row in zip(listed, source.tolist(), rows, strict=True)
    }


def _hierarchy(
    reading: Reading, told: Told, *, now_ts: float, in_session: bool
) -> tuple[Floats, np.ndarray[Any, np.dtype[np.int64]], Floats]:
    """Return price, place in `_SOURCES` and the instant of each contract's best price."""
    alive = reading.t_years > 0
    with np.errstate(invalid="ignore"):
        has_quote = (told.bid > 0) & (told.ask > told.bid)
        middle = np.where(has_quote | (reading.verdict == Verdict.GOOD), 0.5 * (told.bid + told.ask), np.nan)
        believed = reading.verdict == Verdict.GOOD
        fresh = np.isfinite(told.last_ts) & (told.late_s(told.last_ts, now_ts) <= FRESH_TRADE_S) & (told.last > 0)
        # A quote too wide to take the middle of still bounds what the contract can be sold and bought at.
        bounded = has_quote & ~told.is_old(now_ts, in_session=in_session)
        model = reading.greeks.price
        model = np.where(bounded, np.clip(model, told.bid, told.ask), np.maximum(model, 0.0))
    rungs = [(believed, middle, _QUOTE), (fresh, told.last, _LAST), (np.isfinite(model), model, _MODEL)]
    rungs.append((has_quote, middle, _QUOTE))
    holds = [alive & condition for condition, _, _ in rungs]
    price = np.select(holds, [price for _, price, _ in rungs], np.nan)
    source = np.select(holds, [code for _, _, code in rungs], _NONE)
    asked_ts = reading.chain.as_of.timestamp()
    spot_ts = reading.chain.spot_ts if isfinite(reading.chain.spot_ts) else asked_ts
    quoted_ts = np.where(np.isfinite(told.quoted_ts), told.quoted_ts, asked_ts)
    at_ts = np.select([source == _QUOTE, source == _LAST, source == _MODEL], [quoted_ts, told.last_ts, spot_ts], np.nan)
    return price, source, at_ts
