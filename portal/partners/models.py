"""A partner and its members."""

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Partner(models.Model):
    """Somebody who holds courses. `magento_partner_id` is the value on the shop's products."""

    EVENT_SUBJECT = "partner"

    class Language(models.TextChoices):
        DE = "de", "Deutsch"
        EN = "en", "English"

    magento_partner_id = models.CharField(_("Partner id in the shop"), max_length=64, unique=True)
    customer_number = models.CharField(_("Customer number"), max_length=50, unique=True)
    company = models.CharField(_("Company"), max_length=200)
    contact = models.CharField(_("Contact"), max_length=200, blank=True)
    # Where confirmation requests go.
    email = models.EmailField(_("E-mail for bookings"), blank=True)
    phone = models.CharField(_("Phone"), max_length=50, blank=True)
    postcode = models.CharField(_("Postcode"), max_length=20, blank=True)
    city = models.CharField(_("City"), max_length=100, blank=True)
    language = models.CharField(_("Language of mails"), max_length=2, choices=Language, default=Language.DE)
    time_zone = models.CharField(_("Time zone"), max_length=64, default="Europe/Berlin")
    # No reminder arrives between the two; equal times mean that any hour is fine.
    quiet_from = models.TimeField(_("Quiet from"), default=time(21))
    quiet_until = models.TimeField(_("Quiet until"), default=time(8))
    # Whether `email` itself gets booking mails; members may get them as well, or instead.
    is_mailed = models.BooleanField(_("Booking mails go to this address"), default=True)
    # Staff found that nobody answers there; a changed number clears it.
    phone_doubted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "miomente_partner_portal_partners"
        ordering = ["company", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(magento_partner_id__regex=r"^\S(.*\S)?$"), name="partner_shop_id_is_trimmed"
            ),
        ]

    def __str__(self) -> str:
        return self.company

    @property
    def partner_id(self) -> int:
        return self.pk

    @property
    def greeting_name(self) -> str:
        return self.contact or self.company


class Member(models.Model):
    """A user who acts for a partner."""

    EVENT_SUBJECT = "member"

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        STAFF = "staff", _("Staff")
        VIEWER = "viewer", _("Viewer: sees everything, decides nothing")

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("Role"), max_length=8, choices=Role, default=Role.STAFF)
    # The mail carries links that decide: only members who may decide get it.
    gets_booking_mails = models.BooleanField(_("Gets booking mails"), default=False)
    invited_at = models.DateTimeField(null=True)
    joined_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "miomente_partner_portal_members"
        constraints = [models.UniqueConstraint(fields=["partner", "user"], name="member_once_per_partner")]

    def __str__(self) -> str:
        return f"{self.user_id} of {self.partner_id}"

    @property
    def is_owner(self) -> bool:
        return self.role == self.Role.OWNER

    @property
    def may_decide(self) -> bool:
        return self.role in (self.Role.OWNER, self.Role.STAFF)


class Absence(models.Model):
    """From `first_on` to `last_on`, both included, `deputy` gets the booking mails of somebody else.

    `member` is who is away; None stands for the partner's own address.
    """

    EVENT_SUBJECT = "absence"

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="absences")
    member = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="absences")
    deputy = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="stands_in")
    first_on = models.DateField(_("First day"))
    last_on = models.DateField(_("Last day"))

    class Meta:
        db_table = "miomente_partner_portal_absences"
        ordering = ["first_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on__gte=models.F("first_on")), name="absence_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(member__isnull=True) | ~Q(member=models.F("deputy")),
                name="absence_has_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return f"absence {self.pk} of {self.partner_id}"
