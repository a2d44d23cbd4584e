"""Making, changing and cancelling dates by the API: the same rules as on the pages, each refusal by its name."""

from datetime import timedelta

import pytest

from portal.bookings.tests.calling import assert_error, post, program_of
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, client_of
from portal.core.models import Event
from portal.dates.models import CourseDate
from portal.dates.tests.calling import DATES, date_in, patch
from portal.dates.tests.factories import make_course, make_date
from portal.dates.tests.planning import plan_date
from portal.dates.tests.seats import block, sell

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def course(adas_partner):
    return make_course(adas_partner, price_cents=8900, duration_minutes=180, location="Isartorplatz 1")


@pytest.fixture
def date(adas_partner):
    """On 8 May 2030 from 18 to 21 o'clock, with 12 seats."""
    return plan_date(adas_partner)


def plan(course, **values: object) -> dict[str, object]:
    """The least that has to be said, and more."""
    least = {"courseId": course.magento_product_id, "eventDate": "2030-05-25", "eventTime": "18:00"}
    return {**least, **values}


def told() -> list[tuple[str, str]]:
    events = Event.objects.filter(subject_type="date").order_by("id")
    return list(events.values_list("kind", "actor"))


# --- Create


def test_a_new_date_is_as_the_course_says_where_the_program_says_nothing(program, ada, course):
    answer = date_in(post(program, DATES, plan(course)), 201)

    assert answer == date_in(program.get(f"{DATES}/{CourseDate.objects.get().pk}"))
    assert (answer["magentoProductId"], answer["madeBy"], answer["shopState"]) == (None, "portal", "not_read")
    assert (answer["eventEndTime"], answer["durationMinutes"]) == ("21:00", 180)
    assert (answer["price"], answer["location"], answer["timeZone"]) == (
        89.0,
        "Isartorplatz 1",
        "Europe/Berlin",
    )
    assert told() == [("date.created", ada.actor)]


def test_all_that_can_be_said_of_a_new_date(program, course):
    said = {
        "eventEndTime": "01:30",
        "timeZone": "Europe/London",
        "minParticipants": 4,
        "price": 95.5,
        "location": "Hof 2",
        "notes": "Zeile 1\nZeile 2",
        "bookingDeadlineHours": 24,
    }

    answer = date_in(post(program, DATES, plan(course, capacity=12, **said)), 201)

    assert {name: answer[name] for name in said} == said
    assert (answer["durationMinutes"], answer["seats"]["capacity"]) == (450, 12)
    assert CourseDate.objects.get().starts_at.isoformat() == "2030-05-25T17:00:00+00:00"


@pytest.mark.parametrize("way", ["reference", "Idempotency-Key"])
def test_the_same_name_twice_makes_one_date(program, course, way):
    def create(name: str):
        body = plan(course, **({way: name} if way == "reference" else {}))
        headers = {way: name} if way != "reference" else {}
        return program.post(DATES, body, content_type="application/json", headers=headers)

    first, again, other = create("our-4711"), create("our-4711"), create("our-4712")

    assert date_in(first, 201) == date_in(again, 201)
    assert date_in(other, 201)["id"] != date_in(first, 201)["id"]
    assert CourseDate.objects.count() == 2


def test_the_name_of_one_partner_is_nothing_to_another(program, course, eve, eves_partner):
    eves_course = make_course(eves_partner, duration_minutes=60)

    adas = date_in(post(program, DATES, plan(course, reference="a")), 201)
    eves = date_in(post(program_of(eve), DATES, plan(eves_course, reference="a")), 201)

    assert adas["id"] != eves["id"]
    assert CourseDate.objects.get(pk=eves["id"]).partner == eves_partner


