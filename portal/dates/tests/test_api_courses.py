"""`/api/partner/courses`: what the shop says of courses, to read."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.bookings.tests.calling import assert_error, program_of
from portal.dates.api_schemas import CourseAnswer, CourseListAnswer
from portal.dates.tests.factories import make_course

COURSES = "/api/partner/courses"

pytestmark = pytest.mark.usefixtures("noon")


def names(response) -> list[str]:
    assert response.status_code == 200, response.text
    CourseListAnswer.model_validate(response.json())
    return [each["name"] for each in response.json()["data"]["courses"]]


def test_one_course(program, adas_partner, settings):
    settings.MAGENTO_MEDIA_URL = "https://shop.example/media/catalog/product/"
    course = make_course(
        adas_partner,
        description="Reis und Fisch.",
        price_cents=8950,
        images=["/k/u/kü che.jpg", "z.jpg"],
        duration_minutes=180,
        location="Isartorplatz 1",
        is_on_sale=False,
    )

    answer = program.get(f"{COURSES}/{course.magento_product_id}").json()

    CourseAnswer.model_validate(answer)
    assert answer["data"]["course"] == {
        "id": course.magento_product_id,
        "name": "Sushi-Kurs",
        "sku": course.sku,
        "description": "Reis und Fisch.",
        "price": 89.5,
        "currency": "EUR",
        "durationMinutes": 180,
        "location": "Isartorplatz 1",
        "images": [
            "https://shop.example/media/catalog/product/k/u/k%C3%BC%20che.jpg",
            "https://shop.example/media/catalog/product/z.jpg",
        ],
        "isOnSale": False,
    }


def test_pictures_of_our_own_have_a_whole_address_too(program, adas_partner, settings):
    settings.MAGENTO_MEDIA_URL, settings.PORTAL_URL = "/demo/media", "https://portal.example"
    course = make_course(adas_partner, images=["a.svg"])

    answer = program.get(f"{COURSES}/{course.magento_product_id}").json()["data"]["course"]

    assert answer["images"] == ["https://portal.example/demo/media/a.svg"]


def test_what_the_shop_does_not_say(program, adas_partner, settings):
    settings.MAGENTO_MEDIA_URL = ""
    course = make_course(adas_partner, images=["a.jpg"])

    answer = program.get(f"{COURSES}/{course.magento_product_id}").json()["data"]["course"]

    assert (answer["price"], answer["durationMinutes"], answer["images"]) == (None, None, [])


def test_the_list_begins_with_what_is_on_sale(program, adas_partner, eves_partner):
    make_course(eves_partner, name="Töpfern")
    make_course(adas_partner, name="Alte Rezepte", is_on_sale=False)
    make_course(adas_partner, name="Sushi")
    make_course(adas_partner, name="Brot backen")

    response = program.get(COURSES)

    assert names(response) == ["Brot backen", "Sushi", "Alte Rezepte"]
    assert response.json()["data"]["pagination"] == {"page": 1, "limit": 20, "total": 3, "totalPages": 1}


def test_an_empty_list_is_no_error(program):
    assert program.get(COURSES).json() == {
        "data": {"courses": [], "pagination": {"page": 1, "limit": 20, "total": 0, "totalPages": 0}},
        "success": True,
    }


def test_search_and_paging(program, adas_partner):
    for number in range(1, 6):
        make_course(adas_partner, name=f"Sushi {number}")
    make_course(adas_partner, name="100% Brot")

    assert names(program.get(COURSES, {"search": "SUSHI", "page": 2, "limit": 2})) == ["Sushi 3", "Sushi 4"]
    assert names(program.get(COURSES, {"search": "%"})) == ["100% Brot"]
    assert names(program.get(COURSES, {"page": 9})) == []


def test_all_wrong_parameters_are_named_at_once(program):
    wrong = {"search": "x" * 101, "page": "0", "limit": "101"}

    assert_error(program.get(COURSES, wrong), 422, "invalid", *wrong)


@pytest.mark.parametrize("wanted", [1, 2**63 - 1, 10**25])
def test_no_such_course(program, eves_partner, wanted):
    eves = make_course(eves_partner)

    assert_error(program.get(f"{COURSES}/{wanted}"), 404, "not_found")
    assert_error(program.get(f"{COURSES}/{eves.magento_product_id}"), 404, "not_found")


def test_who_may_ask(vera, mona, adas_partner):
    make_course(adas_partner)

    assert names(program_of(vera).get(COURSES)) == ["Sushi-Kurs"]
    assert_error(Client().get(COURSES), 401, "unauthorized")
    assert_error(program_of(mona).get(COURSES), 403, "forbidden")


def test_a_page_costs_the_same_number_of_queries_however_long(
    program, adas_partner, django_assert_num_queries
):
    make_course(adas_partner)
    with CaptureQueriesContext(connection) as of_one:
        program.get(COURSES)
    for _ in range(5):
        make_course(adas_partner)

    with django_assert_num_queries(len(of_one)):
        assert len(names(program.get(COURSES))) == 6
