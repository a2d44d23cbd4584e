"""Logs name orders by their number, and nobody by name. Each demo is looked at once more when it has ended."""

import pytest

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import LIST, OWNER, PHONE, Demo
from tests.journeys.logs import people_in


@pytest.mark.parametrize(
    "line",
    [
        "GET /dashboard/bookings?search=Müller 200",
        "sent to petra@example.com",
        f"called {PHONE}",
        "called 089 234567",
        f"GET /api/confirm/{'0a' * 32} 302",
    ],
)
def test_a_line_that_names_somebody_is_found(line: str) -> None:
    assert len(list(people_in(f"all is well\n{line}\nImport (poll): Read 1 orders"))) == 1


def test_no_log_of_a_running_demo_names_anybody(demo: Demo, open_page: OpenPage) -> None:
    number = demo.order()
    nobody, partner = open_page(), open_page(OWNER)

    nobody.goto(f"/api/confirm/{demo.token(number)}")
    nobody.goto(f"/api/confirm/{'0a' * 32}")
    nobody.goto("/login")
    nobody.locator("input[name=login]").fill("petra@example.com")
    nobody.locator("input[name=password]").fill("Huber")
    nobody.locator("main form button[type=submit]").click()
    nobody.locator(".form-errors, [role=alert]").first.wait_for()
    partner.goto(f"{LIST}?search=Petra&status=Müller")
    partner.goto(f"/dashboard/bookings/petra@example.com?phone={PHONE}")

    logs = demo.logs()
    assert len(logs) >= 2
    assert [found for log in logs.values() for found in people_in(log)] == []
