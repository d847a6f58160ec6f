from __future__ import annotations

import math
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.pure.contract_marks import Mark, of_chain
from tests.market.chains import chain

TEN = datetime(2026, 2, 9, 15, tzinfo=UTC)
FRIDAY, MONTH = date(2026, 2, 13), date(2026, 2, 20)
CALL, PUT, MONTHLY = "SPXW260213C06000000", "SPXW260213P05992500", "SPX260220C06000000"

NUMBERS = st.floats(allow_infinity=False)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANTS = st.none() | st.integers(0, 2 * 10**15).map(lambda micros: EPOCH + timedelta(microseconds=micros))
MARKS = st.builds(
    Mark,
    ticker=st.just(CALL),
    **dict.fromkeys(("bid", "ask", "last", "iv", "delta", "gamma", "theta", "vega", "open_interest"), NUMBERS),
    at=INSTANTS,
    underlying_price=NUMBERS,
    last_at=INSTANTS,
    delayed=st.booleans(),
)


def same(mark: Mark, other: Mark) -> bool:
    """Compare whole marks, in which NaN is NaN."""
    return repr(asdict(mark)) == repr(asdict(other))


@given(MARKS)
def test_a_mark_survives_its_packing(mark: Mark) -> None:
    assert same(Mark.unpack(CALL, mark.pack()), mark)


@pytest.mark.parametrize("packed", [b"", b"another release", bytes(200)])
def test_what_is_no_packed_mark_is_an_error(packed: bytes) -> None:
    with pytest.raises(ValueError, match=f"{CALL}: not a packed mark"):
        Mark.unpack(CALL, packed)


def test_rows_of_a_chain_are_as_old_as_it_is() -> None:
    listed = [(FRIDAY, "SPXW", 6000.0, "C"), (FRIDAY, "SPXW", 5992.5, "P"), (MONTH, "SPX", 6000.0, "C")]
    figures = {"bid": [4.9, 3.0, 20.0], "ask": [5.1, 3.2, 21.0], "last": [math.nan, 3.1, 20.5], "iv": [0.1, 0.2, 0.3]}
    whole = chain("SPX", listed, spot=6001.5, as_of=TEN, open_interest=[10, 20, 30], delta=[0.5, -0.4, 0.6], **figures)

    found = of_chain(whole, [MONTHLY, CALL, "SPXW260213C07000000"])

    assert [mark.ticker for mark in found] == [CALL, MONTHLY]
    rest = dict.fromkeys(("gamma", "theta", "vega"), math.nan)
    expected = Mark(
        MONTHLY, 20.0, 21.0, 20.5, 0.3, delta=0.6, open_interest=30.0, at=TEN, underlying_price=6001.5, **rest
    )
    assert same(found[1], expected)
    assert (found[0].mid, math.isnan(found[0].last)) == (5.0, True)


def test_of_nothing_there_is_nothing() -> None:
    assert of_chain(chain("SPX", [], spot=6000.0, as_of=TEN), [CALL]) == []
    assert of_chain(chain("SPX", [(FRIDAY, "SPXW", 6000.0, "C")], spot=6000.0, as_of=TEN), []) == []
