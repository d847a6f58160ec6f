"""The Celery application: settings from Django, tasks from every app."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from celery import Celery, signals

app = Celery("coach", task_cls="config.work.task:CoachTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect  # type: ignore[untyped-decorator]  # Celery has no types
def _leave_logging_to_django(**_unknown: object) -> None:
    """Having a receiver is what stops Celery from replacing our handlers."""


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
def _leave_what_never_dies_to_itself(**_unknown: object) -> None:
    """Take what was loaded at start out of the collector's sight: scanning it takes a third of a busy task's time."""
    gc.collect()
    gc.freeze()
