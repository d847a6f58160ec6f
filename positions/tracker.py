"""The tracker: every open position valued from the market of now, what moved stored and told; see docs/positions.md."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from market import clock
from market.pure.phase import Phase
from market.pure.staleness import stale_after_s
from positions import day_marks, kept_marks, open_positions, pricing
from positions.kept_marks import Kept
from positions.pricing import Prices
from positions.pure.facts import NAN, PositionFacts
from positions.pure.snapshot import snapshot
from positions.pure.structures import Kind
from positions.pure.valuation import Marked, OpenPosition, value
from realtime import position_values

logger = logging.getLogger(__name__)

# What has not moved is looked at all the same; this often it is written down that it was. [market time]
SEEN_AGAIN: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one cycle did.

    Attributes
    ----------
    positions, users, underlyings, contracts : int
        What is held; contracts are options.
    moved : int
        Positions that show something else than before: stored and told.
    stored : int
        Rows written, those included of which only the time has gone on.
    stale : int
        Positions whose numbers are older than they should be.
    failed : tuple of str
        Contracts and underlyings that nobody could be asked about.
    missing : tuple of str
        Contracts that the vendor does not know.
    facts : list of PositionFacts
        What every open position is worth now.
    """

    positions: int
    users: int
    underlyings: int
    contracts: int
    moved: int
    stored: int
    stale: int
    failed: tuple[str, ...]
    missing: tuple[str, ...]
    facts: list[PositionFacts] = field(repr=False, compare=False)


def run(now: datetime) -> Cycle:
    """Value everybody's open positions, store what moved with one statement, and tell it. Safe to run twice."""
    held = open_positions.read()
    prices = pricing.of(held, now=now)
    marked = _marked(held, prices)
    facts = value(marked, now=now)
    said = {each.id: snapshot(each, now=now) for each in facts}
    digests = {key: kept_marks.digest(each) for key, each in said.items()}
    moved, idle = _news(digests, now=now)
    # What moved counts as shown once it was told, not before: a worker that dies in between leaves it to the next one.
    rows = [
        kept_marks.row(
            each,
            its.marks,
            version=its.position.version,
            digest="" if each.id in moved else digests[each.id],
            seen_at=now,
        )
        for its, each in zip(marked, facts, strict=True)
        if each.id in moved or each.id in idle
    ]
    # Before: the next marks have no leg that was closed. After: the last ones had none that was opened.
    day_marks.note_trades(now)
    written = kept_marks.write(rows)
    day_marks.note_trades(now)
    told = moved & written
    if _tell({each.id: each.user_id for each in facts if each.id in told}, said, now=now):
        kept_marks.note_shown({key: digests[key] for key in told})
    return Cycle(
        positions=len(held),
        users=len({each.user_id for each in held}),
        underlyings=len(prices.spots),
        contracts=len({leg.contract for each in held for leg in each.legs if leg.leg.kind is not Kind.STOCK}),
        moved=len(told),
        stored=len(written),
        stale=sum(each.stale for each in facts),
        failed=tuple(prices.failed),
        missing=prices.missing,
        facts=facts,
    )


def facts_of(*, user_id: UUID | None = None, ids: Collection[UUID] | None = None, now: datetime) -> list[PositionFacts]:
    """Return what was last known of open positions: of one trader's, of these, or of all; the latest opened first.

    Nothing is asked of the vendor. Prices are those of the tracker's last cycle, holdings those of now. One that the
    tracker has not looked at lately is stale, one that it has never seen has no value.
    """
    held = open_positions.read(user_id=user_id, ids=ids)
    kept = kept_marks.read([each.id for each in held])
    return value([_from_kept(each, kept.get(each.id), now=now) for each in held], now=now)


def live(*, user_id: UUID | None = None, ids: Collection[UUID] | None = None, now: datetime) -> list[PositionFacts]:
    """Return open positions valued from the market of now, without storing anything; the latest opened first.

    Prices that the tracker has asked for within its cycle are taken as they are.
    """
    held = open_positions.read(user_id=user_id, ids=ids)
    return value(_marked(held, pricing.of(held, now=now, max_age_s=15.0)), now=now)


def _marked(held: Sequence[OpenPosition], prices: Prices) -> list[Marked]:
    """Return each position with its prices of now; where one is missing, with all of its last good ones."""
    fresh = [
        Marked(position=each, marks=prices.marks.get(each.symbol, {}), spot=prices.spots.get(each.symbol, NAN))
        for each in held
    ]
    unpriced = [each.position.id for each in fresh if not each.is_priced]
    kept = kept_marks.read(unpriced) if unpriced else {}
    return [_last_good(each, kept.get(each.position.id)) if not each.is_priced else each for each in fresh]


def _last_good(each: Marked, kept: Kept | None) -> Marked:
    return replace(each, marks=kept.marks, spot=kept.spot, stale=True) if kept else replace(each, stale=True)


def _from_kept(position: OpenPosition, kept: Kept | None, *, now: datetime) -> Marked:
    if kept is None:
        return Marked(position=position, marks={}, spot=NAN, stale=True)
    unseen_s = (now - kept.seen_at).total_seconds()
    late = clock.phase(now) is not Phase.CLOSED and unseen_s > SEEN_AGAIN.total_seconds() + stale_after_s(clock.speed())
    return Marked(position=position, marks=kept.marks, spot=kept.spot, stale=kept.stale or late)


def _news(digests: Mapping[UUID, str], *, now: datetime) -> tuple[set[UUID], set[UUID]]:
    """Return who shows something else than before, and of whom nobody has written for long that he does not."""
    before = kept_marks.shown()
    moved = {key for key, each in digests.items() if key not in before or before[key].digest != each}
    if clock.phase(now) is Phase.CLOSED:
        return moved, set()
    # A clock that was set back has seen marks that are still to come.
    return moved, {key for key in digests.keys() - moved if not now - SEEN_AGAIN < before[key].seen_at <= now}


def _tell(owners: Mapping[UUID, UUID], said: Mapping[UUID, Mapping[str, Any]], *, now: datetime) -> bool:
    by_user: defaultdict[UUID, dict[UUID, Mapping[str, Any]]] = defaultdict(dict)
    for position, user in owners.items():
        by_user[user][position] = said[position]
    return position_values.publish(by_user, at=now)
