"""The story of a date for people: its events in words, with who and when."""

from portal.accounts.queries import names_of
from portal.core import registry
from portal.core.timeline import Entry
from portal.dates import queries
from portal.dates.models import CourseDate

# Seats are held and released for years; nobody reads further back.
MOST = 100


def timeline_entries(course_date: CourseDate) -> list[Entry]:
    """The latest first: of a date one asks what has happened lately."""
    events = queries.latest_events(course_date, most=MOST)
    names = names_of(event.actor for event in events)
    told = [(event, registry.event_text(event)) for event in events]
    return [
        Entry(event.at, text.text, text.icon, text.tone, names.get(event.actor, ""))
        for event, text in told
        if text is not None
    ]
