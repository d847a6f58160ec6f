"""One change of holdings: so many of a contract at one price, checked and exact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

ZERO: Final = Decimal(0)
SHARES: Final = Decimal(100)
# Finer figures are refused: where the multiplier has at most one decimal, sums keep all digits up to a hundred billion.
FINEST: Final = Decimal("1E-8")
LARGEST: Final = 12  # digits before the point


class Kind(StrEnum):
    """How a fill came about, in the order in which fills of one instant count: what is left expires last."""

    TRADE = "trade"
    EXERCISE = "exercise"
    ASSIGNMENT = "assignment"
    CASH_SETTLEMENT = "cash_settlement"
    EXPIRY = "expiry"


@dataclass(frozen=True, slots=True)
class Fill:
    """So many of one contract that changed hands at one price.

    Attributes
    ----------
    contract : str
        Its name at the Options Clearing Corporation, or the ticker of a stock.
    at : datetime
        Aware; kept in UTC.
    quantity : Decimal
        Of contracts or shares, negative when sold, not 0.
    price : Decimal
        Not negative; 0 at expiry, the strike for shares that an exercise or assignment delivers. [USD a share]
    multiplier : Decimal
        Shares a contract, 1 for stock.
    fees : Decimal
        Not negative, spent when paid. [USD]

    Raises
    ------
    ValueError
        If a figure is not a finite Decimal in its range, below a trillion and of at most eight decimals, or the
        time has no zone.
    """

    contract: str
    at: datetime
    quantity: Decimal
    price: Decimal
    multiplier: Decimal = SHARES
    fees: Decimal = ZERO
    kind: Kind = Kind.TRADE

    def __post_init__(self) -> None:
        if not self.contract:
            raise ValueError("a fill has no contract: expected its OCC name or a ticker")
        if self.at.utcoffset() is None:
            raise ValueError(f"at={self.at.isoformat()}: expected a time with its zone")
        # Times of one zone are compared by their wall clocks, which show the hour of a clock change twice.
        object.__setattr__(self, "at", self.at.astimezone(UTC))
        _refuse_unless("quantity", self.quantity, "other than 0", fits=_exact(self.quantity) and self.quantity != 0)
        _refuse_unless("price", self.price, "not below 0", fits=_exact(self.price) and self.price >= 0)
        _refuse_unless("multiplier", self.multiplier, "above 0", fits=_exact(self.multiplier) and self.multiplier > 0)
        _refuse_unless("fees", self.fees, "not below 0", fits=_exact(self.fees) and self.fees >= 0)
        if self.kind == Kind.EXPIRY and self.price:
            raise ValueError(f"price={self.price}: what expires leaves at 0")

    @property
    def cash(self) -> Decimal:
        """What it brought in, its fees paid. [USD]."""
        return -self.quantity * self.price * self.multiplier - self.fees


def _exact(figure: Decimal) -> bool:
    return isinstance(figure, Decimal) and figure.is_finite() and figure.adjusted() < LARGEST and not figure % FINEST


def _refuse_unless(name: str, figure: Decimal, wanted: str, *, fits: bool) -> None:
    if not fits:
        raise ValueError(f"{name}={figure}: expected a finite Decimal {wanted} and below 1E12, with at most 8 decimals")
