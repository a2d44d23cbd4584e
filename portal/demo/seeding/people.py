"""The people of the sample data: users of the portal, and customers drawn with a fixed seed."""

import random
from datetime import datetime

from django.contrib.auth.hashers import make_password

from portal.accounts.models import User
from portal.core.tenancy import system
from portal.demo.queries import DEMO
from portal.demo.seeding.catalog import PARTNERS, SamplePartner
from portal.demo.seeding.stories import FIRST_NAMES, LAST_NAMES
from portal.integrations.shop import ShopPerson
from portal.partners.models import Member, Partner
from portal.partners.operations import save_partner

PASSWORD = "demo"  # noqa: S105 -- the demo prints it
_ASCII = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ë": "e", "ç": "c", "ı": "i", "Ç": "c", "Ö": "oe", "Ü": "ue"}
)


def make_partners(*, at: datetime) -> dict[str, User]:
    """Partners with their owners, colleagues of the first one, and a manager. :returns: owners by partner"""
    # Once for all: hashing a password is slow on purpose.
    password = make_password(PASSWORD)
    owners = {}
    with system(DEMO):
        for sample in PARTNERS:
            partner = save_partner(_partner(sample), actor="demo", at=at)
            owners[sample.key] = _member(
                partner, sample.email, sample.contact, Member.Role.OWNER, password, at=at
            )
            if sample is PARTNERS[0]:
                _member(partner, "staff@demo.example", "Tobias Böhm", Member.Role.STAFF, password, at=at)
                _member(partner, "viewer@demo.example", "Vroni Huber", Member.Role.VIEWER, password, at=at)
        _user("manager@demo.example", "Mira Mayer", password, is_manager=True)
    return owners


def draw_customer(draw: random.Random) -> ShopPerson:
    first, last = draw.choice(FIRST_NAMES), draw.choice(LAST_NAMES)
    mailbox = f"{first}.{last}".lower().translate(_ASCII)
    phone = f"+49 1{draw.choice((51, 60, 72, 76))} {draw.randrange(10**6, 10**7)}"
    # Some customers leave it empty.
    return ShopPerson(first, last, f"{mailbox}@example.com", phone if draw.random() > 0.15 else "")


def _partner(sample: SamplePartner) -> Partner:
    return Partner(
        magento_partner_id=sample.key,
        customer_number=sample.customer_number,
        company=sample.company,
        contact=sample.contact,
        email=sample.email,
        phone=sample.phone,
        postcode=sample.postcode,
        city=sample.city,
    )


def _member(
    partner: Partner, email: str, name: str, role: Member.Role, password: str, *, at: datetime
) -> User:
    user = _user(email, name, password)
    Member.objects.create(partner=partner, user=user, role=role, invited_at=at, joined_at=at)
    return user


def _user(email: str, name: str, password: str, *, is_manager: bool = False) -> User:
    return User.objects.create(email=email, name=name, password=password, is_manager=is_manager)
