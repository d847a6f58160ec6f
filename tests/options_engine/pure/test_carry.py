from __future__ import annotations

import pytest

from options_engine.pure.carry import dividend_yield


@pytest.mark.parametrize(("symbol", "expected"), [("SPX", 0.014), ("TSLA", 0.0), ("AMZN", 0.0), ("ZZZZ", 0.005)])
def test_a_company_that_pays_nothing_yields_nothing(symbol: str, expected: float) -> None:
    assert dividend_yield(symbol) == expected
