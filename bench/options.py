"""Option numbers: ours over whole chains, against QuantLib and vollib in loops and against the machine's own limit."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import QuantLib as ql  # noqa: N813 -- the name its own documentation uses
from vollib.black_scholes_merton import black_scholes_merton
from vollib.black_scholes_merton.greeks import analytical
from vollib.black_scholes_merton.implied_volatility import implied_volatility as textbook_volatility

from bench.row import Row, faster, median_ms
from options_engine.pure import american, american_volatility, black_scholes, gex_profile, implied_volatility
from options_engine.pure.book import Book
from options_engine.pure.zero_gamma import NetGamma

SIZES = (200, 2_000, 20_000, 200_000)
CHAIN = 20_000
LOOPED = 2_000  # contracts of QuantLib's loop, scaled
LOOPED_AMERICAN = 60
AMERICAN = 500
SPOTS = 100
SPOT, RATE, DIVIDEND = 6000.0, 0.045, 0.013
NAME = "options"
TEXTBOOK = (analytical.delta, analytical.gamma, analytical.theta, analytical.vega, analytical.rho)
# What a compiled loop does for the price and five Greeks: the library's own erfc, and as fast as the compiler can.
SOURCE = """
#include <math.h>
void value(long n, double s, const double *k, const double *t, const double *v, const double *w, double r, double q,
           double *price, double *delta, double *gamma, double *theta, double *vega, double *rho) {
    for (long i = 0; i < n; i++) {
        double years = sqrt(t[i]), root = v[i] * years, growth = exp(-q * t[i]), discount = exp(-r * t[i]);
        double d1 = (log(s / k[i]) + (r - q) * t[i]) / root + 0.5 * root, d2 = d1 - root;
        double share = s * growth * 0.5 * erfc(-w[i] * d1 * 0.70710678118654752);
        double money = k[i] * discount * 0.5 * erfc(-w[i] * d2 * 0.70710678118654752);
        double density = growth * exp(-0.5 * d1 * d1) * 0.39894228040143268;
        price[i] = w[i] * (share - money);
        delta[i] = w[i] * share / s;
        gamma[i] = density / (s * root);
        vega[i] = 0.01 * s * density * years;
        theta[i] = (-0.5 * s * density * v[i] / years + w[i] * (q * share - r * money)) / 365.0;
        rho[i] = 0.01 * w[i] * t[i] * money;
    }
}
"""


@dataclass(frozen=True)
class Case:
    """Contracts on 6000, from a day to a year, within two and a half standard deviations."""

    strike: np.ndarray
    years: np.ndarray
    sigma: np.ndarray
    is_call: np.ndarray

    @classmethod
    def of(cls, count: int) -> Case:
        """Draw as many contracts, out of the money as quotes that are solved are."""
        draw = np.random.default_rng(count)
        years, sigma = draw.uniform(1 / 365, 1.0, count), draw.uniform(0.1, 0.5, count)
        away = draw.uniform(-2.5, 2.5, count) * sigma * np.sqrt(years)
        return cls(SPOT * np.exp(away), years, sigma, away > 0)

    def value(self) -> black_scholes.Valuation:
        """Return price and Greeks."""
        return black_scholes.value(
            SPOT, self.strike, self.years, self.sigma, self.is_call, rate=RATE, dividend=DIVIDEND
        )

    def rows(self, count: int) -> list[tuple[float, float, float, bool]]:
        """Return the first contracts as a loop sees them."""
        columns = (self.strike, self.years, self.sigma, self.is_call)
        return list(zip(*(column[:count].tolist() for column in columns), strict=True))


def run(*, quick: bool = False) -> list[Row]:
    """Measure prices and Greeks, volatilities, a gamma profile and American options."""
    cases = {size: Case.of(size) for size in (SIZES[:2] if quick else SIZES)}
    return [
        *_values(cases),
        *_volatilities(cases),
        *_profile(Case.of(SIZES[1] if quick else CHAIN)),
        *_american(SIZES[0] if quick else AMERICAN),
    ]


def _values(cases: dict[int, Case]) -> list[Row]:
    largest = cases[max(cases)].rows(LOOPED)
    loop = median_ms(lambda: [_greeks(*row) for row in largest], runs=3) / LOOPED
    textbook = median_ms(lambda: [_textbook(*row) for row in largest], runs=3) / LOOPED
    compiled, limit = _compiled()
    rows = []
    for size, case in cases.items():
        ours = median_ms(case.value)
        rows.append(_against(f"{size:,} contracts", "price and Greeks", ours, loop * size, "QuantLib loop (scaled)"))
        rows.append(_against(f"{size:,} contracts", "price and Greeks", ours, textbook * size, "vollib loop (scaled)"))
        floor = median_ms(lambda: compiled(case))  # noqa: B023 -- called here
        rows.append(Row(NAME, f"{size:,} contracts", f"price and Greeks over {limit}", round(ours / floor, 1), "times"))
    return rows


def _volatilities(cases: dict[int, Case]) -> list[Row]:
    prices = {size: case.value().price for size, case in cases.items()}
    case = cases[max(cases)]
    solved = list(zip(prices[max(cases)].tolist(), case.rows(LOOPED), strict=False))
    loop = median_ms(lambda: [_implied(price, *row) for price, row in solved], runs=3) / LOOPED
    rational = median_ms(lambda: [_rational(price, *row) for price, row in solved], runs=3) / LOOPED
    rows = []
    for size, case in cases.items():
        work = _solving(case, prices[size])
        found = work()
        wrong = float(np.abs(found.sigma - case.sigma).max())
        if not wrong < 1e-10:  # noqa: PLR2004 -- fast and wrong is no figure
            raise AssertionError(f"{size} volatilities are off by up to {wrong:g}")
        label = f"{size:,} contracts"
        ours = median_ms(work)
        rows.append(_against(label, "implied volatility", ours, loop * size, "QuantLib loop (scaled)"))
        rows.append(_against(label, "implied volatility", ours, rational * size, "vollib loop (scaled)"))
    return rows


def _solving(case: Case, price: np.ndarray) -> Callable[[], implied_volatility.ImpliedVolatility]:
    forward, discount = SPOT * np.exp((RATE - DIVIDEND) * case.years), np.exp(-RATE * case.years)
    return lambda: implied_volatility.solve(price, forward, case.strike, case.years, case.is_call, discount=discount)


def _profile(case: Case) -> list[Row]:
    label, book = f"{len(case.strike):,} contracts", _book(case)
    spots = SPOT * np.linspace(0.9, 1.1, SPOTS)
    ours = median_ms(lambda: NetGamma.of(book).over(spots))
    looped = case.rows(LOOPED)
    loop = median_ms(lambda: sum(_gamma(*row) for row in looped), runs=3) / LOOPED * len(book) * SPOTS
    arguments = -0.5 * np.linspace(-3, 3, len(book)) ** 2
    exponentials = median_ms(lambda: [np.exp(arguments) for _ in range(SPOTS)])
    whole = median_ms(lambda: gex_profile.profile(book, SPOT))
    return [
        _against(label, f"GEX profile over {SPOTS} spots, one call", ours, loop, "QuantLib loop (scaled)"),
        Row(NAME, label, f"GEX profile over {SPOTS} spots over that many exp", round(ours / exponentials, 1), "times"),
        Row(NAME, label, "whole GEX answer: strikes, dates, levels, three models", round(whole, 1), "ms"),
    ]


def _book(case: Case) -> Book:
    """Return the contracts as a chain of twenty dates on strikes of five points, with a crowd at each."""
    count = len(case.strike)
    draw = np.random.default_rng(count)
    dates = np.datetime64("2026-02-10") + np.rint(365 * case.years / 18).astype("timedelta64[D]") * 18
    return Book(
        expiry=dates.astype("datetime64[D]"),
        strike=np.round(case.strike / 5) * 5,
        is_call=case.is_call,
        open_interest=draw.uniform(0, 9_000, count),
        t_years=case.years,
        sigma=case.sigma,
        gamma=case.value().gamma,
        multiplier=np.full(count, 100.0),
        rate=np.full(count, RATE),
        dividend=np.full(count, DIVIDEND),
    )


def _american(count: int) -> list[Row]:
    draw = np.random.default_rng(1)
    years, sigma = draw.uniform(0.02, 1.0, count), draw.uniform(0.15, 0.6, count)
    strike, is_call = 100 * np.exp(draw.normal(0, 0.1, count)), np.arange(count) % 2 == 0
    cash = american.CashDividends(np.array([0.1, 0.35]), np.array([0.5, 0.5]))

    def value(**dividends: object) -> american.AmericanValue:
        return american.value(100.0, strike, years, sigma, is_call, rate=0.04, **dividends)

    price = value(dividend=0.015).price
    rows = list(zip(strike.tolist(), years.tolist(), sigma.tolist(), is_call.tolist(), strict=True))[:LOOPED_AMERICAN]
    loop = median_ms(lambda: [_tree(*row) for row in rows], runs=1) * count / LOOPED_AMERICAN
    case = f"{count} American"
    yielding = median_ms(lambda: value(dividend=0.015), runs=3)
    paying = median_ms(lambda: value(cash=cash), runs=3)
    read = median_ms(
        lambda: american_volatility.solve(price, 100.0, strike, years, is_call, rate=0.04, dividend=0.015), runs=1
    )
    return [
        _against(case, "price and delta, a yield", yielding, loop, "QuantLib tree of 801 steps, loop (scaled)"),
        Row(NAME, case, "price and delta, two cash dividends", round(paying, 1), "ms"),
        Row(NAME, case, "implied volatility", round(read, 1), "ms"),
    ]


def _against(case: str, measure: str, ours: float, baseline: float, name: str) -> Row:
    return faster(NAME, case, measure, ours, baseline, name)


def _greeks(strike: float, years: float, sigma: float, is_call: bool) -> tuple[float, ...]:  # noqa: FBT001 -- a row
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if is_call else ql.Option.Put, strike)
    forward, discount = SPOT * np.exp((RATE - DIVIDEND) * years), np.exp(-RATE * years)
    made = ql.BlackCalculator(payoff, forward, sigma * years**0.5, discount)
    first = (made.value(), made.delta(SPOT), made.gamma(SPOT))
    return (*first, made.theta(SPOT, years), made.vega(years), made.rho(years))


def _textbook(strike: float, years: float, sigma: float, is_call: bool) -> tuple[float, ...]:  # noqa: FBT001 -- a row
    asked = ("c" if is_call else "p", SPOT, strike, years, RATE, sigma, DIVIDEND)
    return tuple(each(*asked) for each in (black_scholes_merton, *TEXTBOOK))


def _rational(price: float, strike: float, years: float, sigma: float, is_call: bool) -> float:  # noqa: FBT001 -- a row
    del sigma
    found: float = textbook_volatility(price, SPOT, strike, years, RATE, DIVIDEND, "c" if is_call else "p")
    return found


def _gamma(strike: float, years: float, sigma: float, is_call: bool) -> float:  # noqa: FBT001 -- a row
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if is_call else ql.Option.Put, strike)
    forward, discount = SPOT * np.exp((RATE - DIVIDEND) * years), np.exp(-RATE * years)
    gamma: float = ql.BlackCalculator(payoff, forward, sigma * years**0.5, discount).gamma(SPOT)
    return gamma


def _implied(price: float, strike: float, years: float, sigma: float, is_call: bool) -> float:  # noqa: FBT001 -- a row
    del sigma
    side = ql.Option.Call if is_call else ql.Option.Put
    forward, discount = SPOT * np.exp((RATE - DIVIDEND) * years), np.exp(-RATE * years)
    root: float = ql.blackFormulaImpliedStdDev(side, strike, forward, price, discount, 0.0, ql.nullDouble(), 1e-10, 200)
    return root / years**0.5


def _tree(strike: float, years: float, sigma: float, is_call: bool) -> float:  # noqa: FBT001 -- a row
    today = ql.Date(2, 1, 2026)
    ql.Settings.instance().evaluationDate = today
    day = ql.Actual365Fixed()
    flat = [ql.YieldTermStructureHandle(ql.FlatForward(today, each, day)) for each in (0.015, 0.04)]
    vol = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), sigma, day))
    process = ql.BlackScholesMertonProcess(ql.QuoteHandle(ql.SimpleQuote(100.0)), *flat, vol)
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if is_call else ql.Option.Put, strike)
    option = ql.VanillaOption(payoff, ql.AmericanExercise(today, today + max(1, round(365 * years))))
    option.setPricingEngine(ql.BinomialVanillaEngine(process, "lr", 801))
    price: float = option.NPV()
    return price + 0.0 * option.delta()


def _compiled() -> tuple[Callable[[Case], object], str]:
    """Return the same numbers by a compiled loop, or where there is no compiler the transcendental part by numpy."""
    compiler = shutil.which("cc")
    if compiler is None:
        return _transcendental, "numpy's log, exp and root alone"
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        (folder / "value.c").write_text(SOURCE, encoding="utf-8")
        flags = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC", "-o", "value.so", "value.c", "-lm"]
        subprocess.run([compiler, *flags], cwd=folder, check=True, timeout=60)  # noqa: S603 -- source of our own
        function = ctypes.CDLL(str(folder / "value.so")).value
    finally:
        shutil.rmtree(folder)
    pointer, number = np.ctypeslib.ndpointer(dtype=np.float64, flags="C_CONTIGUOUS"), ctypes.c_double
    function.argtypes = [ctypes.c_long, number, *[pointer] * 4, number, number, *[pointer] * 6]
    function.restype = None

    def call(case: Case) -> object:
        sign = np.where(case.is_call, 1.0, -1.0)
        found = [np.empty(len(sign)) for _ in range(6)]
        function(len(sign), SPOT, case.strike, case.years, case.sigma, sign, RATE, DIVIDEND, *found)
        return found

    return call, "a C loop"


def _transcendental(case: Case) -> object:
    d1 = np.log(SPOT / case.strike) / (case.sigma * np.sqrt(case.years))
    return [np.exp(-0.5 * d1 * d1), np.exp(d1), np.exp(-d1), np.exp(-case.years), np.exp(case.years)]
