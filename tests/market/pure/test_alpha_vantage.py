from __future__ import annotations

import json
import math
from datetime import date

import pytest

from market.pure.alpha_vantage import EarningsDate, EarningsResult, RefusedError, calendar, history

HEADER = "symbol,name,reportDate,fiscalDateEnding,estimate,currency,timeOfTheDay"
ROWS = '''AAPL,Apple Inc.,2026-04-30,2026-03-31,1.62,USD,post-market
ROL,"Rollins, Inc.",2026-04-22,2026-03-31,,USD,
BNTX,"BioNTech ""SE""",2026-05-04,2026-03-31,-0.5,EUR,pre-market'''


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_calendar_is_read_by_its_header(bom: str, ending: str) -> None:
    found, dropped = calendar(bom + f"{HEADER}\n{ROWS}\n".replace("\n", ending))

    quarter = date(2026, 3, 31)
    assert dropped == 0
    assert found[0] == EarningsDate("AAPL", "Apple Inc.", date(2026, 4, 30), quarter, 1.62, "USD", "after")
    assert (found[1].name, math.isnan(found[1].estimate), found[1].timing) == ("Rollins, Inc.", True, None)
    assert found[2] == EarningsDate("BNTX", 'BioNTech "SE"', date(2026, 5, 4), quarter, -0.5, "EUR", "before")


def test_columns_may_come_go_and_change_places() -> None:
    found, dropped = calendar("weight,reportDate,symbol,fiscalDateEnding\n7,2026-04-30,AAPL,2026-03-31\n")

    (row,) = found
    assert (row.symbol, row.reports_on, row.name, row.currency, row.timing) == ("AAPL", date(2026, 4, 30), "", "", None)
    assert dropped == 0


@pytest.mark.parametrize(
    "line",
    [
        "AAPL,Apple Inc.,2026-04-30,2026-03-31,1.62,USD",  # too short
        "AAPL,Apple, Inc.,2026-04-30,2026-03-31,1.62,USD,",  # too long
        "AAPL,Apple Inc.,30.04.2026,2026-03-31,1.62,USD,",
        "AAPL,Apple Inc.,2026-04-31,2026-03-31,1.62,USD,",
        "AAPL,Apple Inc.,2026-04-30,,1.62,USD,",
        ",Apple Inc.,2026-04-30,2026-03-31,1.62,USD,",
    ],
)
def test_rows_that_are_none_are_dropped_and_counted(line: str) -> None:
    found, dropped = calendar(f"{HEADER}\n{line}\n{ROWS}")

    assert ([row.symbol for row in found], dropped) == (["AAPL", "ROL", "BNTX"], 1)


def test_a_header_alone_is_an_empty_calendar() -> None:
    assert calendar(HEADER) == ([], 0)


@pytest.mark.parametrize("body", ["", "  \n", "<html>sorry</html>", "symbol,name\nAAPL,Apple"])
def test_what_is_no_calendar_is_an_error(body: str) -> None:
    with pytest.raises(ValueError, match="no earnings calendar"):
        calendar(body)


ENVELOPES = [
    ({"Note": "Thank you! Our standard API call frequency is 25 requests per day."}, True),
    ({"Information": "We have detected your API key as XXXX and our rate limit is 25 requests per day"}, True),
    ({"Information": "The **demo** API key is for demo purposes only."}, False),
    ({"Error Message": "Invalid API call. Please retry or visit the documentation"}, False),
]


@pytest.mark.parametrize("read", [calendar, history])
@pytest.mark.parametrize(("envelope", "throttled"), ENVELOPES)
def test_an_envelope_is_never_no_data(read: object, envelope: dict[str, str], throttled: bool) -> None:
    with pytest.raises(RefusedError) as refused:
        read(json.dumps(envelope))

    assert refused.value.throttled is throttled


def test_json_of_another_shape_is_no_calendar_either() -> None:
    for body in ("{}", "{not json"):
        with pytest.raises(RefusedError):
            calendar(body)


def test_numbers_of_the_history_are_texts() -> None:
    def quarter(day: str, eps: str, **more: str) -> dict[str, str]:
        said = {"estimatedEPS": "1.5", "surprise": "0.12", "surprisePercentage": "8.0", "reportTime": "post-market"}
        return {"fiscalDateEnding": "2025-12-31", "reportedDate": day, "reportedEPS": eps} | said | more

    rows = [
        quarter("2026-01-29", "1.62"),
        quarter("2025-10-30", "None", surprise="None", surprisePercentage="None", reportTime=""),
        quarter("None", "1.0"),
    ]
    body = json.dumps({"symbol": "AAPL", "annualEarnings": [], "quarterlyEarnings": rows})

    older, newer = history(body)

    end = date(2025, 12, 31)
    assert newer == EarningsResult("AAPL", date(2026, 1, 29), end, 1.62, 1.5, 0.12, 8.0, "after")
    assert (older.reported_on, older.timing) == (date(2025, 10, 30), None)
    assert all(math.isnan(each) for each in (older.eps, older.surprise, older.surprise_pct))


def test_a_company_nobody_knows_has_no_history() -> None:
    assert history("{}") == []


@pytest.mark.parametrize("body", ["", "[1]", '{"quarterlyEarnings": 5}', "symbol,name"])
def test_a_history_of_another_shape_is_an_error(body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the parser's own words for what is no JSON
        history(body)
