"""What staff do, and what comes of it."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings.importing.page import import_page
from portal.bookings.importing.report import Report
from portal.bookings.models import Booking, BookingStatus, ImportRun, StaffQuestion, UnmatchedOrder
from portal.bookings.tests.factories import make_booking, make_unmatched_order
from portal.bookings.tests.shop_orders import make_line, make_order
from portal.conftest import NOON
from portal.core import registry
from portal.core.models import Event, OutboxMail
from portal.integrations.models import DemoMail
from portal.manage import queries
from portal.manage.tests.factories import make_refused_mail, make_stuck_job, make_waiting_job
from portal.partners.models import Partner

HOME, WAITING, UNMATCHED = reverse("manage:home"), reverse("manage:waiting"), reverse("manage:unmatched")


def problems() -> list[tuple[str, str]]:
    return [(str(problem.title), str(problem.text)) for problem in registry.problems(NOON)]


def state_of(job_id: int) -> tuple[str, int]:
    job = ProcrastinateJob.objects.get(pk=job_id)
    return job.status, job.attempts


# --- Jobs


def test_a_job_that_gave_up_is_a_problem_and_waits_in_words(adas_partner, mona_client):
    booking = make_booking(adas_partner)
    event = Event.objects.create(
        kind="booking.decline_settled",
        partner_id=adas_partner.pk,
        subject_type="booking",
        subject_id=booking.pk,
        actor="clock",
        at=NOON,
    )
    job_id = make_stuck_job(
        "core.run_subscriber",
        event_id=event.pk,
        partner_id=adas_partner.pk,
        subscriber="portal.bookings.ticket_subscribers.open_ticket",
    )

    (job,) = queries.waiting_jobs()
    assert (job.id, job.text, job.order_number, job.attempts, job.is_stuck, job.next_try_at) == (
        job_id,
        "Open a support ticket",
        booking.order_number,
        80,
        True,
        None,
    )
    assert problems() == [("Work that is stuck", "1 piece of work has failed for good.")]
    page = mona_client.get(WAITING).text
    assert "Open a support ticket" in page
    assert f"Order {booking.order_number}" in page


def test_retry_job_runs_a_job_that_gave_up_once_more(mona_client):
    job_id = make_stuck_job("bookings.import_changed")

    answer = mona_client.post(reverse("manage:retry_job", args=[job_id]), follow=True)

    assert answer.redirect_chain == [(WAITING, 302)]
    assert "It is tried again now." in answer.text
    assert state_of(job_id) == ("todo", 81)
    assert problems() == []


def test_retry_job_does_not_wait_for_the_next_try(mona_client):
    job_id = make_waiting_job("bookings.import_changed", next_try_at=NOON + timedelta(days=3650))
    before = queries.waiting_jobs()

    mona_client.post(reverse("manage:retry_job", args=[job_id]))

    (job,) = queries.waiting_jobs()
    assert [each.next_try_at for each in before] == [NOON + timedelta(days=3650)]
    assert job.next_try_at is not None
    assert job.next_try_at < NOON


def test_a_job_that_never_failed_does_not_wait_on_the_page(mona_client):
    mona_client.post(reverse("manage:import_now"))

    assert queries.waiting_jobs() == []


def test_retry_job_of_a_job_that_is_done_is_404(mona_client):
    assert mona_client.post(reverse("manage:retry_job", args=[4711])).status_code == 404


def test_a_job_without_words_is_named_as_the_log_names_it(everything):
    make_stuck_job("core.run_subscriber", event_id=1, partner_id=None, subscriber="portal.gone.by")

    assert [job.text for job in queries.waiting_jobs()] == ["portal.gone.by"]


# --- Mails


def test_a_refused_mail_is_a_problem_until_it_is_sent_again(adas_partner, mona_client, run_jobs):
    booking = make_booking(adas_partner)
    mail = make_refused_mail(booking, kind="booking_cancelled")
    before = problems()
    Booking.objects.filter(pk=booking.pk).update(status=BookingStatus.CANCELLED, cancelled_at=NOON)

    answer = mona_client.post(reverse("manage:send_mail_again", args=[mail.pk]), follow=True)
    run_jobs("core.send_mail")

    mail.refresh_from_db()
    assert before == [("E-mails that were refused", "The mail server refused 1 e-mail.")]
    assert answer.redirect_chain == [(WAITING, 302)]
    assert (mail.state, mail.problem) == (OutboxMail.State.SENT, "")
    assert [(each.to_address, each.message_id) for each in DemoMail.objects.all()] == [
        ("partner1@example.org", mail.message_id)
    ]
    assert problems() == []


def test_send_mail_again_of_a_mail_that_left_is_404(adas_partner, mona_client):
    booking = make_booking(adas_partner)
    mail = make_refused_mail(booking, state=OutboxMail.State.SENT, sent_at=NOON)

    assert mona_client.post(reverse("manage:send_mail_again", args=[mail.pk])).status_code == 404


# --- Orders without a partner


@pytest.fixture
def waiting_order(everything) -> UnmatchedOrder:
    """An order of a course whose partner, 10007, nobody knows; the embedded shop has it too."""
    import_page([make_order(make_line(partner_value="10007"))], Report(), at=NOON)
    return UnmatchedOrder.objects.get()


def test_an_order_without_a_partner_is_a_problem_and_stands_on_its_page(waiting_order, mona_client):
    page = mona_client.get(UNMATCHED).text

    assert problems() == [("Orders without a partner", "1 order item belongs to no partner yet.")]
    for text in ("000000001", "Sushi-Kurs für Anfänger", "10007", "No partner with this id exists here."):
        assert text in page
    assert f'href="{reverse("manage:create_partner")}?shop_id=10007"' in page


def test_assign_makes_the_booking_when_the_order_is_read_again(waiting_order, adas_partner, mona_client):
    url = reverse("manage:assign", args=[waiting_order.pk])

    answer = mona_client.post(url, {"partner": adas_partner.pk}, follow=True)
    import_page([make_order(make_line(partner_value="10007"))], Report(), at=NOON)

    assert answer.redirect_chain == [(UNMATCHED, 302)]
    assert f"Assigned to {adas_partner}. The shop is being read." in answer.text
    assert [(booking.partner, booking.status) for booking in Booking.objects.all()] == [
        (adas_partner, BookingStatus.PENDING)
    ]
    waiting_order.refresh_from_db()
    assert waiting_order.matched_at == NOON
    assert problems() == []
    assert list(
        ProcrastinateJob.objects.filter(task_name="bookings.import_orders").values_list("args", flat=True)
    ) == [{"way": "assigned", "order_ids": [1]}]


@pytest.mark.parametrize("partner", ["", "Ada", "²", "0", "99999999999999999999", "9" * 5000])
def test_assign_without_a_partner_that_exists_changes_nothing(waiting_order, mona_client, partner):
    url = reverse("manage:assign", args=[waiting_order.pk])

    answer = mona_client.post(url, {"partner": partner}, follow=True)

    waiting_order.refresh_from_db()
    assert answer.redirect_chain == [(url, 302)]
    assert "Please choose a partner." in answer.text
    assert waiting_order.assigned_partner is None


def test_assign_offers_partners_that_match_the_search(waiting_order, adas_partner, eves_partner, mona_client):
    url = reverse("manage:assign", args=[waiting_order.pk])
    answer = mona_client.get(url, {"search": "kochschule"})

    assert [partner.company for partner in answer.context["partners"]] == ["Kochschule Ada"]


def test_assign_of_an_order_that_has_its_booking_is_404(everything, mona_client):
    order = make_unmatched_order(matched_at=NOON)

    assert mona_client.get(reverse("manage:assign", args=[order.pk])).status_code == 404


def test_creating_the_partner_reads_the_orders_that_waited_for_it(waiting_order, mona_client, run_jobs):
    page = mona_client.get(reverse("manage:create_partner"), {"shop_id": "10007"})

    answer = mona_client.post(
        reverse("manage:create_partner"),
        {"company": "Neue Kochschule", "magento_partner_id": "10007", "customer_number": "K10007",
         "language": "de"},
    )  # fmt: skip
    run_jobs("core.run_subscriber")

    partner = Partner.objects.get()
    assert page.context["form"]["magento_partner_id"].value() == "10007"
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        reverse("manage:partner", args=[partner.pk]),
    )
    assert [(event.kind, event.partner_id) for event in Event.objects.all()] == [
        ("partner.created", partner.pk)
    ]
    assert list(
        ProcrastinateJob.objects.filter(task_name="bookings.import_orders").values_list("args", flat=True)
    ) == [{"way": "matched", "order_ids": [1]}]


# --- Questions


def test_settle_question_keeps_the_booking_and_ends_the_problem(adas_partner, mona, mona_client):
    booking = make_booking(adas_partner, staff_question=StaffQuestion.REVIVED)
    before = problems()

    answer = mona_client.post(reverse("manage:settle_question", args=[booking.pk]), follow=True)

    booking.refresh_from_db()
    assert before == [
        (
            f"Order {booking.order_number} needs a decision",
            "The shop shows a cancelled booking as sold again.",
        )
    ]
    assert answer.redirect_chain == [(reverse("manage:questions"), 302)]
    assert (booking.staff_question, booking.status) == ("", BookingStatus.PENDING)
    assert problems() == []


# --- Import


def test_import_now_queues_one_reading_of_orders_and_one_of_the_catalog(mona_client):
    answer = mona_client.post(reverse("manage:import_now"))

    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("manage:imports"))
    assert list(ProcrastinateJob.objects.values_list("task_name", "args")) == [
        ("bookings.import_changed", {}),
        ("dates.import_changed", {}),
    ]


def test_import_now_without_a_shop_is_off_and_says_why(mona_client, settings):
    settings.HAS_SHOP = False
    reason = "No shop is connected: MAGENTO_DATABASE_URL is not set."

    page = mona_client.get(reverse("manage:imports"))
    answer = mona_client.post(reverse("manage:import_now"), follow=True)

    assert re.search(
        r'<button type="submit" class="btn" disabled>.*?</button>\s*<p class="hint">' + reason, page.text
    )
    assert reason in answer.text
    assert answer.redirect_chain == [(reverse("manage:imports"), 302)]
    assert list(ProcrastinateJob.objects.all()) == []


def test_imports_are_told_in_words(mona_client):
    report = {
        "orders": 12,
        "lines": 30,
        "made": 1,
        "made_as_history": 0,
        "changed": 2,
        "unchanged": 9,
        "unmatched": 1,
        "skipped": {"voucher": 2, "not_a_course": 1},
    }
    ImportRun.objects.create(way="poll", started_at=NOON, finished_at=NOON, report=report)
    ImportRun.objects.create(
        way="full",
        started_at=NOON - timedelta(days=1),
        finished_at=NOON,
        report={"orders": 0},
        problem="The shop does not answer.",
    )

    answer = mona_client.get(reverse("manage:imports"))

    assert [(each["way"], each["report"]) for each in answer.context["runs"]] == [
        (
            "Looked for changes",
            "12 orders read: 1 new booking, 2 changed, 9 unchanged, 1 without a partner, 2 vouchers left out, "
            "1 other product left out",
        ),
        ("Read the whole shop", "Nothing new"),
    ]
    assert "The shop does not answer." in answer.text


def test_a_shop_that_cannot_be_read_is_a_problem_until_it_can(everything):
    ImportRun.objects.create(
        way="poll", started_at=NOON, finished_at=NOON, problem="The shop does not answer."
    )
    before = problems()

    ImportRun.objects.create(way="poll", started_at=NOON + timedelta(minutes=1), finished_at=NOON)

    assert before == [("The shop cannot be read", "The shop does not answer.")]
    assert problems() == []


# --- The first page


def test_home_shows_what_waits_longest_first(waiting_order, adas_partner, mona_client):
    make_refused_mail(make_booking(adas_partner), created_at=NOON - timedelta(days=1))

    page = mona_client.get(HOME)

    assert [str(problem.title) for problem in page.context["problems"]] == [
        "E-mails that were refused",
        "Orders without a partner",
    ]
