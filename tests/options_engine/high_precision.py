"""The formulas of Black, Scholes and Merton in decimals of eighty digits: slow, plain, and right."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, getcontext

getcontext().prec = 80

HALF, ONE, TWO = Decimal("0.5"), Decimal(1), Decimal(2)
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798")
POINT, YEAR = Decimal("0.01"), Decimal(365)


def density(x: Decimal) -> Decimal:
    return (-HALF * x * x).exp() / (TWO * PI).sqrt()


def cdf(x: Decimal) -> Decimal:
    if abs(x) <= 8:  # N(x) = 1/2 + phi(x) (x + x^3 / 3 + x^5 / (3 5) + ...), all of one sign
        term, total, k = x, x, 1
        while abs(term) > Decimal("1e-78"):
            k += 2
            term *= x * x / k
            total += term
        return HALF + density(x) * total
    fraction = abs(x)  # phi(x) / (x + 1 / (x + 2 / (x + 3 / ...)))
    for k in range(160, 0, -1):
        fraction = abs(x) + Decimal(k) / fraction
    tail = density(x) / fraction
    return tail if x < 0 else ONE - tail


@dataclass(frozen=True)
class Exact:
    """A number and the size of what it is the sum of, which says how many digits cancellation leaves of it."""

    number: float
    size: float


def _sum(*parts: Decimal) -> Exact:
    return Exact(float(sum(parts)), float(sum(abs(part) for part in parts)))


def values(
    spot: float, strike: float, t_years: float, sigma: float, is_call: bool, *, rate: float, dividend: float
) -> dict[str, Exact]:
    """Return every output of `value` and of `higher_greeks`, in their units."""
    s, k, t, v, r, q = (Decimal(each) for each in (spot, strike, t_years, sigma, rate, dividend))
    side = ONE if is_call else -ONE
    root = v * t.sqrt()
    d1 = ((s / k).ln() + (r - q) * t) / root + HALF * root
    d2 = d1 - root
    growth, discount = (-q * t).exp(), (-r * t).exp()
    share, money = s * growth * cdf(side * d1), k * discount * cdf(side * d2)
    weight = growth * density(d1)
    gamma = weight / (s * root)
    return {
        "price": _sum(side * (share - money)),
        "delta": _sum(side * growth * cdf(side * d1)),
        "gamma": _sum(gamma),
        "theta": _sum(*(x / YEAR for x in (-s * weight * v / (TWO * t.sqrt()), side * q * share, -side * r * money))),
        "vega": _sum(POINT * s * weight * t.sqrt()),
        "rho": _sum(POINT * side * t * money),
        "vanna": _sum(-POINT * weight * d1 / v, POINT * weight * root / v),
        "charm": _sum(
            side * q * growth * cdf(side * d1) / YEAR, -weight * (r - q) / root / YEAR, weight * d2 / (TWO * t) / YEAR
        ),
        "vomma": _sum(POINT * POINT * s * weight * t.sqrt() * d1 * d2 / v),
        "speed": _sum(-gamma / s, -gamma / s * d1 / root),
        "colour": _sum(
            gamma * q / YEAR,
            gamma / (TWO * t) / YEAR,
            gamma * d1 * (r - q) / root / YEAR,
            -gamma * d1 * d2 / (TWO * t) / YEAR,
        ),
    }


def undiscounted(forward: float, strike: float, t_years: float, sigma: float, is_call: bool) -> Decimal:
    """Return Black's price of an option on a forward, without discount."""
    f, k = Decimal(forward), Decimal(strike)
    root = Decimal(sigma) * Decimal(t_years).sqrt()
    d1 = (f / k).ln() / root + HALF * root
    side = ONE if is_call else -ONE
    return side * (f * cdf(side * d1) - k * cdf(side * (d1 - root)))
