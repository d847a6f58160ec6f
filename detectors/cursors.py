"""How far each symbol's session has been read, and the lock that goes with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from django.db import connection

from detectors.models import SymbolCursor
from detectors.statements import LOCK_CURSOR
from market.pure.sessions import Session


@dataclass(frozen=True, slots=True)
class Position:
    """Left edges of the last bars read in this session; 0 before its first. [Unix seconds]."""

    scanned_ts: int = 0
    moved_ts: int = 0
    extended_ts: int = 0


def behind(newest: Mapping[str, int | None], session: Session) -> list[str]:
    """Return the symbols whose newest bar has not been read, in the order of names."""
    read = {
        cursor.symbol: min(cursor.scanned_ts, cursor.moved_ts)
        for cursor in SymbolCursor.objects.filter(symbol__in=list(newest), session_date=session.date)
    }
    return sorted(symbol for symbol, last in newest.items() if last is not None and last > read.get(symbol, 0))


def extended(symbols: Collection[str], session: Session) -> dict[str, int]:
    """Return how far bars outside of the regular session were read; a symbol without any is left out."""
    rows = SymbolCursor.objects.filter(symbol__in=symbols, session_date=session.date)
    return dict(rows.values_list("symbol", "extended_ts"))


def lock(symbol: str, session: Session) -> Position:
    """Return where a symbol stands; until the transaction ends nobody else moves its setups."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CURSOR, {"symbol": symbol, "session_date": session.date})
        session_date, *read = cursor.fetchone()
    return Position(*read) if session_date == session.date else Position()


def put(symbol: str, session: Session, position: Position) -> None:
    """Write down where a symbol stands now; its cursor is locked."""
    SymbolCursor.objects.filter(symbol=symbol).update(session_date=session.date, **asdict(position))
