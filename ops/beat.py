"""The scheduler: django-celery-beat's rows, asked once a wall second whether they are due on the market clock."""

from __future__ import annotations

import logging
import time
from typing import Any

import redis
from celery.beat import SchedulingError
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils import timezone
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry
from kombu.exceptions import OperationalError

from config.schedule import JOBS, At, Every
from config.work.lease import Lease
from ops import headers, heartbeats, rows, runs, sendings
from ops.look import look
from ops.models import JobRun
from ops.pure import pace
from ops.pure.due import due, phase, slot_began, window
from ops.pure.judgement import Clocks
from ops.sendings import Sent

logger = logging.getLogger(__name__)

TICK_S = 1.0
# A second beat takes over this long after the first one died.
LEASE_S = 10
HEARTBEAT_S = 5
BEAT = "beat"
# The name of a heartbeat that counts for nobody's health: of a beat that stands by.
WAITING = "beat in waiting"

_BY_NAME = {job.name: job for job in JOBS}
_OUTAGES = (redis.RedisError, DatabaseError, InterfaceError, OperationalError, SchedulingError)


class MarketEntry(ModelEntry):
    """A row of the admin; `job` is its job as edited there, None for a row that never came from our table."""

    def __init__(self, model: Any, app: Any = None) -> None:
        super().__init__(model, app=app)
        job = _BY_NAME.get(model.name)
        self.job = None if job is None else rows.edited(job, model)


