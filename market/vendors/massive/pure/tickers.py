"""What Massive calls things: plain stocks, indexes behind `I:`, options behind `O:`."""

from __future__ import annotations

from typing import Final

from market.pure.contract_names import Contract, parsed

INDEX_PREFIX: Final = "I:"
OPTION_PREFIX: Final = "O:"


def to_symbol(ticker: str) -> str:
    """Return our name of a stock, fund or index of Massive's."""
    return ticker.removeprefix(INDEX_PREFIX)


def of_option(name: str) -> str:
    """Return the ticker of a contract by its name."""
    return f"{OPTION_PREFIX}{name}"


def to_option(ticker: str) -> Contract | None:
    """Return the contract that a ticker names, None when it names none."""
    return parsed(ticker.removeprefix(OPTION_PREFIX)) if ticker.startswith(OPTION_PREFIX) else None
