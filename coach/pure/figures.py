"""A detector's own numbers as a trader reads them: labels, units, and a reason where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from coach.pure import formats, words

NEW_YORK: Final = ZoneInfo("America/New_York")
NO_REASON: Final = "the detector gave none"

Print = Callable[[object], str | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the numbers.

    Attributes
    ----------
    label : str
        What it is.
    text : str or None
        The number with its unit; None where there is none.
    reason : str
        Why there is none.
    """

    label: str
    text: str | None
    reason: str


def of(signal: Mapping[str, object]) -> list[Figure]:
    """Return the numbers of a detection, in our order: a stored document keeps none of its own.

    What other parts of the page say (the sentence, setups beside it) is left out, and so are lists and objects that
    nobody here knows. A name that nobody knows is printed with its own words.
    """
    return list(_figures(signal))


def company(signal: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """Return the setup types that came with a detection, within five minutes, and those that came against it."""
    with_it, against = (signal.get(name) for name in ("confluence", "opposed"))
    return _texts(with_it), _texts(against)


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list | tuple) else []


def _figures(signal: Mapping[str, object]) -> Iterator[Figure]:
    for name, (label, show, reason) in _KNOWN.items():
        if name in signal:
            value = signal[name]
            text = None if value is None else show(value)
            # An empty list says that there are none, which is no figure.
            if text != "":
                yield Figure(label, text, reason)
    for name in sorted(signal.keys() - _KNOWN.keys() - _SAID_ELSEWHERE):
        value = signal[name]
        if value is None or isinstance(value, str | int | float):
            yield Figure(_own_words(name), _plain(value), NO_REASON)


def _own_words(name: str) -> str:
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).replace("_", " ")
    return " ".join(spaced.split()).capitalize()


def _plain(value: object) -> str | None:
    if isinstance(value, bool):
        return _flag(value)
    if isinstance(value, str):
        return value
    found = formats.number(value)
    return None if found is None else f"{formats.rounded(found, 2):,f}".removesuffix(".00")


def _with(unit: str, *, places: int = 2) -> Print:
    def show(value: object) -> str | None:
        found = formats.number(value)
        return None if found is None else f"{formats.rounded(found, places):,f}{unit}"

    return show


def _money(value: object) -> str | None:
    return formats.money(formats.number(value))


def _strike(value: object) -> str | None:
    return formats.strike(formats.number(value))


def _signed_points(value: object) -> str | None:
    found = formats.number(value)
    return None if found is None else f"{formats.change(found)} pts"


def _signed_percent(value: object) -> str | None:
    return formats.change_percent(formats.number(value))


def _share(value: object) -> str | None:
    found = formats.number(value)
    return None if found is None else formats.percent(100 * found, 0)


def _flag(value: object) -> str:
    return "yes" if value else "no"


def _word(value: object) -> str | None:
    return str(value).replace("_", " ") or None


def _level(value: object) -> str | None:
    name = str(value)
    spelled = words.level(name)
    return spelled if name == "round" else f"{name}, {spelled}" if spelled else name or None


def _levels(value: object) -> str:
    return ", ".join(_texts(value))


def _instant(value: object) -> str | None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return f"{at.astimezone(NEW_YORK):%H:%M} ET" if at.tzinfo else None


_price, _points, _times, _atrs, _sigmas = _money, _with(" pts"), _with("x"), _with(" ATR"), _with(" sigma")
_count, _minutes, _percent = _with("", places=0), _with(" min", places=0), _with("%", places=0)

_SAID_ELSEWHERE: Final = {"dedupeKey", "description", "currentPrice", "confluence", "opposed", "source"}
_NO_ATR: Final = "there are too few days for an ATR"
_NO_FLIP: Final = "the gamma profile has none"
_NO_GAPS: Final = "there was no such gap in the last 250 sessions"
_KNOWN: Final[Mapping[str, tuple[str, Print, str]]] = {
    "orbPeriodMinutes": ("Opening range", _minutes, NO_REASON),
    "orbHigh": ("Range high", _price, NO_REASON),
    "orbLow": ("Range low", _price, NO_REASON),
    "orbWidth": ("Range width", _points, NO_REASON),
    "breakoutPrice": ("Breakout close", _price, NO_REASON),
    "breakoutDistance": ("Beyond the range", _points, NO_REASON),
    "atrRatio": ("Range width, to ATR", _atrs, _NO_ATR),
    "level": ("Level", _level, NO_REASON),
    "levelPrice": ("Level at", _price, NO_REASON),
    "levelType": ("Level acts as", _word, NO_REASON),
    "otherLevels": ("Levels beside it", _levels, NO_REASON),
    "breakBar": ("Broken at", _instant, NO_REASON),
    "retestBar": ("Retested at", _instant, NO_REASON),
    "rejectionPattern": ("Retest candle", _word, NO_REASON),
    "tolerance": ("Tolerance", _points, NO_REASON),
    "testCount": ("Tests", _count, NO_REASON),
    "lastTestAt": ("Last test", _instant, NO_REASON),
    "weakening": ("Weakening", _flag, NO_REASON),
    "vwapPrice": ("VWAP", _price, NO_REASON),
    "deviationBand": ("Away from VWAP", _sigmas, NO_REASON),
    "touchedAt": ("Touched at", _instant, NO_REASON),
    "previousClose": ("Previous close", _price, NO_REASON),
    "todayOpen": ("Open", _price, NO_REASON),
    "gapSize": ("Gap", _signed_points, NO_REASON),
    "gapPct": ("Gap, of the close", _signed_percent, NO_REASON),
    "fillPct": ("Filled", _percent, NO_REASON),
    "stage": ("Stage", _word, NO_REASON),
    "sampleSize": ("Such gaps before", _count, NO_REASON),
    "historicalFillRate": ("Of them filled", _share, _NO_GAPS),
    "barDirection": ("Bar", _word, NO_REASON),
    "potentialExhaustion": ("Looks exhausted", _flag, NO_REASON),
    "barRange": ("Bar range", _points, NO_REASON),
    "averageRange": ("Usual range", _points, NO_REASON),
    "gammaRegime": ("Gamma regime", _word, NO_REASON),
    "flipPoint": ("Gamma flip", _price, _NO_FLIP),
    "maxPositiveGexStrike": ("Most call gamma at", _strike, _NO_FLIP),
    "maxNegativeGexStrike": ("Most put gamma at", _strike, _NO_FLIP),
    "nearestStrike": ("Nearest strike", _strike, NO_REASON),
    "callPutGammaRatio": ("Call to put gamma", _times, NO_REASON),
    "putCallGammaRatio": ("Put to call gamma", _times, NO_REASON),
    "daysToExpiry": ("Days to expiry", _count, NO_REASON),
    "trendExtensionAtr": ("Moved since the range", _atrs, _NO_ATR),
    "volumeRatio": ("Volume, to recent", _times, NO_REASON),
}
