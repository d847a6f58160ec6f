from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import numpy as np
import pytest

from market.pure.chain import COLUMNS, Chain
from tests.market.chains import chain

NAN = float("nan")
AS_OF = datetime(2026, 2, 9, 15, 0, 0, 250_000, tzinfo=UTC)
MONDAY, TUESDAY, FRIDAY = date(2026, 2, 9), date(2026, 2, 10), date(2026, 2, 20)
LISTED = [
    (FRIDAY, "SPX", 6000.0, "C"),
    (MONDAY, "SPXW", 6000.0, "C"),
    (FRIDAY, "SPXW", 6000.0, "P"),
    (TUESDAY, "SPXW", 5995.0, "P"),
]
SPX = chain("SPX", LISTED, spot=6001.5, as_of=AS_OF, bid=[1.0, NAN, 0.0, 2.5], open_interest=[5, 6, 7, 8])


def test_dates_are_told_once_and_in_order() -> None:
    assert SPX.expiries == [MONDAY, TUESDAY, FRIDAY]


def test_the_nearest_dates_have_all_their_contracts() -> None:
    assert SPX.nearest(2).open_interest.tolist() == [6, 8]
    assert SPX.nearest(3) is SPX
    assert len(SPX.nearest(0)) == 0


def test_a_part_keeps_what_is_said_of_the_whole() -> None:
    part = SPX.take(SPX.root == "SPX")

    assert (part.symbol, part.spot, part.as_of, part.root.tolist()) == ("SPX", 6001.5, AS_OF, ["SPX"])


@pytest.mark.parametrize("delayed", [True, False])
def test_what_is_packed_comes_back_whole(delayed: bool) -> None:
    back = Chain.unpack(replace(SPX, delayed=delayed).pack())

    assert (back.symbol, back.spot, back.as_of, back.delayed) == ("SPX", 6001.5, AS_OF, delayed)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(back, name), getattr(SPX, name))
        assert getattr(back, name).dtype == getattr(SPX, name).dtype


def test_a_chain_without_contracts_is_one() -> None:
    empty = chain("ZZZ", [], spot=NAN, as_of=AS_OF)

    assert Chain.unpack(empty.pack()).expiries == []


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="SPX: columns of a chain differ in length"):
        replace(SPX, strike=SPX.strike[:1])


def with_fewer_columns() -> bytes:
    buffer = BytesIO()
    np.savez(buffer, symbol=np.asarray("SPX"))
    return buffer.getvalue()


@pytest.mark.parametrize("packed", [b"", b"something else", SPX.pack()[:100], with_fewer_columns()])
def test_what_is_no_packed_chain_is_said_to_be_none(packed: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Chain.unpack(packed)
