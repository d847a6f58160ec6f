"""A trader's watchlists: read, create, change and delete them; there is always exactly one default.

Every write locks the trader's row, so that of many at once each sees the result of the one before. The flattened copy
in `Following` is written in the same transaction. See docs/market-api.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.signals import post_save

from config.http.errors import CoachError, InvalidInput, NotFound
from market import clock
from market import symbols as grammar
from market.errors import InvalidSymbol
from market.models import Following, Watchlist

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

MOST_LISTS = 50
MOST_SYMBOLS = 50
DEFAULT_NAME = "Default"
DEFAULT_SYMBOLS = ("SPX", "NDX", "SPY", "QQQ")


class NoSymbols(CoachError):
    """A list of which nothing is left after clean-up."""

    code, label, status = "VALIDATION_ERROR", "Invalid symbols", 400
    message = "None of these is a symbol: {given}"


def lists(user: AbstractBaseUser) -> list[Watchlist]:
    """Return a trader's lists, the default first; whoever has none, or no default, gets one."""
    found = list(Watchlist.objects.filter(user_id=user.pk).in_order())
    if found and found[0].is_default:
        return found
    with _locked(user):
        return _settle(user)


def default_list(user: AbstractBaseUser) -> Watchlist:
    """Return the list that the scanner, the brief and auto-tracking read."""
    return lists(user)[0]


def create(user: AbstractBaseUser, *, name: str, symbols: Sequence[str], is_default: bool) -> Watchlist:
    """Add a list.

    Raises
    ------
    InvalidInput
        If a symbol is malformed, or the trader has 50 lists.
    NoSymbols
        If every symbol is malformed.
    """
    clean = clean_symbols(symbols)
    with _locked(user):
        if Watchlist.objects.filter(user_id=user.pk).count() >= MOST_LISTS:
            raise InvalidInput(issues=[f"watchlists: {MOST_LISTS} lists exist already, and no more may"])
        if is_default:
            _clear_default(user)
        now = clock.now()
        made = Watchlist.objects.create(
            user_id=user.pk, name=name, symbols=clean, is_default=is_default, created_at=now, updated_at=now
        )
        return _as_settled(made, _settle(user))


def change(user: AbstractBaseUser, list_id: UUID, **changes: Any) -> Watchlist:
    """Change the `name`, the `symbols` or `is_default` of a list; whatever is not given stays.

    Raises
    ------
    NotFound
        If the trader has no such list.
    InvalidInput, NoSymbols
        As `create`.
    """
    if "symbols" in changes:
        changes["symbols"] = clean_symbols(changes["symbols"])
    with _locked(user):
        row = _own(user, list_id)
        if changes.get("is_default") and not row.is_default:
            _clear_default(user)
        for field, value in changes.items():
            setattr(row, field, value)
        row.updated_at = clock.now()
        row.save(update_fields=[*changes, "updated_at"])
        return _as_settled(row, _settle(user))


def delete(user: AbstractBaseUser, list_id: UUID) -> None:
    """Remove a list; when it was the default another becomes it, and the last one comes back as the standard list."""
    with _locked(user):
        _own(user, list_id).delete()
        _settle(user)


def clean_symbols(given: Sequence[str]) -> list[str]:
    """Return symbols in our spelling and in their order, without repeats.

    Raises
    ------
    InvalidInput
        If one is malformed, naming each that is.
    NoSymbols
        If all are, or none is given.
    """
    clean: dict[str, None] = {}
    issues = []
    for place, text in enumerate(given):
        try:
            clean[grammar.normalise(text)] = None
        except InvalidSymbol as error:
            issues.append(f"symbols.{place}: {error}")
    if not clean:
        raise NoSymbols(given=", ".join(repr(text) for text in given) or "nothing")
    if issues:
        raise InvalidInput(issues=issues)
    return list(clean)


def connect() -> None:
    """Give every new trader the standard list; called once when the app is ready."""
    post_save.connect(_welcome, sender=get_user_model(), dispatch_uid="market.watchlists.welcome")


def _welcome(instance: AbstractBaseUser, *, created: bool, raw: bool, **_signal: object) -> None:
    if created and not raw:
        lists(instance)


@contextmanager
def _locked(user: AbstractBaseUser) -> Iterator[None]:
    # The user's row, because a trader without lists has no other. Not "for update" outright: rows that only point at
    # the user (an event, a tracked setup) can be inserted meanwhile.
    with transaction.atomic():
        get_user_model()._default_manager.select_for_update(no_key=True).values_list("pk").get(pk=user.pk)  # noqa: SLF001 -- Django's public name for it
        yield


def _own(user: AbstractBaseUser, list_id: UUID) -> Watchlist:
    try:
        return Watchlist.objects.get(user_id=user.pk, pk=list_id)
    except Watchlist.DoesNotExist:
        raise NotFound(thing="watchlist") from None


def _clear_default(user: AbstractBaseUser) -> None:
    Watchlist.objects.filter(user_id=user.pk, is_default=True).update(is_default=False)


def _settle(user: AbstractBaseUser) -> list[Watchlist]:
    # Under the lock: make sure of a default, bring the flattened copy up to date, and return the lists.
    found = list(Watchlist.objects.filter(user_id=user.pk).in_order())
    if not found:
        now = clock.now()
        standard = {"name": DEFAULT_NAME, "symbols": list(DEFAULT_SYMBOLS), "is_default": True}
        found = [Watchlist.objects.create(user_id=user.pk, created_at=now, updated_at=now, **standard)]
    elif not found[0].is_default:
        found[0].is_default = True
        found[0].save(update_fields=["is_default"])
    _follow(user, found)
    return found


def _as_settled(row: Watchlist, settled: list[Watchlist]) -> Watchlist:
    # Settling may have made it the default.
    return next(one for one in settled if one.pk == row.pk)


def _follow(user: AbstractBaseUser, settled: list[Watchlist]) -> None:
    wanted = {symbol: False for one in settled for symbol in one.symbols}
    wanted |= dict.fromkeys(settled[0].symbols, True)
    mine = Following.objects.filter(user_id=user.pk)
    have = dict(mine.values_list("symbol", "auto_track"))
    if gone := have.keys() - wanted.keys():
        mine.filter(symbol__in=gone).delete()
    Following.objects.bulk_create(
        [
            Following(user_id=user.pk, symbol=symbol, auto_track=tracked)
            for symbol, tracked in sorted(wanted.items())
            if have.get(symbol) is not tracked
        ],
        update_conflicts=True,
        unique_fields=["user", "symbol"],
        update_fields=["auto_track"],
    )
