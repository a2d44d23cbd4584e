"""What follows from events, as jobs: each may run twice."""

from django.conf import settings

from portal.core import jobs
from portal.core.events import subscribe
from portal.core.models import Event
from portal.dates.importing.runs import has_been_read


@subscribe("partner.created", "partner.changed")
def read_courses_of_partner(event: Event) -> None:
    """Courses that waited for this partner come in."""
    value = event.data.get("magento_partner_id", "")
    if settings.HAS_SHOP and value and has_been_read():
        jobs.defer("dates.import_partner", value=value)
