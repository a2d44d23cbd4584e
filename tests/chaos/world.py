"""The portal as real processes, between a small shop, a mail server and a help desk of the test's own."""

import http.client
import json
import random
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connections

from portal.config.env import database
from portal.integrations.shop import ShopPerson
from portal.integrations.shop.embedded import shop_writer
from portal.integrations.shop.writing import NewCourse, NewDate, OrderItem
from portal.runtime.postgres import OWNER_ROLE, Cluster
from tests.odoo_server import API_KEY, DATABASE, OdooServer
from tests.processes.running import PATIENCE_SECONDS, Portal
from tests.smtp_server import SmtpServer

WEBHOOK_SECRET = "chaos-webhook-secret"
PARTNER_MAIL = "ada@example.org"
PASSWORD = "chaos"
SKUS = [f"DATE-{number}" for number in range(10)]
CUSTOMER = ShopPerson("Jürgen", "Größenwahn", "juergen@example.com", "0171 39200 01")
PARTNERS = f"partner_id,customer_number,company,email,language\n10001,K1,Kochschule Ada,{PARTNER_MAIL},de\n"


@dataclass
class World:
    folder: Path
    portal: Portal
    smtp: SmtpServer
    odoo: OdooServer
    random: random.Random
    kills: int = 0
    # Of the web server, that it did what it was asked for.
    answers: int = 0
    orders: list[int] = field(default_factory=list)
    hinted: set[int] = field(default_factory=set)
    # Booking link → what the portal has accepted for it: a 200 that we have seen must hold.
    accepted: dict[str, str] = field(default_factory=dict)
    access: str = ""
    mails_read: int = 0
    tokens_read: list[str] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """(0, None) when nobody answers: whoever asks asks again."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.portal.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                self.answers += 1
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, None
        except (OSError, ValueError, http.client.HTTPException):
            return 0, None

    @contextmanager
    def database(self) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
        """As the owner, who sees all rows."""
        with psycopg.connect(
            Cluster(self.folder / "postgres").url(OWNER_ROLE), autocommit=True
        ) as connection:
            yield connection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.database() as connection:
            return connection.execute(sql).fetchall()

    @contextmanager
    def as_django(self) -> Iterator[None]:
        """The same for what asks Django's own connection."""
        kept = connections["default"]
        url = Cluster(self.folder / "postgres").url(OWNER_ROLE)
        connections["default"] = type(kept)({**kept.settings_dict, **database(url)}, "default")
        try:
            yield
        finally:
            connections["default"].close()
            connections["default"] = kept

    def stock_the_shelf(self) -> None:
        now = datetime.now(UTC)
        # Two of ten begin so soon that staff hear of the booking at once.
        ahead = [timedelta(hours=3), timedelta(hours=3), *(timedelta(days=30 + day) for day in range(8))]
        dates = [NewDate(now + each, seats=1000, sku=sku) for sku, each in zip(SKUS, ahead, strict=True)]
        with self.database() as connection, connection.cursor() as cursor:
            writer = shop_writer(cursor)
            writer.shelf.set_up(at=now)
            writer.shelf.add_course(NewCourse("COURSE", "Sushi-Kurs", "10001", 8900, dates), at=now)

    def wait_for_catalog(self) -> None:
        """Until the portal knows how many seats each date has: nobody can sell one before."""
        with self.database() as connection:
            connection.execute(
                "INSERT INTO miomente_partner_portal_watermarks (name, at) VALUES ('orders', now()) "
                "ON CONFLICT (name) DO UPDATE SET at = now()"
            )
            # It may have been read while it was still empty.
            connection.execute("DELETE FROM miomente_partner_portal_watermarks WHERE name = 'catalog_poll'")
        deadline = time.monotonic() + PATIENCE_SECONDS
        known = "SELECT id FROM miomente_partner_portal_course_dates WHERE capacity > 0"
        while len(self.rows(known)) < len(SKUS):
            assert time.monotonic() < deadline, self.portal.output
            time.sleep(0.1)

    def add_member(self) -> None:
        with self.database() as connection:
            row = connection.execute(
                "INSERT INTO miomente_partner_portal_users "
                "(email, password, name, language, is_manager, is_active, is_superuser, created_at) "
                "VALUES (%s, %s, 'Ada', 'de', false, true, false, now()) RETURNING id",
                [PARTNER_MAIL, PBKDF2PasswordHasher().encode(PASSWORD, "salt")],
            ).fetchone()
            connection.execute(
                "INSERT INTO miomente_partner_portal_members "
                "(partner_id, user_id, role, gets_booking_mails, joined_at) "
                "SELECT id, %s, 'owner', false, now() FROM miomente_partner_portal_partners",
                row,
            )

    def order(self) -> int:
        """Somebody orders: committed in the shop, whatever the portal is doing."""
        items = [OrderItem(self.random.choice(SKUS), self.random.randint(1, 3))]
        with self.database() as connection, connection.transaction(), connection.cursor() as cursor:
            placed = shop_writer(cursor).place_order(items, CUSTOMER, at=datetime.now(UTC))
        self.orders.append(placed.order_id)
        return placed.order_id

    def hint(self, order_id: int) -> int:
        return self.call(
            "POST",
            "/api/webhooks/new-order",
            {"entity_id": order_id},
            Authorization=f"Bearer {WEBHOOK_SECRET}",
        )[0]

    def access_token(self) -> str:
        """Of the partner's own software; empty while nobody answers."""
        if not self.access:
            status, answer = self.call(
                "POST", "/api/auth/token", {"email": PARTNER_MAIL, "password": PASSWORD}
            )
            self.access = answer["data"]["accessToken"] if status == 200 else ""
        return self.access

    def tokens(self) -> list[str]:
        """Of the confirmation requests that have arrived."""
        arrived = self.smtp.mails[self.mails_read :]
        self.mails_read += len(arrived)
        found = (re.search(r"/api/confirm/([0-9a-f]{64})", mail.part("plain")) for mail in arrived)
        self.tokens_read += [match[1] for match in found if match]
        return list(dict.fromkeys(self.tokens_read))


@contextmanager
def chaos_world(folder: Path, seed: int) -> Iterator[World]:
    (folder / "partners.csv").write_text(PARTNERS)
    with SmtpServer() as smtp, OdooServer() as odoo:
        settings = {
            "DEMO": "1",
            "TESTING": "",
            "UNDO_SECONDS": "1",
            "TICK_SECONDS": "1",
            "NEW_ORDER_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "SMTP_HOST": smtp.host,
            "SMTP_PORT": str(smtp.port),
            "SMTP_SECURITY": "none",
            "ODOO_URL": odoo.url,
            "ODOO_DB": DATABASE,
            "ODOO_API_KEY": API_KEY,
            "ODOO_STAGE_REBOOKED": "partner_portal.stage_rebooked",
        }
        portal = Portal(folder, settings=settings)
        try:
            portal.wait_until_ready()
            world = World(folder, portal, smtp, odoo, random.Random(seed))
            world.stock_the_shelf()
            _import_partners(world, settings)
            world.add_member()
            world.wait_for_catalog()
            yield world
        finally:
            portal.end()


def _import_partners(world: World, settings: dict[str, str]) -> None:
    cluster = Cluster(world.folder / "postgres")
    command = Portal(
        world.folder,
        "import-partners",
        str(world.folder / "partners.csv"),
        port=world.portal.port,
        settings={
            **settings,
            "DATABASE_URL": cluster.url(),
            "MIGRATION_DATABASE_URL": cluster.url(OWNER_ROLE),
        },
    )
    assert command.process.wait(60) == 0, command.output
