"""Sessions that outlive Redis: one row a symbol and New York date in Postgres."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from market.models import SessionBars
from market.pure.bars import Bars


def load(day: date, symbols: Collection[str], *, complete: bool = False) -> dict[str, Bars]:
    """Return the kept bars of a date, only those of finished sessions if asked; a symbol without any is left out."""
    rows = SessionBars.objects.filter(session_date=day, symbol__in=list(symbols))
    if complete:
        rows = rows.filter(complete=True)
    return {symbol: Bars.unpack(bytes(packed)) for symbol, packed in rows.values_list("symbol", "packed")}


def keep(day: date, bars: Mapping[str, Bars], *, complete: Collection[str]) -> int:
    """Write the bars of a date in one statement, over what was kept before; return how many symbols.

    `complete` names those whose session is all there and will not have to be asked for again.
    """
    rows = [
        SessionBars(symbol=symbol, session_date=day, packed=found.pack(), complete=symbol in complete)
        for symbol, found in sorted(bars.items())
    ]
    SessionBars.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["symbol", "session_date"],
        update_fields=["packed", "complete"],
    )
    return len(rows)
