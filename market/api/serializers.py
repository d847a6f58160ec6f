"""The shapes of market requests: what is checked before any work is done."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.http.fields import Text
from market.chart import MOST_BARS, TIMEFRAMES
from market.levels import VIEWS
from market.models import Watchlist
from market.watchlists import DEFAULT_NAME, MOST_SYMBOLS

# Longer than a symbol, because spaces around it and a vendor's prefix are taken off afterwards.
LONGEST_SYMBOL_TEXT = 32


class WatchlistChange(serializers.Serializer[Any]):
    """Any of the three members of a list, at least one."""

    name = Text(max_length=80, required=False)
    symbols = serializers.ListField(
        child=Text(max_length=LONGEST_SYMBOL_TEXT),
        allow_empty=False,
        max_length=MOST_SYMBOLS,
        required=False,
    )
    isDefault = serializers.BooleanField(source="is_default", required=False)  # noqa: N815 -- the wire's name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change that changes nothing."""
        if not attrs:
            raise serializers.ValidationError("Expected at least one of name, symbols and isDefault.")
        return attrs


class WatchlistCreation(WatchlistChange):
    """A new list; only its symbols must be said."""

    name = Text(max_length=80, default=DEFAULT_NAME)
    symbols = serializers.ListField(
        child=Text(max_length=LONGEST_SYMBOL_TEXT), allow_empty=False, max_length=MOST_SYMBOLS
    )
    isDefault = serializers.BooleanField(source="is_default", default=False)  # noqa: N815 -- the wire's name


class LevelsQuery(serializers.Serializer[Any]):
    """What /api/levels understands."""

    timeframe = serializers.ChoiceField(choices=VIEWS, default="intraday")


@extend_schema_field({"type": "string", "enum": ["true", "false"]})
class WordedBoolean(Text):
    """The words true and false in any case, and nothing else."""

    def to_internal_value(self, data: Any) -> bool:  # type: ignore[override]
        """Return the boolean."""
        word = super().to_internal_value(data).lower()
        if word not in ("true", "false"):
            raise serializers.ValidationError("Expected true or false.")
        return word == "true"

    def to_representation(self, value: bool) -> str:  # type: ignore[override]  # noqa: FBT001 -- DRF's signature
        """Return the word."""
        return str(value).lower()


class ChartQuery(serializers.Serializer[Any]):
    """What /api/chart understands."""

    timeframe = serializers.ChoiceField(choices=list(TIMEFRAMES), default="1D")
    bars = serializers.IntegerField(min_value=1, max_value=MOST_BARS, required=False)
    includeIndicators = WordedBoolean(source="with_indicators", default=False)  # noqa: N815 -- the wire's name
    extended = WordedBoolean(default=False)


class SearchQuery(serializers.Serializer[Any]):
    """What /api/symbols/search understands."""

    q = Text(max_length=30, default="", allow_blank=True)
    limit = serializers.IntegerField(min_value=1, max_value=50, default=20)


def watchlist_row(row: Watchlist) -> dict[str, object]:
    """Return a stored list as the wire names it."""
    return {
        "id": row.pk,
        "user_id": row.user_id,
        "name": row.name,
        "symbols": row.symbols,
        "is_default": row.is_default,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