def test_without_a_name_every_call_makes_a_date(program, course):
    ids = {date_in(post(program, DATES, plan(course)), 201)["id"] for _ in range(2)}

    assert len(ids) == 2


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"courseId": 1}, "courseId"),
        ({"courseId": "K1"}, "courseId"),
        ({"courseId": True}, "courseId"),
        ({"eventDate": "2030-02-30"}, "eventDate"),
        ({"eventDate": 1905897600}, "eventDate"),
        ({"eventDate": None}, "eventDate"),
        ({"eventTime": "24:00"}, "eventTime"),
        ({"eventTime": "18:00:30"}, "eventTime"),
        ({"eventTime": 64800}, "eventTime"),
        ({"eventEndTime": "9"}, "eventEndTime"),
        ({"durationMinutes": 0}, "durationMinutes"),
        ({"durationMinutes": 10081}, "durationMinutes"),
        ({"durationMinutes": 60.5}, "durationMinutes"),
        ({"timeZone": "Europe/Munich"}, "timeZone"),
        ({"timeZone": "localtime"}, "timeZone"),
        ({"timeZone": None}, "timeZone"),
        ({"capacity": -1}, "capacity"),
        ({"capacity": 10001}, "capacity"),
        ({"capacity": "12"}, "capacity"),
        ({"minParticipants": -1}, "minParticipants"),
        ({"price": -0.01}, "price"),
        ({"price": 100000}, "price"),
        ({"price": 89.999}, "price"),
        ({"price": "viel"}, "price"),
        ({"location": "a\nb"}, "location"),
        ({"location": "x" * 301}, "location"),
        ({"notes": "a\x00b"}, "notes"),
        ({"notes": "x" * 2001}, "notes"),
        ({"bookingDeadlineHours": 5}, "bookingDeadlineHours"),
        ({"reference": ""}, "reference"),
        ({"reference": "x" * 201}, "reference"),
        ({"seats": 4}, "seats"),
    ],
)
def test_what_cannot_be_meant_is_named(program, course, said, wrong):
    message = assert_error(post(program, DATES, plan(course, **said)), 422, "invalid", wrong)

    assert message == "Some values are wrong."
    assert CourseDate.objects.count() == 0


@pytest.mark.parametrize(
    ("said", "code", "wrong"),
    [
        ({"eventDate": "2030-04-30"}, "past", "eventTime"),
        ({"eventDate": "2031-03-30", "eventTime": "02:30"}, "skipped_start", "eventTime"),
        ({"durationMinutes": None}, "length_missing", "eventEndTime"),
        ({"eventEndTime": "18:00"}, "ends_as_it_begins", "eventEndTime"),
        ({"eventEndTime": "21:00", "durationMinutes": 60}, "length_disagrees", "durationMinutes"),
        ({"capacity": 3, "minParticipants": 4}, "minimum_too_high", "minParticipants"),
    ],
)
def test_what_the_rules_of_the_pages_refuse_is_refused(program, course, said, code, wrong):
    assert_error(post(program, DATES, plan(course, **said)), 422, code, wrong)
    assert CourseDate.objects.count() == 0


def test_everything_wrong_is_named_at_once(program):
    assert_error(
        post(program, DATES, {"capacity": -1}),
        422,
        "invalid",
        "capacity",
        "courseId",
        "eventDate",
        "eventTime",
    )
    assert_error(program.post(DATES, "{", content_type="application/json"), 400, "bad_request")


def test_a_key_that_is_too_long(program, course):
    answer = program.post(
        DATES, plan(course), content_type="application/json", headers={"Idempotency-Key": "x" * 201}
    )

    assert_error(answer, 422, "invalid", "Idempotency-Key")


def test_a_course_of_another_partner_is_none(program, eves_partner):
    assert_error(post(program, DATES, plan(make_course(eves_partner))), 422, "invalid", "courseId")


# --- Change


@pytest.mark.parametrize(
    ("said", "now"),
    [
        ({"notes": "Neu"}, {"notes": "Neu"}),
        ({"notes": "", "location": ""}, {"notes": "", "location": ""}),
        ({"price": 0}, {"price": 0.0}),
        ({"price": None}, {"price": None}),
        (
            {"bookingDeadlineHours": 0, "minParticipants": 0},
            {"bookingDeadlineHours": 0, "minParticipants": 0},
        ),
        ({"eventTime": "19:00"}, {"eventTime": "19:00", "eventEndTime": "22:00", "durationMinutes": 180}),
        ({"eventDate": "2030-05-09"}, {"eventDate": "2030-05-09", "durationMinutes": 180}),
        ({"eventEndTime": "20:00"}, {"eventEndTime": "20:00", "durationMinutes": 120}),
        ({"durationMinutes": 60}, {"eventEndTime": "19:00", "durationMinutes": 60}),
        ({"eventEndTime": "19:00", "durationMinutes": 60}, {"eventEndTime": "19:00", "durationMinutes": 60}),
        ({"timeZone": "Europe/London"}, {"timeZone": "Europe/London", "eventTime": "18:00"}),
    ],
)
def test_only_what_is_sent_changes(program, ada, date, said, now):
    before = date_in(program.get(f"{DATES}/{date.pk}"))

    answer = date_in(patch(program, f"{DATES}/{date.pk}", said))

    unchanged = before.keys() - said.keys() - now.keys() - {"updatedAt"}
    assert {name: answer[name] for name in unchanged} == {name: before[name] for name in unchanged}
    assert {name: answer[name] for name in now} == now
    assert told()[1:] == [("date.changed", ada.actor)]


