"""The trade plan of a tracked setup as its row shows it, read from what the finder stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coach.pure.formats import number


@dataclass(frozen=True, slots=True)
class Plan:
    """Prices of a plan; whatever was not stored is None, nothing is substituted.

    Attributes
    ----------
    entry, stop, target : float or None
        [USD, or index points]
    entry_is_detection : bool
        True when no entry was stored and the price at detection stands in for it.
    strike : float or None
        First suggested strike. [USD]
    expiry : str or None
        `YYYY-MM-DD`.
    score : float or None
        0 to 100.
    """

    entry: float | None
    entry_is_detection: bool
    stop: float | None
    target: float | None
    strike: float | None
    expiry: str | None
    score: float | None

    def distance(self, name: str, price: float | None) -> tuple[float, float] | None:
        """Return how far `price` is from `entry`, `stop` or `target`: points and percent of the price, signed.

        Positive means the level lies above the price. None when either is missing.
        """
        level = getattr(self, name)
        if level is None or not price:
            return None
        return level - price, (level - price) / price * 100

    def progress(self, price: float | None) -> float | None:
        """Return where `price` stands between stop (0) and target (1), clamped; None without both."""
        if price is None or self.stop is None or self.target is None or self.stop == self.target:
            return None
        return min(1.0, max(0.0, (price - self.stop) / (self.target - self.stop)))

    @property
    def entry_at(self) -> float | None:
        """Where the entry stands between stop (0) and target (1)."""
        return self.progress(self.entry)

    @property
    def reward_risk(self) -> float | None:
        """Reward of the last target over risk, both from the entry; None without all three prices."""
        if self.entry is None or self.stop is None or self.target is None or self.entry == self.stop:
            return None
        return abs(self.target - self.entry) / abs(self.entry - self.stop)


def read(stored: Mapping[str, object]) -> Plan:
    """Return the plan in the order of trust: the suggested trade, then the setup itself, then its metadata."""
    trade, metadata = _block(stored, "suggestedTrade"), _block(stored, "metadata")
    entry = _first(_read(trade, "entry"), _read(stored, "entry"))
    return Plan(
        entry=entry if entry is not None else _read(stored, "currentPrice"),
        entry_is_detection=entry is None and _read(stored, "currentPrice") is not None,
        stop=_first(*(_read(block, name) for block in (trade, stored, metadata) for name in ("stopLoss", "stop_loss"))),
        target=_first(*(_read(block, "target") for block in (trade, stored, metadata))),
        strike=_first(*_strikes(trade), _read(stored, "strike")),
        expiry=_text(trade.get("expiry")) or _text(stored.get("expiry")),
        score=_read(stored, "score"),
    )


def _block(stored: Mapping[str, object], name: str) -> Mapping[str, object]:
    block = stored.get(name)
    return block if isinstance(block, Mapping) else {}


def _strikes(trade: Mapping[str, object]) -> Iterator[float | None]:
    strikes = trade.get("strikes")
    if isinstance(strikes, list | tuple) and strikes:
        yield number(strikes[0])


def _read(block: Mapping[str, object], name: str) -> float | None:
    return number(block.get(name))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)
