"""Made-up fills for tests: three contracts, many of them at the same second, long, short and flipping."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from options_engine.pure.fills import Fill, Kind

OPEN = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
CALL, PUT, STOCK = "SPXW260320C06900000", "SPY260320P00670000", "SPY"
MULTIPLIERS = {CALL: Decimal(100), PUT: Decimal(100), STOCK: Decimal(1)}


def fill(quantity, price, second=0, contract=CALL, kind=Kind.TRADE, fees="0"):
    at = OPEN + timedelta(seconds=second)
    return Fill(contract, at, Decimal(quantity), Decimal(price), MULTIPLIERS[contract], Decimal(fees), kind)


def amounts(least, most, places):
    return st.integers(least, most).map(lambda units: Decimal(units).scaleb(-places))


# What expires or settles is never more than what is held, so random sequences go without; the tables have them.
MADE = st.builds(
    fill,
    quantity=st.integers(-4, 4).filter(bool),
    price=amounts(0, 900_000, 4),
    second=st.integers(0, 9),
    contract=st.sampled_from(sorted(MULTIPLIERS)),
    kind=st.sampled_from([Kind.TRADE, Kind.TRADE, Kind.EXERCISE, Kind.ASSIGNMENT]),
    fees=amounts(0, 30_000, 4),
)
SEQUENCES = st.lists(MADE, min_size=1, max_size=25)
# Few prices: fills that are alike, and that are not, meet at one instant.
CROWDED = st.lists(
    st.builds(replace, MADE, price=st.integers(1, 3).map(Decimal), at=st.just(OPEN)) | MADE, min_size=1, max_size=25
)


def mirrored(fills):
    """The same fills by who took the other side, with the same fees."""
    return [replace(each, quantity=-each.quantity) for each in fills]


@st.composite
def cut_up(draw, fills):
    """The same fills, each perhaps in parts that share its quantity and fees, in any order."""
    parts = []
    for each in fills:
        share = draw(st.sampled_from([Decimal(0), Decimal("0.25"), Decimal("0.5"), Decimal("0.875")]))
        fees = (each.fees * draw(st.sampled_from([share, Decimal(0), Decimal(1)]))) if share else Decimal(0)
        if share:
            parts.append(replace(each, quantity=each.quantity * share, fees=fees))
        parts.append(replace(each, quantity=each.quantity * (1 - share), fees=each.fees - fees))
    return draw(st.permutations(parts))
