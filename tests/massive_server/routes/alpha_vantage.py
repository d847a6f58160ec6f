"""Alpha Vantage's one address: the earnings calendar as CSV, a company's earnings as JSON; always HTTP 200."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

from simulation.pure.listings import LISTINGS
from tests.massive_server.corporate import Report, reports
from tests.massive_server.message import Answer
from tests.massive_server.parameters import Grammar, one_of, text
from tests.massive_server.routes.question import Question, Route

HORIZON_DAYS = {"3month": 91, "6month": 182, "12month": 365}
COLUMNS = ("symbol", "name", "reportDate", "fiscalDateEnding", "estimate", "currency", "timeOfTheDay")
TYPE = "application/x-download"


def query(question: Question) -> Answer:
    """Answer the function that is named."""
    match question.query.get("function"):
        case "EARNINGS_CALENDAR":
            return _calendar(question)
        case "EARNINGS":
            return _earnings(question)
        case _:
            return trouble("Error Message", "This API function does not exist.")


def trouble(key: str, sentence: str) -> Answer:
    """Return the way this vendor says no: HTTP 200 and one member."""
    return Answer(200, {key: sentence})


def _calendar(question: Question) -> Answer:
    today, wanted = question.world.today, question.query.get("symbol")
    last = today + timedelta(days=HORIZON_DAYS[question.query.get("horizon", "3month")])
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for report in reports():
        if today <= report.day <= last and wanted in (None, report.symbol):
            writer.writerow(_line(report))
    return Answer(200, content=table.getvalue().encode(), content_type=TYPE)


def _line(report: Report) -> tuple[object, ...]:
    # Now and then there is no estimate.
    estimate = "" if report.symbol.startswith("S") else f"{report.estimate:.2f}"
    name = LISTINGS[report.symbol].name
    return report.symbol, name, report.day, report.fiscal_end, estimate, "USD", report.timing


def _earnings(question: Question) -> Answer:
    symbol = question.query.get("symbol")
    if symbol is None:
        return trouble("Error Message", "Invalid API call: symbol is missing.")
    told = [report for report in reports() if report.symbol == symbol and report.day < question.world.today]
    if not told:
        return Answer(200, {})
    quarters = [_quarter(report) for report in reversed(told)]
    return Answer(200, {"symbol": symbol, "annualEarnings": _years(told), "quarterlyEarnings": quarters})


def _quarter(report: Report) -> dict[str, Any]:
    unknown = report.symbol.startswith("S")
    surprise = report.actual - report.estimate
    return {
        "fiscalDateEnding": report.fiscal_end.isoformat(),
        "reportedDate": report.day.isoformat(),
        "reportedEPS": f"{report.actual:.2f}",
        "estimatedEPS": "None" if unknown else f"{report.estimate:.2f}",
        "surprise": "None" if unknown else f"{surprise:.2f}",
        "surprisePercentage": "None" if unknown else f"{100 * surprise / report.estimate:.4f}",
        "reportTime": report.timing or "pre-market",
    }


def _years(told: list[Report]) -> list[dict[str, str]]:
    found: dict[int, list[float]] = {}
    for report in told:
        found.setdefault(report.fiscal_year, []).append(report.actual)
    return [
        {"fiscalDateEnding": date(year, 12, 31).isoformat(), "reportedEPS": f"{sum(each):.2f}"}
        for year, each in sorted(found.items(), reverse=True)
    ]


ROUTES = (
    Route(
        "/query",
        query,
        Grammar({"function": text, "symbol": text, "horizon": one_of(*HORIZON_DAYS)}),
    ),
)
