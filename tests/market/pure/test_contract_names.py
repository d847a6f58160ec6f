from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.pure.contract_names import Contract, names, parse, parsed

FRIDAY = date(2026, 2, 20)
CONTRACTS = st.builds(
    Contract,
    root=st.from_regex(r"[A-Z][A-Z.]{0,4}[0-9]?", fullmatch=True),
    expiry=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    is_call=st.booleans(),
    strike=st.integers(1, 99_999_999).map(lambda thousandths: Decimal(thousandths) / 1000),
)


@given(CONTRACTS)
def test_a_contract_survives_its_name(contract: Contract) -> None:
    assert parse(contract.name) == contract


@given(st.lists(CONTRACTS, max_size=5))
def test_names_of_columns_are_those_of_their_rows(contracts: list[Contract]) -> None:
    made = names(
        np.array([each.root for each in contracts], dtype="U7"),
        np.array([each.expiry for each in contracts], dtype="datetime64[D]"),
        np.array([each.is_call for each in contracts], dtype=np.bool_),
        np.array([float(each.strike) for each in contracts]),
    )

    assert made == [each.name for each in contracts]


@given(st.text(alphabet="SPXWO:260220CP.0123456789 ", max_size=24))
def test_whatever_is_read_as_a_contract_has_that_name(text: str) -> None:
    found = parsed(text)

    assert found is None or found.name == text


@pytest.mark.parametrize(
    ("name", "contract"),
    [
        ("SPXW260220C06970000", Contract("SPXW", FRIDAY, True, Decimal(6970))),
        ("SPX260220P06970000", Contract("SPX", FRIDAY, False, Decimal(6970))),
        ("F260220C00000500", Contract("F", FRIDAY, True, Decimal("0.5"))),
        ("XYZ260220C12345678", Contract("XYZ", FRIDAY, True, Decimal("12345.678"))),
        ("AAPL1260220C00150000", Contract("AAPL1", FRIDAY, True, Decimal(150))),
        ("BRK.B260220C00400000", Contract("BRK.B", FRIDAY, True, Decimal(400))),
        ("SPY240229P00000001", Contract("SPY", date(2024, 2, 29), False, Decimal("0.001"))),
    ],
)
def test_names_are_read_and_written(name: str, contract: Contract) -> None:
    assert parse(name) == parsed(name) == contract
    assert contract.name == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "expected the name of an option contract, such as SPXW260220C06970000"),
        ("AAPL", "expected the name"),
        ("O:SPXW260220C06970000", "expected the name"),  # a vendor's prefix
        ("SPXW  260220C06970000", "expected the name"),  # padded
        ("SPXW260220C06970000\n", "expected the name"),
        ("AAPL211022C000150000", "expected the name"),  # sixteen characters behind the root
        ("AAPL260220C0015000", "expected the name"),  # fourteen
        ("AAPL260220X00150000", "expected the name"),
        ("aapl260220C00150000", "expected the name"),
        ("260220C00150000", "expected the name"),
        ("AAPL26022\u0660C00150000", "expected the name"),  # a digit of another script
        ("AAPL261320C00150000", "261320 is no date"),
        ("AAPL250229C00150000", "250229 is no date"),
        ("AAPL260220C00000000", "a strike above 0"),
    ],
)
def test_another_text_is_an_error_with_a_sentence(name: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as trouble:
        parse(name)

    assert repr(name) in str(trouble.value)
    assert parsed(name) is None


@pytest.mark.parametrize(
    "contract",
    [
        Contract("SPX", FRIDAY, True, Decimal("0.0005")),
        Contract("SPX", FRIDAY, True, Decimal("5.0000000000000000000000000000001")),
        Contract("SPX", FRIDAY, True, Decimal(100_000)),
        Contract("SPX", FRIDAY, True, Decimal(0)),
        Contract("SPX", FRIDAY, True, Decimal(-5)),
        Contract("SPX", FRIDAY, True, Decimal("NaN")),
        Contract("SPX", FRIDAY, True, Decimal("Infinity")),
        Contract("spx", FRIDAY, True, Decimal(5)),
        Contract("", FRIDAY, True, Decimal(5)),
        Contract("SPX", date(1999, 2, 20), True, Decimal(5)),
    ],
)
def test_a_contract_that_no_name_says_is_an_error(contract: Contract) -> None:
    with pytest.raises(ValueError, match="no name of an option contract says this"):
        _ = contract.name


@pytest.mark.parametrize(("root", "adjusted"), [("AAPL", False), ("AAPL1", True), ("BRK.B", False)])
def test_a_digit_behind_the_root_marks_an_adjusted_contract(root: str, adjusted: bool) -> None:
    assert Contract(root, FRIDAY, True, Decimal(150)).is_adjusted is adjusted
