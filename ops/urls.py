"""Addresses for machines that ask whether we are well."""

from django.urls import path

from ops.api.card import Card
from ops.api.health import Detailed, Live, Ready, Workers

urlpatterns = [
    path("", Card.as_view()),
    path("health", Live.as_view()),
    path("health/ready", Ready.as_view()),
    path("health/detailed", Detailed.as_view()),
    path("health/workers", Workers.as_view()),
]
