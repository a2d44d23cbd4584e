import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings.models import Booking, BookingStatus
from portal.bookings.querysets import RELATIONS
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.core.models import Event
from portal.core.statements import ModelStatement, Slot, Statement, UpdateStatement
from portal.courses.models import Course

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(adas_partner) -> Booking:
    return make_booking(adas_partner)


def test_the_same_words_answer_for_other_values(adas_partner, eves_partner):
    adas, eves = make_booking(adas_partner), make_booking(eves_partner)
    bookings = Statement(Booking.objects.filter(partner=Slot("partner_id")).order_by("pk").values_list("pk"))

    assert bookings.fetch({"partner_id": adas_partner.pk}) == [(adas.pk,)]
    assert bookings.fetch({"partner_id": eves_partner.pk}) == [(eves.pk,)]


def test_a_page_of_rows(adas_partner):
    made = [make_booking(adas_partner).pk for _ in range(3)]
    bookings = Statement(Booking.objects.order_by("pk").values_list("pk"))

    assert bookings.fetch({}, start=1, limit=1) == [(made[1],)]


def test_models_come_as_django_loads_them(booking, django_assert_num_queries):
    whole = ModelStatement(Booking.objects.filter(pk=Slot("pk")), *RELATIONS)
    usual = Booking.objects.with_relations().get(pk=booking.pk)

    (loaded,) = whole.load({"pk": booking.pk})

    def columns(of):
        names = {each.attname for each in of._meta.concrete_fields} - {"images", "shop_facts"}
        return {name: getattr(of, name) for name in names}

    assert columns(loaded) == columns(usual)
    with django_assert_num_queries(0):
        for name in ("customer", "course", "course_date", "partner"):
            assert columns(getattr(loaded, name)) == columns(getattr(usual, name))
        assert loaded.decided_by_user is None


def test_a_page_of_models(adas_partner):
    made = [make_booking(adas_partner).pk for _ in range(3)]
    whole = ModelStatement(Booking.objects.order_by("pk"), *RELATIONS)

    assert [each.pk for each in whole.load({}, start=1, limit=1)] == [made[1]]


def test_a_loaded_model_is_saved_as_a_known_row(booking):
    whole = ModelStatement(Booking.objects.filter(pk=Slot("pk")), *RELATIONS)
    (loaded,) = whole.load({"pk": booking.pk})
    loaded.confirm_notes = "Gate on the left."

    with CaptureQueriesContext(connection) as queries:
        loaded.save()

    assert [each["sql"].split()[0] for each in queries] == ["UPDATE"]
    assert Booking.objects.get(pk=booking.pk).confirm_notes == "Gate on the left."


def test_a_column_of_a_relation_that_django_would_convert_is_read_when_it_is_asked_for(booking):
    Course.objects.update(images=["a.jpg"])
    whole = ModelStatement(Booking.objects.filter(pk=Slot("pk")), *RELATIONS)

    (loaded,) = whole.load({"pk": booking.pk})

    assert loaded.course.images == ["a.jpg"]
    assert loaded.course_date.shop_facts == {}


def test_columns_that_django_would_convert_are_refused():
    with pytest.raises(TypeError):
        ModelStatement(Event.objects.all())


def test_an_update_writes_its_columns_as_django_does_and_no_others(booking):
    decide = UpdateStatement(
        Booking, ["status", "confirmed_at", "decided_by_user", "remind_at", "updated_at"]
    )
    before = booking.updated_at
    booking.status, booking.confirmed_at, booking.remind_at = BookingStatus.CONFIRMED, NOON, None
    booking.confirm_notes = "Gate on the left."

    with CaptureQueriesContext(connection) as queries:
        decide.save(booking)

    kept = Booking.objects.get(pk=booking.pk)
    assert [each["sql"].split()[0] for each in queries] == ["UPDATE"]
    assert (kept.status, kept.confirmed_at, kept.remind_at) == ("confirmed", NOON, None)
    assert (kept.decided_by_user_id, kept.confirm_notes) == (None, "")
    assert booking.updated_at > before


def test_an_update_leaves_other_rows_alone(adas_partner):
    one, other = make_booking(adas_partner), make_booking(adas_partner)
    one.confirm_notes = "Gate on the left."

    UpdateStatement(Booking, ["confirm_notes"]).save(one)

    assert Booking.objects.get(pk=other.pk).confirm_notes == ""


def test_an_update_of_a_row_that_is_gone_is_no_update(booking):
    Booking.objects.filter(pk=booking.pk).delete()

    with pytest.raises(ObjectDoesNotExist):
        UpdateStatement(Booking, ["confirm_notes"]).save(booking)
