"""A trader's totals as the portfolio tells them, as the rows of his positions add up, and as the database has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg

ZERO = Decimal(0)
STORED = """
    SELECT count(*), count(*) FILTER (WHERE mark.stale OR mark IS NULL), count(*) FILTER (WHERE mark.value IS NULL),
        coalesce(sum(CASE WHEN held.direction = 'long' THEN mark.value ELSE -mark.value END), 0),
        coalesce(sum(mark.value), 0), coalesce(sum(abs(held.cost)), 0), coalesce(sum(mark.unrealised), 0),
        coalesce(sum(held.realised), 0), coalesce(sum(held.fees), 0)
    FROM positions_position AS held LEFT JOIN positions_mark AS mark ON mark.position_id = held.id
    WHERE held.user_id = %s AND held.status = 'open'
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """What open positions are together, to the cent. [USD]"""

    count: int
    stale: int
    unpriced: int
    value: Decimal
    net_liq: Decimal
    cost: Decimal
    pnl: Decimal
    realised: Decimal
    fees: Decimal


def of_portfolio(told: Mapping[str, Any]) -> Totals:
    """Return the totals of `GET /api/positions/portfolio`, or of one of its parts."""
    names = ("totalValue", "netLiq", "totalCostBasis", "totalPnl", "realizedPnl", "fees")
    return Totals(told["count"], told["stale"], told["unpriced"], *(_exact(told[name]) for name in names))


def of_rows(rows: Sequence[Mapping[str, Any]]) -> Totals:
    """Return the sums of rows of `GET /api/positions/live`, or of the last `position_update` of each."""
    names = ("currentValue", "marketValue", "costBasis", "pnl", "realizedPnl", "fees")
    return Totals(
        len(rows),
        sum(row["stale"] for row in rows),
        sum("pnl" in row.get("unavailable", ()) for row in rows),
        *(sum((_exact(abs(row[name]) if name == "costBasis" else row[name]) for row in rows), ZERO) for name in names),
    )


def of_database(database: psycopg.Connection[Any], user_id: str) -> Totals:
    """Return the sums of a trader's stored rows."""
    row = database.execute(STORED, [user_id]).fetchone()
    assert row is not None
    return Totals(*row[:3], *(round(amount, 2) for amount in row[3:]))


def assert_totals_are_the_same(portfolio: Totals, rows: Totals, stored: Totals) -> None:
    """Hold what a portfolio says against the sums of its rows and of the database, cent by cent."""
    assert portfolio == rows
    assert rows == stored


def _exact(amount: float) -> Decimal:
    # The shortest text of a float that was rounded to cents are those cents.
    return Decimal(str(amount)).quantize(Decimal("0.01"))