class MarketScheduler(DatabaseScheduler):
    """Send what is due on the market clock, live, replayed or simulated; one beat at a time.

    Rows that are not in `config/schedule.py` run as django-celery-beat would run them, by the wall clock.
    """

    Entry = MarketEntry
    # Its patience is measured by a clock that nobody sets.
    wall_s = staticmethod(time.monotonic)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._instance = f"{BEAT}@{settings.MACHINE}"
        self._lease = Lease(BEAT, seconds=LEASE_S)
        self._leading: bool | None = None
        self._sent: dict[str, Sent] = {}
        self._done: dict[str, str] = {}
        self._beaten_at = float("-inf")
        self._ticking = self._closing = False
        super().__init__(*args, **kwargs)
        # Celery closes its scheduler; once more at the interpreter's exit would come too late for the database.
        self._finalize.cancel()

    def setup_schedule(self) -> None:
        """Write the table's rows and read them back with the operator's edits."""
        rows.sync()
        self._last_timestamp = self.Changes.last_change()
        super().setup_schedule()

    def install_default_entries(self, data: Any) -> None:
        """Add nothing: results are not stored, so there is nothing to clean up."""

    def enabled_models_qs(self) -> Any:
        """Return every enabled row; which are near their time is the market clock's business, not the server's."""
        return self.Model.objects.enabled().select_related("interval", "crontab", "solar", "clocked")

    def schedule_changed(self) -> bool:
        """Say whether somebody edited a row; errors are the tick's business."""
        close_old_connections()
        before, self._last_timestamp = self._last_timestamp, self.Changes.last_change()
        return bool(self._last_timestamp and self._last_timestamp > (before or self._last_timestamp))

    def tick(self, *_args: Any, **_kwargs: Any) -> float:
        """Send what is due and return the seconds until the next whole wall second."""
        self._ticking = True
        try:
            leads = self._leads()
            if leads:
                self._send_due()
            self._beat(BEAT if leads else WAITING)
        except _OUTAGES as error:
            # Postgres or Redis is restarting; whatever was due is asked for again in a second.
            logger.warning("ops.beat.outage", extra=_said(error))
        finally:
            self._ticking = False
            if self._closing:
                # A statement of the tick's may have been cut in two.
                connection.close()
                self.close()
        return TICK_S - time.time() % TICK_S

    def close(self) -> None:
        """Write what ran, and let a waiting beat take over at once.

        Celery calls this in a signal handler and ends the process afterwards: in the middle of a tick that has to wait
        until the tick has been left, for neither Postgres' nor Redis' client can be asked while it is waiting.
        """
        if self._ticking:
            self._closing = True
            return
        self._closing = False
        super().close()
        try:
            self._lease.release()
            heartbeats.process_stopped(self._instance)
        except _OUTAGES as error:
            logger.warning("ops.beat.outage", extra=_said(error))

    def _leads(self) -> bool:
        leading = self._lease.hold()
        if leading is not self._leading:
            logger.info("ops.beat.leads" if leading else "ops.beat.waits", extra={"instance": self._instance})
            if leading and self._leading is False:
                # Somebody else led until now: what he sent in the slots that last is not sent again.
                self._sent |= sendings.noted(wall_s=self.wall_s())
            self._leading = leading
            heartbeats.process_stopped(self._instance)
            heartbeats.process_started([BEAT if leading else WAITING], self._instance)
            self._beaten_at = float("-inf")
        return leading

    def _send_due(self) -> None:
        entries = self._entries()
        clocks = look()
        if not self._lease.hold():
            return  # Postgres kept us waiting for longer than the lease: somebody else leads by now
        for entry in entries:
            if entry.job is None:
                self._send_foreign(entry)
            elif self._falls_due(entry, clocks):
                self._send(entry, clocks)

    def _entries(self) -> list[MarketEntry]:
        try:
            return list(self.schedule.values())
        except (DatabaseError, InterfaceError) as error:
            # The feed needs Redis only: go on with the rows as they were.
            logger.warning("ops.beat.outage", extra=_said(error))
            return list((self._schedule or {}).values())

    def _falls_due(self, entry: MarketEntry, clocks: Clocks) -> bool:
        job, sent = entry.job, self._sent.get(entry.name)
        if isinstance(job.when, At):
            return self._date_falls_due(entry, clocks)
        if sent is not None and clocks.speed == 0:
            # A paused market stops the market, not the workers: its cadences go on by the wall.
            cadence = job.when.during(phase(clocks.market, clocks.session))
            return cadence is not None and self.wall_s() - sent.wall_s >= cadence
        return due(job, clocks.market, clocks.session, sent and sent.market_at)

    def _date_falls_due(self, entry: MarketEntry, clocks: Clocks) -> bool:
        job = entry.job
        if not due(job, clocks.market, clocks.session, None):
            return False
        day = window(job.when, clocks.market, clocks.session).day
        if self._done.get(job.name) == day.isoformat():
            return False
        sent = self._sent.get(job.name)
        if sent is not None and self.wall_s() - sent.wall_s < pace.resend_s(clocks.speed):
            return False
        try:
            return self._wants_attempt(job.name, day.isoformat(), clocks, sent)
        except (DatabaseError, InterfaceError) as error:
            # Without its record nobody knows whether it was done; the cadences need not wait for that.
            logger.warning("ops.beat.outage", extra=_said(error) | {"job": job.name})
            return False

    def _wants_attempt(self, name: str, run_key: str, clocks: Clocks, sent: Sent | None) -> bool:
        run = runs.attempted(name, run_key)
        if run is None or run.state == JobRun.State.MISSED:
            return True
        if run.state == JobRun.State.DONE:
            self._done[name] = run_key
            return False
        if run.state == JobRun.State.RUNNING:
            return timezone.now() - run.started_at > runs.ABANDONED_AFTER
        waited = float("inf") if sent is None else self.wall_s() - sent.wall_s
        return waited >= pace.resend_s(clocks.speed, failures=run.attempts)

    def _send(self, entry: MarketEntry, clocks: Clocks) -> None:
        job = entry.job
        if isinstance(job.when, Every):
            cadence = job.when.during(phase(clocks.market, clocks.session))
            run_key, expires = None, pace.expires_s(cadence, clocks.speed)
            due_at = slot_began(job.when, cadence, clocks.market)
        else:
            day, due_at, _ = window(job.when, clocks.market, clocks.session)
            run_key, expires = day.isoformat(), pace.expires_before_resend_s(clocks.speed)
        # Counted apart from the sending, which would else count a copy that lacks these options, and send that.
        self.reserve(entry)
        entry.options["headers"] |= headers.written(run_key=run_key, queued_at=timezone.now(), due_at=due_at)
        entry.options["expires"] = expires
        self.apply_async(entry, producer=self.producer, advance=False)
        self._sent[job.name] = Sent(clocks.market, self.wall_s())
        sendings.note(job.name, clocks.market)
        logger.debug("ops.beat.sent", extra={"job": job.name})

    def _send_foreign(self, entry: MarketEntry) -> None:
        try:
            falls_due, _ = self.is_due(entry)
        except Exception:  # noqa: BLE001 -- logged; one unusable row must not stop the others
            falls_due, _ = self._is_due_failed(entry)
        if falls_due:
            self._schedule[entry.name] = self.reserve(entry)
            self.apply_async(entry, producer=self.producer, advance=False)

    def _beat(self, name: str) -> None:
        wall_s = self.wall_s()
        if wall_s - self._beaten_at < HEARTBEAT_S:
            return
        now = timezone.now()
        heartbeats.cycle_started(name, self._instance, now)
        heartbeats.cycle_succeeded(name, self._instance, now, 0, {"jobs": len(self._sent)})
        self._beaten_at = wall_s


def _said(error: Exception) -> dict[str, str]:
    # Postgres adds a question about the server on a second line.
    return {"error": str(error).strip().partition("\n")[0]}
