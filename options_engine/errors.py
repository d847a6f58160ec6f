"""What can go wrong with option numbers."""

from __future__ import annotations

from datetime import date

from config.http.errors import CoachError, Unavailable


class ExpiryNotListed(CoachError):
    """Nothing expires on this date."""

    code, label, status = "NOT_FOUND", "No options found", 404
    message = "No options of {symbol} expire on {expiry}"
    symbol: str
    expiry: date


class NoSpot(Unavailable):
    """Nobody knows what the underlying costs, so nothing can be said of its options."""

    code, label = "DATA_UNAVAILABLE", "Data unavailable"
    message = "The price of {symbol} is not known at the moment"
    symbol: str


class TooLittle(Unavailable):
    """A chain without enough in it for an answer."""

    code, label = "DATA_UNAVAILABLE", "Data unavailable"
    message = "The options of {symbol} say too little: {reason}"
    symbol: str
    reason: str
