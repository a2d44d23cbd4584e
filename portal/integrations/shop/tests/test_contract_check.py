"""What every order source must say about a shop that is not in order."""

from datetime import datetime, timedelta

from portal.integrations.shop.tests.conftest import (
    ON_SATURDAY,
    SATURDAY,
)
from portal.integrations.shop.writing import NewDate


def test_check_finds_nothing_wrong_with_a_shop_in_order(shop):
    shop.add_sushi()

    assert shop.source.check() == []


def test_check_names_missing_attributes(shop):
    shop.run("DELETE FROM {eav_attribute} WHERE attribute_code IN ('partner_id', 'event_time')")

    assert shop.source.check() == [
        "The shop has no readable product attribute “partner_id”. "
        "Create it, or name the right one in MAGENTO_PARTNER_ATTRIBUTE.",
        "The shop has no readable product attribute “event_time”. "
        "Create it, or name the right one in MAGENTO_EVENT_TIME_ATTRIBUTE.",
    ]


def test_an_attribute_of_another_kind_of_entity_is_not_the_products(shop):
    shop.run("UPDATE {eav_attribute} SET entity_type_id = 3 WHERE attribute_code = 'course_location'")
    shop.add_sushi(location="")

    assert shop.read_line(shop.order(ON_SATURDAY)).location == ""
    assert [problem.split("”")[0] for problem in shop.source.check()] == [
        "The shop has no readable product attribute “course_location"
    ]


def test_check_compares_the_shops_zone(shop):
    shop.run(
        "UPDATE {core_config_data} SET value = 'America/Los_Angeles' WHERE path = 'general/locale/timezone'"
    )

    assert shop.source.check() == [
        "The shop's own time zone is America/Los_Angeles, but the portal shows times in Europe/Berlin."
    ]


def test_check_notices_event_dates_in_another_zone_than_the_settings_say(shop, settings):
    days = [NewDate(SATURDAY + timedelta(days=day)) for day in range(4)]
    shop.add_sushi(dates=days)
    shop.run("UPDATE {catalog_product_entity_datetime} SET value = %s", datetime(2030, 6, 1, 16, 30))

    wrong = shop.source.check()
    settings.MAGENTO_EVENT_DATE_ZONE = "UTC"

    assert wrong == [
        "MAGENTO_EVENT_DATE_ZONE is Europe/Berlin, but most event dates then differ from their own "
        "start times. Compare one date with the shop and correct the setting."
    ]
    assert shop.source_of_settings().check() == []
