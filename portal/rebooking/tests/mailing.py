"""What customers have got in the mail, and bookings whose customers wait for some."""

from datetime import timedelta

from portal.bookings.models import Booking, Customer
from portal.core.models import OutboxMail
from portal.core.tests import mail_servers
from portal.rebooking.models import Rebooking
from portal.rebooking.operations import mails
from portal.rebooking.tests.factories import decline, make_rebooking

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CUSTOMER = "juergen@example.com"


def speak(booking: Booking, language: str) -> None:
    Customer.objects.filter(pk=booking.customer_id).update(language=language)


def sent(kind: str) -> list:
    """What the customer has got of this kind."""
    ids = set(OutboxMail.objects.filter(kind=kind).values_list("message_id", flat=True))
    return [mail for mail in mail_servers.taken_mails if mail.message_id in ids and mail.to == CUSTOMER]


def states(kind: str) -> list[str]:
    return list(OutboxMail.objects.filter(kind=kind).order_by("pk").values_list("state", flat=True))


def missing(mail, *sentences: str) -> list[str]:
    """Those that not both parts of the mail have."""
    return [each for each in sentences if each not in mail.text or each not in mail.html]


def link_for(booking: Booking) -> Rebooking:
    """Its date is declined for good, and the customer owed the link."""
    return make_rebooking(booking.partner, booking=decline(booking))


def first_mail(run_jobs, booking: Booking):
    """Mail 1, as the customer gets it."""
    link_for(booking)
    run_jobs()
    (mail,) = sent(mails.OFFER)
    return mail
