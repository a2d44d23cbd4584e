import re
from typing import Any

import pytest
from django.test import Client

from portal.core.tenancy import system
from portal.demo import queries
from portal.demo.queries import DEMO
from portal.demo.tests.conftest import FOUNDED, DemoShop
from portal.integrations.email import OutgoingEmail
from portal.integrations.email.embedded import email_sender
from portal.integrations.models import DemoMail
from portal.integrations.shop.rest import OrderComment
from portal.integrations.shop.rest.embedded import EmbeddedOrderWriter
from portal.integrations.tickets import NewTicket
from portal.integrations.tickets.embedded import ticket_desk
from portal.partners.models import Partner

ORDER = {
    "sku": "SUSHI-SA",
    "participants": "2",
    "first_name": "Ada",
    "last_name": "Weiß",
    "email": "ada@example.com",
    "phone": "",
    "note": "Keine Nüsse",
}


def send(to: str = "ada@example.com", number: int = 1, html: str = "") -> DemoMail:
    email_sender().send(
        OutgoingEmail(
            to=to, subject=f"Hallo {number}", text="Guten Tag", html=html, message_id=f"<{number}@test>"
        )
    )
    return DemoMail.objects.latest("id")


def test_shop_page_orders_and_says_what_happens_next(shop: DemoShop, client: Client) -> None:
    with system(DEMO):
        Partner.objects.create(
            magento_partner_id="10001",
            customer_number="K-1",
            company="Kochschule",
            email="kochschule@example.com",
            created_at=FOUNDED,
        )

    response = client.post("/demo/shop", ORDER, follow=True)

    [(number, state, lines)] = shop.state()
    assert response.redirect_chain == [(f"/demo/shop/ordered/{number}", 302)]
    assert (state, lines) == ("processing", [(2, 2)])
    assert number in response.text
    assert "/demo/mailbox?to=kochschule%40example.com" in response.text


def test_the_page_of_an_order_shows_what_the_portal_wrote_at_it(shop: DemoShop, client: Client) -> None:
    number = shop.order().json()["orderNumber"]
    path = f"/demo/shop/ordered/{number}"
    assert "can no longer undo it" in client.get(path, headers={"Accept-Language": "en"}).text
    order = queries.order_by_number(number)
    assert order is not None
    EmbeddedOrderWriter().add_comment(OrderComment(order.order_id, "Bestätigt <b>", "[demo 1]"))

    page = client.get(path).text
    part = client.get(path, headers={"HX-Request": "true"}).text

    assert "Bestätigt &lt;b&gt; [demo 1]" in page
    assert ("Bestätigt &lt;b&gt; [demo 1]" in part, "<html" in part) == (True, False)


def test_shop_page_needs_the_token_of_the_page(shop: DemoShop) -> None:
    response = shop.client.post("/demo/shop", ORDER)

    assert (response.status_code, shop.state()) == (403, [])


@pytest.mark.parametrize(
    "change",
    [
        {"participants": "5"},
        {"participants": "0"},
        {"sku": "SUSHI-OLD"},
        {"email": "nobody"},
        {"first_name": ""},
    ],
)
def test_shop_page_shows_the_form_again_when_something_is_wrong(
    shop: DemoShop, client: Client, change: dict[str, str]
) -> None:
    response = client.post("/demo/shop", {**ORDER, **change})

    assert (response.status_code, shop.state()) == (422, [])
    assert "field-error" in response.text


def test_shop_page_works_without_sample_data(client: Client, db: None) -> None:
    assert client.get("/demo/shop").status_code == 200


def test_shop_page_chooses_the_date_of_the_link(shop: DemoShop, client: Client) -> None:
    page = client.get("/demo/shop?sku=SUSHI-SO").text

    assert re.findall(r'<option value="([^"]*)" selected', page) == ["SUSHI-SO"]


@pytest.mark.parametrize(
    ("action", "qty", "lines"),
    [
        ("cancel", 1, [("processing", [(2, 1)])]),
        ("refund", 1, [("processing", [(2, 1)])]),
        ("edit", 3, [("canceled", [(2, 0)]), ("processing", [(3, 3)])]),
        ("edit", 2, [("processing", [(2, 2)])]),
        ("edit", 5, [("processing", [(2, 2)])]),
        ("cancel", 3, [("processing", [(2, 2)])]),
        ("nonsense", 1, [("processing", [(2, 2)])]),
    ],
)
def test_change_buttons_change_the_order_as_far_as_it_goes(
    shop: DemoShop, client: Client, action: str, qty: int, lines: list[Any]
) -> None:
    placed = shop.order().json()
    form = {"action": action, "item": placed["itemIds"][0], "qty": qty}

    response = client.post(f"/demo/shop/change/{placed['orderNumber']}", form, follow=True)

    assert response.status_code == 200
    assert [each[1:] for each in shop.state()] == lines
    assert "notice" in response.text


def test_edit_keeps_the_customers_note(shop: DemoShop, client: Client) -> None:
    client.post("/demo/shop", ORDER)
    [(number, *_)] = shop.state()
    page = client.get("/demo/shop").text
    item_id = re.search(r'name="item" value="(\d+)"', page)[1]

    client.post(f"/demo/shop/change/{number}", {"action": "edit", "item": item_id, "qty": 1})

    edited = queries.order_by_number(f"{number}-1")
    assert [(line.participants, line.notes) for line in edited.lines] == [
        (1, "Hinweise an den Veranstalter: Keine Nüsse")
    ]


