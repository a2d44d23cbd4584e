"""What the demo does with events, as jobs: each may run twice."""

from portal.core.events import subscribe
from portal.core.models import Event, OutboxMail
from portal.core.tenancy import scope
from portal.integrations.models import DemoMail


@subscribe("customer.erased")
def erase_mails(event: Event) -> None:
    """The demo's mailbox is the only one that keeps what mails said."""
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id]):
        mails = OutboxMail.objects.filter(subject_type=event.subject_type, subject_id=event.subject_id)
        ids = list(mails.values_list("message_id", flat=True))
    DemoMail.objects.filter(message_id__in=ids).delete()
