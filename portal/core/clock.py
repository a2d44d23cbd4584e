"""The one place that reads the clock. Only views, api, tasks, subscribers and commands may call it."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    return timezone.now()
