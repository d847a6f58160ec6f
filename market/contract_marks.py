"""What any option contracts cost, asked of the vendor in batches once for all processes; see docs/market.md."""

from __future__ import annotations

import hashlib
import logging
import math
import struct
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, cast

import redis

from config.redis import client, key
from market import clock
from market.asked_once import asked_once
from market.errors import ProviderUnavailable, RateLimited
from market.pure.contract_marks import Mark, Marks
from market.pure.contract_names import parsed
from market.vendors import vendor
from market.vendors.protocol import Vendor

logger = logging.getLogger(__name__)

BATCH: Final = 250
KEPT_S: Final = 60  # market seconds
LOST: Final = "a part of the vendor's answer was lost"
# Two readings of a clock may differ by this; what is further ahead was asked for before the clock was set back.
SKEW: Final = timedelta(seconds=5)
_ASKED: Final = struct.Struct("<d")  # market time [Unix s], before the packed mark or nothing

# By name; None is a contract that the vendor does not know.
Told = Mapping[str, Mark | None]


def marks(tickers: Collection[str], *, now: datetime, max_age_s: float) -> Marks:
    """Return what contracts cost, whatever their underlyings: a call of the vendor for each 250 that are not kept.

    Parameters
    ----------
    tickers : collection of str
        Names of contracts, as SPXW260220C06970000; of equals one is asked for.
    now : datetime
        Market time.
    max_age_s : float
        A mark that was asked for longer ago is asked for again; 0 takes only what is asked for from now on. How old
        its quote is says the mark itself. [market seconds], at most 60

    Notes
    -----
    The vendor's trouble is told in `failed`, of those contracts whose call it befell; the others stand. Which contracts
    are asked for together depends on nothing but which they are.
    """
    wanted = sorted(set(tickers))
    named = [ticker for ticker in wanted if parsed(ticker)]
    question = _Question(vendor(), now, min(max_age_s, KEPT_S), _wall_s(KEPT_S))
    known = dict(question.kept(named))
    left = [ticker for ticker in named if ticker not in known]
    why: dict[str, str] = {}
    for batch, answer in question.asked([left[start : start + BATCH] for start in range(0, len(left), BATCH)]):
        told, trouble = ({}, str(answer)) if isinstance(answer, Exception) else (answer, LOST)
        known.update(told)
        why.update((ticker, trouble) for ticker in batch if ticker not in told)
    if why:
        logger.warning("market.contract_marks.failed", extra={"contracts": len(why), "why": sorted(set(why.values()))})
    return Marks(
        marks={ticker: mark for ticker in wanted if (mark := known.get(ticker))},
        missing=tuple(ticker for ticker in wanted if ticker not in why and not known.get(ticker)),
        failed=why,
    )


@dataclass(frozen=True, slots=True)
class _Question:
    """Everything about a question but the contracts: whom, as of when, how fresh, and for how long answers are kept."""

    source: Vendor
    now: datetime
    max_age_s: float
    keep_s: int

    def asked(self, batches: list[list[str]]) -> Iterator[tuple[list[str], Told | ProviderUnavailable | RateLimited]]:
        """Yield each batch with its answer or with what was in its way."""
        together: int = getattr(self.source, "marks_together", 1)
        if together == 1 or len(batches) <= 1:
            yield from ((batch, self._batch(batch)) for batch in batches)
            return
        with ThreadPoolExecutor(min(together, len(batches)), thread_name_prefix="contract-marks") as pool:
            yield from zip(batches, pool.map(self._batch, batches), strict=True)

    def kept(self, tickers: list[str]) -> Told:
        """Return those that anybody asked for lately enough."""
        found: dict[str, Mark | None] = {}
        for ticker, packed in zip(tickers, self._read(tickers), strict=True):
            try:
                if packed and self._is_good(*_ASKED.unpack_from(packed)):
                    told = packed[_ASKED.size :]
                    found[ticker] = Mark.unpack(ticker, told) if told else None
            except (ValueError, struct.error):
                logger.warning("market.contract_marks.unreadable", extra={"contract": ticker})
        return found

    def _batch(self, batch: list[str]) -> Told | ProviderUnavailable | RateLimited:
        def kept() -> Told | None:
            found = self.kept(batch)
            return found if len(found) == len(batch) else None

        name = hashlib.sha256(",".join(batch).encode()).hexdigest()[:32]
        try:
            return asked_once(key("marks", self.source.name, name), kept=kept, ask=lambda: self._ask(batch))
        except (ProviderUnavailable, RateLimited) as trouble:
            return trouble

    def _ask(self, batch: list[str]) -> Told:
        answer = self.source.contract_marks(batch, now=self.now)
        found: dict[str, Mark | None] = {mark.ticker: mark for mark in answer.rows}
        # Half an answer says nothing of those that are not in it.
        told = {ticker: found.get(ticker) for ticker in batch if ticker in found or not answer.partial}
        self._write(told)
        return told

    def _is_good(self, asked_s: float) -> bool:
        asked_at = datetime.fromtimestamp(asked_s, UTC)
        young = self.now < asked_at + timedelta(seconds=self.max_age_s) or asked_at >= self.now
        return young and asked_at - SKEW <= self.now

    def _key(self, ticker: str) -> str:
        return key("mark", self.source.name, ticker)

    def _read(self, tickers: list[str]) -> list[bytes | None]:
        if not tickers:
            return []
        try:
            found = cast("list[bytes | None]", client().mget([self._key(ticker) for ticker in tickers]))
        except redis.RedisError:
            logger.warning("market.contract_marks.unread", extra={"contracts": len(tickers)})
            return [None] * len(tickers)
        return found

    def _write(self, told: Told) -> None:
        asked = _ASKED.pack(self.now.timestamp())
        try:
            with client().pipeline(transaction=False) as pipe:
                for ticker, mark in told.items():
                    pipe.set(self._key(ticker), asked + (mark.pack() if mark else b""), ex=self.keep_s)
                pipe.execute()
        except redis.RedisError:
            logger.warning("market.contract_marks.unwritten", extra={"contracts": len(told)})


def _wall_s(market_s: float) -> int:
    return max(1, math.ceil(market_s / max(clock.speed(), 1.0)))
