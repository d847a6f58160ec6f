"""What every answer about a symbol's options shares: the symbol, and which trouble has which status."""

from __future__ import annotations

from config.http.errors import Unavailable
from config.http.schema import refusal
from config.http.views import ApiView
from market import symbols
from market.errors import NoChains, UnknownSymbol
from market.vendors import vendor

# What routes of our own answer where there is nothing to say, for the schema.
AWAY = refusal("The vendor is away, or does not say enough.")
UNANSWERED = {404: refusal("The symbol has no options."), 503: AWAY}


class NoOptions(Unavailable):
    """The underlying has no options, told where the contract knows no 404."""

    code, label = "DATA_UNAVAILABLE", "Data unavailable"
    message = "There are no options of {symbol}"
    symbol: str


class OptionsView(ApiView):
    """Numbers of one underlying's options; each costs one query of the allowance."""

    counts_as_query = True

    def handle_exception(self, exc: Exception) -> object:  # type: ignore[override]
        """Answer for a symbol that the vendor does not know as for one without options."""
        if isinstance(exc, UnknownSymbol):
            exc = NoChains(provider=vendor().name, symbol=exc.symbol)
        return super().handle_exception(exc)

    @staticmethod
    def ours(symbol: str) -> str:
        """Return our name of the symbol in the path."""
        return symbols.normalise(symbol)


class UnlistedView(OptionsView):
    """The same where the contract knows no 404: no options are missing data."""

    def handle_exception(self, exc: Exception) -> object:
        """Answer 503 for a symbol without options."""
        if isinstance(exc, NoChains | UnknownSymbol):
            exc = NoOptions(symbol=exc.symbol)
        return super().handle_exception(exc)
