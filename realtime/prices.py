"""Live prices: never stored, only for symbols that somebody looks at, one layer message a feed round."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Mapping

from redis.exceptions import RedisError

from market import feed
from market.vendors import vendor
from market.vendors.protocol import Quote
from realtime import layer, looking
from realtime.channels import PRICES_GROUP
from realtime.messages import Price

logger = logging.getLogger(__name__)
SEND_TIMEOUT_S = 2.0


def publish(quotes: Mapping[str, Quote]) -> None:
    """Send the prices of a feed round to the hubs. A round that is lost is followed by the next."""
    try:
        texts = frames({symbol: quotes[symbol] for symbol in looking.symbols() if symbol in quotes})
        if texts:
            layer.group_send(PRICES_GROUP, {"type": "prices", "frames": texts}, timeout_s=SEND_TIMEOUT_S)
    except (RedisError, OSError, TimeoutError) as problem:
        logger.warning("realtime.prices.lost", extra={"problem": repr(problem)})


def first_look(symbols: Collection[str]) -> dict[str, str]:
    """Note that somebody looks at these now, and return the frames of those whose price is known."""
    looking.look(symbols)
    return frames(feed.quotes(symbols))


def frames(quotes: Mapping[str, Quote]) -> dict[str, str]:
    """Return the text of each symbol's `price` frame; none for a symbol without a price."""
    simulated = vendor().simulated
    return {
        symbol: price(quote, simulated=simulated).text()
        for symbol, quote in quotes.items()
        if math.isfinite(quote.price)
    }


def price(quote: Quote, *, simulated: bool) -> Price:
    """Return the message of a quote.

    The contract's plain numbers are 0 where nobody knows them, and are then named in `unavailable`.
    """
    known = {"change": quote.change, "changePct": _percent(quote), "volume": quote.volume_minute}
    unavailable = tuple(name for name, value in known.items() if not math.isfinite(value))
    sent = {name: 0.0 if name in unavailable else round(value, 2) for name, value in known.items()}
    return Price(
        symbol=quote.symbol,
        price=round(quote.price, 4),
        change=sent["change"],
        change_pct=sent["changePct"],
        volume=sent["volume"],
        timestamp=quote.at,
        day_volume=quote.volume_today if math.isfinite(quote.volume_today) else None,
        stale=quote.stale,
        delayed=quote.delayed,
        simulated=simulated,
        unavailable=unavailable or None,
    )


def _percent(quote: Quote) -> float:
    # The contract: 0 when the reference is 0, which no real close is.
    return quote.change_pct if quote.prev_close else 0.0
