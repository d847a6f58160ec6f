import logging
import sys

from config.logs import FieldsFormatter


def record(message, *, exc_info=None, **extra):
    made = logging.makeLogRecord({"name": "market.feed", "levelname": "INFO", "msg": message, "created": 0.25, **extra})
    made.exc_info = exc_info
    return made


def test_a_line_is_time_level_logger_event_and_fields():
    line = FieldsFormatter().format(record("feed.refreshed", symbols=8, took_ms=1.5))

    assert line == "00:00:00.250 INFO    market.feed: feed.refreshed symbols=8 took_ms=1.5"


def test_objects_of_the_framework_are_left_out():
    assert FieldsFormatter().format(record("http.x", request=object())) == "00:00:00.250 INFO    market.feed: http.x"


def test_a_traceback_follows_the_line():
    try:
        raise ZeroDivisionError("division by zero")  # noqa: TRY301 -- a traceback to print
    except ZeroDivisionError:
        text = FieldsFormatter().format(record("feed.broke", exc_info=sys.exc_info()))

    assert text.splitlines()[0].endswith("feed.broke")
    assert text.splitlines()[-1] == "ZeroDivisionError: division by zero"
