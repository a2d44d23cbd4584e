"""What the database refuses."""

import pytest
from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.conftest import NOON, make_partner
from portal.partners.models import Member, Partner


@pytest.mark.parametrize("shop_id", ["", " ", " 10001", "10001 ", "\t10001"])
def test_a_partners_shop_id_is_trimmed(everything, shop_id):
    with pytest.raises(IntegrityError, match="partner_shop_id_is_trimmed"), transaction.atomic():
        Partner.objects.create(
            magento_partner_id=shop_id, customer_number="K1", company="Kochschule", created_at=NOON
        )


def test_a_shop_id_belongs_to_one_partner(adas_partner):
    with pytest.raises(IntegrityError, match="magento_partner_id"), transaction.atomic():
        Partner.objects.create(
            magento_partner_id=adas_partner.magento_partner_id,
            customer_number="K1",
            company="Kochschule",
            created_at=NOON,
        )


def test_a_customer_number_belongs_to_one_partner(adas_partner):
    with pytest.raises(IntegrityError, match="customer_number"), transaction.atomic():
        Partner.objects.create(
            magento_partner_id="1",
            customer_number=adas_partner.customer_number,
            company="Kochschule",
            created_at=NOON,
        )


def test_somebody_is_a_member_of_a_partner_once(adas_partner, ada):
    with pytest.raises(IntegrityError, match="member_once_per_partner"), transaction.atomic():
        Member.objects.create(partner=adas_partner, user=ada, role=Member.Role.VIEWER)


def test_an_address_belongs_to_one_user_however_it_is_written(db):
    User.objects.create_user("ada@example.org")

    with pytest.raises(IntegrityError, match="user_email_once"), transaction.atomic():
        User.objects.create(email="ADA@example.org")


@pytest.mark.parametrize(("role", "may"), [("owner", True), ("staff", True), ("viewer", False)])
def test_a_viewer_decides_nothing(everything, role, may):
    assert Member(partner=make_partner("Kochschule", 1), role=role).may_decide is may