def test_change_of_an_unknown_order_is_not_found(shop: DemoShop, client: Client) -> None:
    form = {"action": "cancel", "item": 1, "qty": 1}

    assert client.post("/demo/shop/change/999999999", form).status_code == 404
    assert client.get("/demo/shop/ordered/999999999").status_code == 404


def test_mailbox_shows_the_newest_first_and_filters_by_recipient(client: Client, db: None) -> None:
    send("ada@example.com", 1)
    send("eve@example.com", 2)
    send("ada@example.com", 3)

    def subjects(path: str) -> list[str]:
        return re.findall(r"Hallo \d", client.get(path).text)

    assert subjects("/demo/mailbox") == ["Hallo 3", "Hallo 2", "Hallo 1"]
    assert subjects("/demo/mailbox?to=ADA@example.com") == ["Hallo 3", "Hallo 1"]
    assert subjects("/demo/mailbox?to=x%00y") == []


def test_mailbox_answers_htmx_with_the_list_alone(client: Client, db: None) -> None:
    send()

    response = client.get("/demo/mailbox", headers={"HX-Request": "true"})

    assert "Hallo 1" in response.text
    assert "<html" not in response.text


def test_mail_page_frames_the_html_and_shows_the_text(client: Client, db: None) -> None:
    mail = send(html="<p>Hallo</p>")

    page = client.get(f"/demo/mailbox/{mail.pk}").text

    assert f'src="/demo/mailbox/{mail.pk}/html"' in page
    assert "Guten Tag" in page
    assert client.get(f"/demo/mailbox/{mail.pk + 1}").status_code == 404
    assert client.get(f"/demo/mailbox/{2**70}").status_code == 404


def test_mail_html_is_as_sent_and_has_no_rights(client: Client, db: None) -> None:
    mail = send(html="<html><head><title>x</title></head><body><script>alert(1)</script></body></html>")

    response = client.get(f"/demo/mailbox/{mail.pk}/html")

    assert response.text == (
        '<html><head><base target="_blank"><title>x</title></head><body><script>alert(1)</script></body></html>'
    )
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert response.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox "
        "allow-top-navigation-by-user-activation"
    )


def test_mail_html_without_a_head_opens_new_tabs_too(client: Client, db: None) -> None:
    mail = send(html="<p>Hallo</p>")

    assert client.get(f"/demo/mailbox/{mail.pk}/html").text == '<base target="_blank"><p>Hallo</p>'


def test_mailbox_json_tells_everything_newest_first(client: Client, db: None) -> None:
    html = '<p>Bitte <a href="https://x.example/a?b=1&amp;c=2"><b>hier</b>\n klicken</a></p><a name="top">oben</a>'
    first, second = send(number=1), send(number=2, html=html)
    send("eve@example.com", 3)

    answer = client.get("/demo/mailbox.json?to=ada@example.com").json()

    assert answer == [
        {
            "to": "ada@example.com",
            "subject": "Hallo 2",
            "text": "Guten Tag",
            "html": html,
            "links": [{"text": "hier klicken", "url": "https://x.example/a?b=1&c=2"}],
            "messageId": "<2@test>",
            "sentAt": second.sent_at.isoformat(),
        },
        {
            "to": "ada@example.com",
            "subject": "Hallo 1",
            "text": "Guten Tag",
            "html": "",
            "links": [],
            "messageId": "<1@test>",
            "sentAt": first.sent_at.isoformat(),
        },
    ]
    assert len(client.get("/demo/mailbox.json").json()) == 3


@pytest.fixture
def ticket(db: None) -> Any:
    opened = ticket_desk().open_ticket(
        NewTicket(
            key="confirmation_1",
            subject="Termin abgelehnt #000000001",
            body_html="<p><b>Kunde:</b> Ada &lt;Weiß&gt;</p><p>Tisch &amp; Stuhl</p>",
            customer_name="Ada Weiß",
            customer_email="ada@example.com",
            category="declined",
            priority="2",
            order_number="000000001",
        )
    )
    ticket_desk().add_note(opened.id, "<p>Ein <b>Hinweis</b></p>", "note_1")
    return opened


def test_tickets_json_lists_tickets_with_their_notes(client: Client, ticket: Any) -> None:
    assert client.get("/demo/tickets.json").json() == [
        {
            "number": ticket.number,
            "orderNumber": "000000001",
            "subject": "Termin abgelehnt #000000001",
            "notes": ["Ein Hinweis"],
        }
    ]


def test_tickets_page_shows_the_words_of_the_ticket(client: Client, ticket: Any) -> None:
    page = client.get("/demo/tickets").text

    assert "Kunde: Ada &lt;Weiß&gt;\nTisch &amp; Stuhl" in page
    assert "Ein Hinweis" in page


def test_pages_are_there_without_anything_in_them(client: Client, db: None) -> None:
    paths = ["/demo/shop", "/demo/mailbox", "/demo/tickets"]

    assert [client.get(path).status_code for path in paths] == [200, 200, 200]
    assert client.get("/demo/").headers["Location"] == "/demo/shop"