def test_nothing_sent_changes_nothing(program, date):
    before = date_in(program.get(f"{DATES}/{date.pk}"))

    answer = date_in(patch(program, f"{DATES}/{date.pk}", {}))

    assert (answer, [kind for kind, _actor in told()]) == (before, ["date.created"])


def test_the_same_change_twice_is_one(program, date):
    path = f"{DATES}/{date.pk}"

    first, again = (date_in(patch(program, path, {"capacity": 20, "notes": "x"})) for _ in range(2))

    assert (first, first["seats"]["capacity"]) == (again, 20)
    assert [kind for kind, _actor in told()] == ["date.created", "date.capacity_changed", "date.changed"]


@pytest.mark.parametrize(
    ("said", "code", "wrong"),
    [
        ({"eventDate": "2030-04-30"}, "past", "eventTime"),
        ({"capacity": None}, "capacity_missing", "capacity"),
        ({"minParticipants": 13}, "minimum_too_high", "minParticipants"),
        ({"eventDate": None}, "invalid", "eventDate"),
        ({"courseId": 5}, "invalid", "courseId"),
        ({"eventtime": "19:00"}, "invalid", "eventtime"),
    ],
)
def test_a_change_that_cannot_be_meant_is_named(program, date, said, code, wrong):
    assert_error(patch(program, f"{DATES}/{date.pk}", said), 422, code, wrong)
    assert [kind for kind, _actor in told()] == ["date.created"]


def test_a_date_that_is_booked_stays_where_it_was_promised(program, adas_partner):
    booking = make_booking(adas_partner)
    path = f"{DATES}/{booking.course_date_id}"

    assert_error(patch(program, path, {"eventTime": "19:00"}), 409, "booked")
    assert date_in(patch(program, path, {"notes": "Neu"}))["notes"] == "Neu"


def test_seats_that_are_taken_stay(program, date):
    sell(date, 5)
    block(date, 2)

    assert_error(
        patch(program, f"{DATES}/{date.pk}", {"capacity": 6, "minParticipants": 0}), 409, "below_taken"
    )
    assert date_in(patch(program, f"{DATES}/{date.pk}", {"capacity": 7}))["seats"]["free"] == 0


# --- Cancel


def test_cancel_is_safe_to_repeat(program, ada, date):
    first, again = (date_in(post(program, f"{DATES}/{date.pk}/cancel")) for _ in range(2))

    assert (first["status"], first) == ("cancelled", again)
    assert told()[1:] == [("date.cancelled", ada.actor)]
    assert_error(patch(program, f"{DATES}/{date.pk}", {"notes": "x"}), 409, "cancelled")


def test_a_date_that_is_booked_or_over_is_not_cancelled(program, adas_partner):
    booked = make_booking(adas_partner).course_date
    over = make_date(adas_partner, starts_at=NOON - timedelta(minutes=1))

    assert_error(post(program, f"{DATES}/{booked.pk}/cancel"), 409, "booked")
    assert_error(post(program, f"{DATES}/{over.pk}/cancel"), 409, "begun")


# --- Who may


def test_a_viewer_changes_nothing_and_hears_that_first(vera, date):
    for client in (program_of(vera), client_of(vera)):
        assert_error(post(client, DATES, {}), 403, "forbidden")
        assert_error(patch(client, f"{DATES}/{date.pk}", {"capacity": -1}), 403, "forbidden")
        assert_error(post(client, f"{DATES}/{date.pk}/cancel"), 403, "forbidden")
    assert [kind for kind, _actor in told()] == ["date.created"]


def test_staff_plan_dates(ben, course):
    assert (
        date_in(post(program_of(ben), DATES, plan(course)), 201)["course"]["id"] == course.magento_product_id
    )
