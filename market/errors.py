"""What can go wrong with a vendor or a symbol."""

from __future__ import annotations

from config.http.errors import CoachError, Unavailable


class ProviderUnavailable(Unavailable):
    """The vendor cannot be reached, or answered nonsense; `reason` says which, where anybody knows."""

    provider: str
    reason: str

    def __init__(self, *, provider: str, reason: str = "") -> None:
        if reason:
            self.message = "{provider} cannot be used at the moment: {reason}"
        super().__init__(provider=provider, reason=reason)


class NotEntitled(ProviderUnavailable):
    """The vendor's plan does not include what was asked for; asking again soon is of no use."""

    def __init__(self, *, provider: str, reason: str = "not_entitled") -> None:
        super().__init__(provider=provider, reason=reason)


class RateLimited(Unavailable):
    """The vendor wants us to slow down."""

    message = "{provider} asks us to wait {retry_after:.1f} s"
    provider: str
    retry_after: float


class UnknownSymbol(CoachError):
    """The vendor knows no such symbol."""

    code, label, status = "NOT_FOUND", "Not found", 404
    message = "{symbol} is not a symbol the market data provider knows"
    symbol: str


class NoChains(CoachError):
    """The vendor has no options of this symbol, or none at all."""

    code, label, status = "NOT_FOUND", "No options found", 404
    message = "The {provider} provider has no option chain of {symbol}"
    provider: str
    symbol: str


class OutsideCalendar(CoachError):
    """A date that the exchange calendar does not cover."""

    code, label, status = "VALIDATION_ERROR", "VALIDATION_ERROR", 400
    message = "{day} lies outside the trading calendar, which runs from {first} to {last}"


class CalendarTooShort(CoachError):
    """The calendar ends soon: a newer release of the coach is due."""

    code = "market.calendar_too_short"
    message = "The trading calendar ends on {last}, {days} days from now; it should reach at least {wanted} days ahead"


class ReplayIsEmpty(CoachError):
    """There is nothing to replay."""

    code = "market.replay_empty"
    message = (
        "The {provider} provider has no session to play: REPLAY_PATH names a folder of Parquet or CSV minute bars, "
        "REPLAY_CHAINS one of recorded option chains"
    )


class UnreadableChain(CoachError):
    """A file of a recorded option chain that is not what it should be."""

    code = "market.unreadable_chain"
    message = "{path}: {reason}"
    path: object
    reason: str


class InvalidSymbol(CoachError):
    """A text that cannot be a symbol."""

    code = label = "VALIDATION_ERROR"
    status = 400
    message = "{symbol!r} is not a symbol: up to ten letters, digits and . _ : - are"
    symbol: str

    def extra(self) -> dict[str, object]:
        """Return the issue where the other validation errors put theirs."""
        return {"details": {"issues": [f"symbol: {self}"]}}
