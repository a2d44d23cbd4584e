"""What the help desk reads about a booking: one case for as long as it lives, whatever becomes of it."""

from dataclasses import dataclass

from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.bookings import queries, ticket_queries
from portal.bookings.models import Booking, BookingStatus
from portal.core.models import Event, OutboxMail
from portal.core.registry import event_text
from portal.core.wording import say_when
from portal.integrations.tickets import NewTicket, Priority

# Staff read German.
DESK_LANGUAGE = "de"
PRIORITY: Priority = "2"
# Each makes a case of the booking; where there is one already it gets a note instead of a second ticket.
OPENING = ("booking.escalated", "booking.decline_settled")
# Each ends the case for staff, who hear of it where there is a ticket.
ENDING = ("booking.confirmation_settled", "booking.cancelled")

# What modules above write on the case opens it, too, where there is none.
_also_opening: set[str] = set()

_STILL_TRUE = {
    "booking.escalated": (BookingStatus.PENDING, BookingStatus.EXPIRED),
    "booking.decline_settled": (BookingStatus.DECLINED,),
    "booking.confirmation_settled": (BookingStatus.CONFIRMED,),
    "booking.cancelled": (BookingStatus.CANCELLED,),
}
_WHY = {
    "no_answer": gettext_lazy("The partner has not answered our reminders."),
    "late": gettext_lazy("The date is close, and the partner has not answered."),
    "bounced": gettext_lazy("Our e-mails do not reach the partner."),
    "no_address": gettext_lazy("We have no e-mail address to ask the partner at."),
    "staff": gettext_lazy("Our team wants to call the partner."),
}


@dataclass(frozen=True)
class Case:
    """
    :param root_id: where the case began; one ticket belongs to it
    :param ticket: opens the case
    :param note: is added should there be one already; else empty
    """

    root_id: int
    ticket: NewTicket
    note: str


def opens_case(*kinds: str) -> None:
    """Name events whose notes are written by `cases.note_on_case`, once at start-up."""
    _also_opening.update(kinds)


def is_still_true(event: Event, booking: Booking) -> bool:
    """Whether the booking still stands as the event says."""
    return booking.status in _STILL_TRUE[event.kind]


def case_for(event: Event, booking: Booking) -> Case:
    """:param event: one of `OPENING`"""
    chain = ticket_queries.chain_of(booking)
    is_decline = event.kind == "booking.decline_settled"
    ticket = decline_ticket(booking) if is_decline else escalation_ticket(booking, event)
    note = ""
    if may_have_case(event, chain) and not ticket_queries.has_opened_ticket(event, booking):
        # The body is escaped already.
        note = format_html("<p><b>{}</b></p>{}", ticket.subject, mark_safe(ticket.body_html))  # noqa: S308
    return Case(chain[-1].pk, ticket, note)


def rebooking_case(booking: Booking) -> Case:
    """Of a booking that nobody had to call for: it is to take place on another date."""
    chain = ticket_queries.chain_of(booking)
    with translation.override(DESK_LANGUAGE):
        subject = _("Rebooking #%(order)s") % {"order": booking.order_number}
        ticket = _ticket(booking, category="rebooking", subject=subject, facts=[])
    return Case(chain[-1].pk, ticket, note="")


def key_of(chain: list[Booking]) -> str:
    """The same for all the life of a booking, so that the desk keeps one case, however often we ask."""
    return f"confirmation_{chain[-1].pk}"


def may_have_case(event: Event, chain: list[Booking]) -> bool:
    """Whether something before this event should have opened a case; it may have ended before its job ran."""
    return ticket_queries.has_earlier_event(chain, (*OPENING, *_also_opening), before=event)


def decline_ticket(booking: Booking) -> NewTicket:
    with translation.override(DESK_LANGUAGE):
        return _ticket(
            booking,
            category="declined",
            subject=_("Date declined #%(order)s") % {"order": booking.order_number},
            facts=[
                (_("Reason"), queries.reason_label(booking.decline_reason)),
                (_("Notes"), booking.decline_notes or "–"),
                *_what_still_stands(booking),
            ],
        )


def escalation_ticket(booking: Booking, event: Event) -> NewTicket:
    """:param event: `booking.escalated`, which says why staff should call"""
    with translation.override(DESK_LANGUAGE):
        return _ticket(
            booking,
            category="no_reply",
            subject=_("No answer to booking #%(order)s") % {"order": booking.order_number},
            facts=[
                (_("Why"), str(_WHY.get(event.data.get("reason", ""), _WHY["no_answer"]))),
                (_("Sent"), _sent(booking)),
                (_("Link opened"), _opened(booking)),
            ],
        )


def ending_note(event: Event, booking: Booking) -> str:
    """:param event: one of `ENDING`"""
    with translation.override(DESK_LANGUAGE):
        if event.kind == "booking.cancelled":
            text = _("The customer cancelled on %(when)s: nobody comes.")
            at = booking.cancelled_at
        else:
            text = _("The booking was confirmed on %(when)s: nobody needs to call any more.")
            at = booking.confirmed_at
        return format_html_join("", "<p>{}</p>", [(text % {"when": say_when(at or event.at)},)])


def _what_still_stands(booking: Booking) -> list[tuple[str, str]]:
    """Of a candidate: its customer loses no date."""
    before = booking.previous if booking.is_candidate else None
    moment = before and (before.starts_at or before.starts_on)
    return [(_("The booking itself stands"), say_when(moment))] if moment else []


def _ticket(booking: Booking, *, category: str, subject: str, facts: list[tuple[str, str]]) -> NewTicket:
    return NewTicket(
        key=key_of(ticket_queries.chain_of(booking)),
        subject=subject,
        body_html=_body(booking, facts),
        customer_name=booking.customer.name,
        customer_email=booking.customer.email,
        category=category,
        priority=PRIORITY,
        order_number=booking.order_number,
    )


def _body(booking: Booking, facts: list[tuple[str, str]]) -> str:
    moment = booking.starts_at or booking.starts_on
    rows = [
        (_("Order"), f"#{booking.order_number}"),
        (_("Course"), booking.course_name),
        (_("Date"), say_when(moment) if moment else "–"),
        (_("Participants"), str(booking.participants)),
        (_("Customer"), booking.customer.name),
        (_("Partner"), f"{booking.partner.company} ({booking.partner.customer_number})"),
        (_("Phone of the partner"), booking.partner.phone or "–"),
        *facts,
    ]
    # Every value is escaped: a course name or a note must not become markup at the desk.
    return format_html_join("", "<p><b>{}:</b> {}</p>", rows)


def _sent(booking: Booking) -> str:
    mails = ticket_queries.mails_to_partner(booking)
    lines = format_html_join(mark_safe("<br>"), "{}", ((_mail_in_words(mail),) for mail in mails))
    return lines or _("nothing")


def _mail_in_words(mail: OutboxMail) -> str:
    if mail.state == OutboxMail.State.FAILED:
        return _("An e-mail was refused by the mail server.")
    if mail.sent_at is None:
        return _("An e-mail is on its way.")
    described = event_text(Event(kind="mail.sent", data={"kind": mail.kind}))
    words = str(described.text) if described else ""
    fate = f" ({mail.get_fate_display()})" if mail.fate else ""
    return f"{say_when(mail.sent_at)}: {words}{fate}"


def _opened(booking: Booking) -> str:
    moments = ticket_queries.openings_by_people(booking)
    return "; ".join(say_when(moment) for moment in moments) or _("not yet")
