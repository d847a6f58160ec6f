"""Why a message of a client is refused: the contract's codes and sentences."""

from __future__ import annotations

from config.http.errors import CoachError

LONGEST_ECHO = 80  # characters of a client's text that an answer repeats


class Refusal(CoachError):
    """A message, or a part of one, that is not done; the socket stays open unless a close follows.

    `code` is one of the contract's; None where it has no word for the case and the sentence says it.
    """

    code: str | None = None  # type: ignore[assignment]

    def __init__(self, **facts: object) -> None:
        super().__init__(**{name: _bounded(value) for name, value in facts.items()})


class InvalidJson(Refusal):
    """The frame is no JSON object."""

    code, message = "invalid_json", "Invalid JSON message"


class UnknownType(Refusal):
    """A message type the server has not heard of."""

    code, message = "unknown_type", "Unknown message type: {name}"


class MalformedSymbol(Refusal):
    """A text that cannot be a ticker."""

    code, message = "unknown_symbol", "Unknown symbol: {name}"


class InvalidChannel(Refusal):
    """A text that cannot be a channel."""

    code, message = "invalid_channel", "Invalid channel: {name}"


class ForbiddenChannel(Refusal):
    """A channel of somebody else."""

    code, message = "forbidden_channel", "Forbidden channel: {name}"


class TooManySubscriptions(Refusal):
    """Symbols and channels together are more than a connection may hold."""

    code, message = "too_many_subscriptions", "Maximum {limit} subscriptions"


class NotWelcome(Refusal):
    """Credentials that are bad or have run out; a close with 4401 follows."""

    code, message = "unauthorized", "{reason}"


class TooManySockets(Refusal):
    """More connections than one user, or one address, may hold; a close with 4429 follows."""

    message = "Maximum {limit} connections for one {holder}"


class TooManyMessages(Refusal):
    """A client that talks faster than anybody reads; a close with 4429 follows."""

    message = "Maximum {limit} messages a second"


def _bounded(value: object) -> object:
    return value[:LONGEST_ECHO] if isinstance(value, str) else value
