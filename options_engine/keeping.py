"""Answers about options, computed by one for all who ask and kept for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from market import answers, clock
from market.answers import Answer
from market.vendors import vendor
from options_engine import readings

TTL_S: Final = 300
# Counted up when a release reads members that answers of the one before do not have: those are not asked any more.
_GENERATION: Final = "2"


def kept(
    part: str, symbol: str, *name: object, force: bool, made: Callable[[float], dict[str, Any]], ttl_s: int = TTL_S
) -> Answer:
    """Return an answer that is kept, or what `made` makes of a chain of the age that it is told.

    Parameters
    ----------
    part, symbol, *name
        What tells it from other answers; one of another market date is another.
    force : bool
        Ask the vendor now, whatever is kept on any floor; others get what it brings.
    made : callable
        Given how old its chain may be [market seconds], returns the body.
    ttl_s : int
        How long it is kept. [market seconds]
    """
    now = clock.now()
    return answers.remembered(
        *(part, _GENERATION, vendor().name, symbol, clock.market_date(now).isoformat(), *(str(each) for each in name)),
        ttl_s=ttl_s,
        now=now,
        compute=lambda: made(0.0 if force else readings.FRESH_S),
        once=True,
        anew=force,
    )
