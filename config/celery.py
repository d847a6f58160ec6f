"""The Celery application: settings from Django, tasks from every app."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from celery import Celery, signals

app = Celery("coach", task_cls="config.work.task:CoachTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect  # type: ignore[untyped-decorator]  # Celery has no types
def _leave_logging_to_django(**_unknown: object) -> None:
    """Having a receiver is what stops Celery from replacing our handlers."""
