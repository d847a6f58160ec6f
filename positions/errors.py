"""What can go wrong with positions."""

from __future__ import annotations

from config.http.errors import CoachError, NotFound, Unavailable


class VersionConflict(CoachError):
    """The position has changed since the trader last saw it."""

    code, label, status = "CONFLICT", "Conflict", 409
    message = "This position has changed meanwhile: you saw version {seen}, it is now version {version}"
    seen: int
    version: int


class PlanConflict(CoachError):
    """The trading plan has changed since the trader last saw it."""

    code, label, status = "CONFLICT", "Conflict", 409
    message = "Your plan has changed meanwhile: you saw version {seen}, it is now version {version}"
    seen: int
    version: int


class PositionNotOpen(CoachError):
    """Something that only an open position can do."""

    code, label, status = "CONFLICT", "Position is not open", 409
    message = "This position is {state}; only an open one can be {what}"
    state: str
    what: str


class NotPossible(CoachError):
    """Something that this position is not made for."""

    code, label, status = "CONFLICT", "Not possible", 409
    message = "This position cannot be {what}: {why}"
    what: str
    why: str


class QuotesAreOld(Unavailable):
    """Prices that are not of now: nothing is offered at them."""

    code, label = "DATA_UNAVAILABLE", "Quotes are old"
    message = "The quotes of {symbol} are not of now, so that no {what} is priced from them"
    symbol: str
    what: str


class NotQuoted(Unavailable):
    """A contract that nobody quotes: nothing is priced without it."""

    code, label = "DATA_UNAVAILABLE", "Not quoted"
    message = "Nobody quotes {contract} now, so that no {what} is priced"
    contract: str
    what: str


class AdviceIsOver(CoachError):
    """Something that only an open advice can be answered with."""

    code, label, status = "CONFLICT", "Advice is over", 409
    message = "This advice is {state}; only an open one can be answered"
    state: str


class TooManyPositions(CoachError):
    """One open position more than a trader may have."""

    code, label, status = "VALIDATION_ERROR", "Position limit reached", 400
    message = "You already have {limit} open positions"
    limit: int


class InvalidPosition(CoachError):
    """An option that is to be analysed without strike or expiry; the screen looks at the label."""

    code, label, status = "VALIDATION_ERROR", "Invalid position", 400
    message = "Strike and expiry are needed for an option position: {where} has no {lacking}"
    where: str
    lacking: str


class LeapsNotFound(NotFound):
    """No such LEAPS of this trader; the screen prints the label."""

    label = "Position not found"

    def __init__(self) -> None:
        super().__init__(thing="position")


class TooManyLeaps(CoachError):
    """One LEAPS more than a trader may have; the screen prints the label."""

    code, label, status = "VALIDATION_ERROR", "Maximum 10 LEAPS positions allowed", 400
    message = "Delete a position before adding another"


class ProjectionUnknown(CoachError):
    """Nothing can be projected from what nobody knows; of the statuses of the contract, this one fits."""

    code, label, status = "MARKET_DATA_UNAVAILABLE", "Failed to generate projection", 500
    message = "Not known yet: {missing}. Nothing is projected from a guess."
    missing: str


class RollUnknown(ProjectionUnknown):
    """Nor is a roll calculated."""

    label = "Failed to calculate roll"
    message = "Not known yet: {missing}. No roll is calculated from a guess."
