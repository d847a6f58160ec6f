"""The shapes of questions about reports: what is checked before any work is done."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.http.fields import Text
from market import symbols
from market.errors import InvalidSymbol
from options_engine.api.serializers import ExpiryField, Switch
from options_engine.earnings import crush, history
from options_engine.earnings.calendar import MOST_DAYS, MOST_SYMBOLS, USUAL_DAYS

MOST_MOVE = 15.0


@extend_schema_field({"type": "string"})
class SymbolList(Text):
    """Symbols with commas between them, at most 25, each once."""

    def to_internal_value(self, data: Any) -> list[str]:  # type: ignore[override]
        """Return the symbols in their order."""
        texts = [each for each in super().to_internal_value(data).split(",") if each.strip()]
        if len(texts) > MOST_SYMBOLS:
            raise serializers.ValidationError(f"At most {MOST_SYMBOLS} symbols, not {len(texts)}.")
        try:
            return list(dict.fromkeys(symbols.normalise(each) for each in texts))
        except InvalidSymbol as problem:
            raise serializers.ValidationError(str(problem)) from None

    def to_representation(self, value: list[str]) -> str:  # type: ignore[override]
        """Return the text."""
        return ",".join(value)


class CalendarQuery(serializers.Serializer[Any]):
    """What /api/earnings/calendar understands."""

    watchlist = SymbolList(required=False, allow_blank=True, help_text="The caller's default list without it.")
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=USUAL_DAYS)


class CrushQuery(serializers.Serializer[Any]):
    """What /api/earnings/{symbol}/iv-crush understands."""

    eventDate = ExpiryField(source="event_date", required=False, help_text="The next report without it.")  # noqa: N815 -- the wire's name
    crushPct = serializers.FloatField(  # noqa: N815 -- the wire's name
        source="crush_pct", min_value=0.0, max_value=float(crush.MOST_CRUSH), required=False
    )
    spotMovePct = serializers.FloatField(  # noqa: N815 -- the wire's name
        source="spot_move_pct", min_value=-MOST_MOVE, max_value=MOST_MOVE, default=0.0
    )
    forceRefresh = Switch(source="force", default=False)  # noqa: N815 -- the wire's name


class HistoryQuery(serializers.Serializer[Any]):
    """What /api/earnings/{symbol}/history understands."""

    limit = serializers.IntegerField(min_value=1, max_value=history.MOST, default=history.USUAL)
