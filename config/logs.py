"""How a log line looks: time, level, logger, event name, then its fields."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class FieldsFormatter(logging.Formatter):
    """Print what `extra` carried as `name=value` behind the event's name."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; a traceback follows on lines of its own."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        fields = "".join(f" {name}={value}" for name, value in extra.items() if _printable(value))
        line = f"{at} {record.levelname:<7} {record.name}: {record.getMessage()}{fields}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


def _printable(value: object) -> bool:
    # Django puts whole requests into `extra`; they say nothing in a line.
    return isinstance(value, str | int | float | bool | list | tuple | dict | datetime | type(None))
