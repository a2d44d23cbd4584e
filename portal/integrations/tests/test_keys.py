"""Staff hear in time that a key ends, and at once that one is refused."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.conftest import NOON
from portal.core import keys, registry
from portal.integrations.keys import look_at_key, look_at_keys
from portal.integrations.shop.rest.tests.test_contract import configure
from tests.magento_rest import MagentoRest
from tests.odoo_server import API_KEY, DATABASE, LOGIN, OdooServer

DAY = timedelta(days=1)
ENDS_AT = NOON + 20 * DAY


@pytest.fixture(params=["19.0", "18.0"])
def odoo(request, settings, everything, time_machine):
    time_machine.move_to(NOON, tick=False)
    settings.TICKET_DESK = "portal.integrations.tickets.odoo.ticket_desk"
    with OdooServer(version=request.param, key_ends=[f"{ENDS_AT:%Y-%m-%d %H:%M:%S}"]) as server:
        settings.ODOO_URL, settings.ODOO_DB = server.url, DATABASE
        settings.ODOO_API_KEY, settings.ODOO_LOGIN = API_KEY, LOGIN
        yield server


def titles(at):
    return [str(problem.title) for problem in registry.problems(at)]


def looks():
    return ProcrastinateJob.objects.filter(task_name="integrations.look_at_key").count()


def test_staff_are_warned_two_weeks_before_the_key_ends(odoo):
    look_at_key("tickets")

    warned_from = ENDS_AT - 14 * DAY
    assert keys.expires_at("tickets") == ENDS_AT
    assert titles(warned_from - timedelta(minutes=1)) == []
    assert titles(warned_from) == ["Our key for Odoo ends soon"]


def test_a_key_that_was_replaced_warns_no_more(odoo):
    look_at_key("tickets")
    odoo.key_ends = []

    look_at_key("tickets")

    assert titles(ENDS_AT - DAY) == []


def test_a_refused_key_is_a_problem_until_it_is_accepted(odoo, time_machine):
    odoo.api_key = "replaced"
    look_at_key("tickets")

    (problem,) = registry.problems(NOON)
    assert (str(problem.title), problem.since, problem.tone) == ("Odoo does not accept our key", NOON, "bad")
    odoo.api_key = API_KEY
    time_machine.move_to(NOON + keys.LOOK_AGAIN_EVERY, tick=False)
    look_at_key("tickets")

    assert titles(NOON) == []


def test_odoo_that_is_down_is_no_problem_of_the_key(odoo):
    odoo.fail_next("database_down", times=9)

    look_at_key("tickets")

    assert titles(NOON) == []


def test_the_key_is_looked_at_once_a_day(odoo):
    assert (look_at_keys(NOON), look_at_keys(NOON + DAY - timedelta(seconds=1)), looks()) == (1, 0, 1)
    assert (look_at_keys(NOON + DAY), looks()) == (1, 2)


def test_a_refused_key_is_looked_at_every_few_minutes(odoo):
    look_at_keys(NOON)
    odoo.api_key = "replaced"
    look_at_key("tickets")

    later = NOON + keys.LOOK_AGAIN_EVERY
    assert (look_at_keys(later - timedelta(seconds=1)), look_at_keys(later)) == (0, 1)


def test_the_key_of_the_shop_is_looked_at_too(settings, everything, time_machine):
    time_machine.move_to(NOON, tick=False)
    with MagentoRest() as server:
        configure(settings, server)
        assert look_at_keys(NOON) == 1
        server.rights.clear()

        look_at_key("order comments")

        assert titles(NOON) == ["The shop does not accept our key"]


def test_the_right_to_write_stock_is_looked_at_by_itself(settings, everything, time_machine):
    time_machine.move_to(NOON, tick=False)
    with MagentoRest() as server:
        configure(settings, server)
        settings.STOCK_WRITER = "portal.integrations.shop.rest.magento.stock_writer"
        assert look_at_keys(NOON) == 2

        look_at_key("order comments")
        look_at_key("stock")

        assert titles(NOON) == ["The shop does not let us correct its stock"]


def test_without_outside_systems_nothing_is_looked_at(everything):
    assert (look_at_keys(NOON), titles(NOON)) == (0, [])
