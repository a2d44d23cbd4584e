"""The jobs of the ground."""

from datetime import datetime

from portal.core import events, fates, jobs, outbox
from portal.core.clock import now
from portal.core.models import Event
from portal.core.tenancy import register_system_reason, scope, system

SUBSCRIBERS = register_system_reason("subscribers of events without a partner")


@jobs.task("core.run_subscriber")
def run_subscriber(event_id: int, partner_id: int | None, subscriber: str) -> None:
    try:
        run = events.subscriber(subscriber)
    except LookupError as error:
        raise jobs.GiveUp(f"No subscriber is called {subscriber}.") from error
    with system(SUBSCRIBERS) if partner_id is None else scope(partner_ids=[partner_id]):
        event = Event.objects.get(pk=event_id)
    # Outside the scope: a subscriber opens its own, so that an outside call never holds a transaction.
    run(event)


@jobs.task("core.send_mail", queue="mail")
def send_mail(mail_id: int, partner_id: int | None) -> None:
    outbox.send(mail_id, partner_id=partner_id, at=now())


@jobs.task("core.record_fate")
def record_fate(
    partner_id: int | None, mail_id: int, message_id: str, fate: str, outside_id: str, at: str
) -> None:
    moment = datetime.fromisoformat(at)
    fates.record_fate(fates.Report(partner_id, mail_id, message_id, fate, outside_id, moment))
