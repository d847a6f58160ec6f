"""What a gamma profile means, in plain words."""

from __future__ import annotations

from typing import Final

from options_engine.pure.dealers import SHORT_BOTH
from options_engine.pure.gex_profile import Profile, View
from options_engine.pure.zero_gamma import REACHES

BALANCED: Final = 0.05  # of the gross: a net below that may be of the other sign tomorrow
_SIZES: Final = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def implication(profile: Profile) -> str:
    """Return the regime, the flip, the heaviest strike and what it all rests on, as sentences."""
    sentences = [
        _regime(profile),
        _balance(profile),
        _flip(profile.usual, profile.spot),
        _heaviest(profile.usual),
        _guess(profile),
    ]
    return " ".join(each for each in sentences if each)


def _regime(profile: Profile) -> str:
    usual = profile.usual
    start = f"With dealers long calls and short puts, a 1 % rise from {_price(profile.spot)} "
    if usual.is_positive:
        return (
            f"{start}gives them {_money(usual.net)} of delta more: they sell strength and buy weakness, "
            "which dampens moves and favours a return to the mean."
        )
    return (
        f"{start}takes {_money(usual.net)} of delta from them: they buy strength and sell weakness, "
        "which amplifies moves and favours trends."
    )


def _balance(profile: Profile) -> str:
    usual = profile.usual
    gross = usual.call_gex - usual.put_gex
    if abs(usual.net) >= BALANCED * gross:
        return ""
    return f"Calls and puts nearly balance: the net is {100 * abs(usual.net) / gross:.1f} % of both together."


def _flip(usual: View, spot: float) -> str:
    if usual.flip is None:
        return f"There is no flip within {100 * REACHES[-1]:.0f} % of the price: the sign stays what it is."
    rising = next(each.rising for each in usual.zero_levels if each.level == usual.flip)
    side = "above" if usual.flip > spot else "below"
    amplifies, dampens = ("below", "above") if rising else ("above", "below")
    return (
        f"The sign changes at {_price(usual.flip)}, {100 * abs(usual.flip / spot - 1):.2f} % {side} the price: "
        f"hedging amplifies moves {amplifies} it and dampens them {dampens}."
    )


def _heaviest(usual: View) -> str:
    if usual.max_strike is None:
        return ""
    return f"Exposure is largest at the strike {_price(usual.max_strike)}."


def _guess(profile: Profile) -> str:
    short = next(view for view in profile.views if view.model is SHORT_BOTH)
    return (
        "Who is long is a guess, which open interest cannot settle: were dealers short of everything, "
        f"the same rise would take {_money(short.net)} of delta from them."
    )


def _price(price: float) -> str:
    return f"{price:,.2f}".removesuffix(".00")


def _money(amount: float) -> str:
    for size, word in _SIZES:
        if abs(amount) >= size:
            return f"${abs(amount) / size:,.2f} {word}"
    return f"${abs(amount):,.0f}"
