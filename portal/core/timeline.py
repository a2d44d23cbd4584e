"""The story of something, for people."""

from dataclasses import dataclass
from datetime import datetime

from portal.core import registry


@dataclass(frozen=True)
class Entry:
    """What happened, when, and by whom; `by` is empty where nobody did it."""

    at: datetime
    text: registry.Text
    icon: str
    tone: str
    by: str
